from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.identity import (
    TRACKING_PARAMETERS,
    TRACKING_PREFIXES,
    canonical_url,
    content_digest,
    fold_variants,
    hash_of,
    story_identity,
)
from copytaster.values import Caption, Dateline, Marker, ParsedStory

PAGE = "https://harbour.example/World/Ferry"
STORY = ParsedStory(headline="Ferry late", body="Fog.\n\nMore fog.", publisher="Harbour Post", url=PAGE)


@pytest.mark.parametrize("name", sorted(TRACKING_PARAMETERS) + [f"{prefix}x" for prefix in TRACKING_PREFIXES])
@pytest.mark.parametrize("spell", [str, str.upper])
def test_each_tracking_parameter_is_dropped(name: str, spell: type[str]) -> None:
    assert canonical_url(f"{PAGE}?id=7&{spell(name)}=abc") == f"{PAGE}?id=7"


@pytest.mark.parametrize("name", ["id", "p", "article", "page", "utm", "cid", "story_id", "date", "q", "ref"])
def test_a_parameter_that_may_choose_the_page_is_kept(name: str) -> None:
    assert canonical_url(f"{PAGE}?{name}=1") == f"{PAGE}?{name}=1"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Harbour.EXAMPLE/World/Ferry", PAGE),
        ("https://harbour.example:443/World/Ferry", PAGE),
        ("http://harbour.example:80", "http://harbour.example/"),
        ("http://harbour.example:8080/a", "http://harbour.example:8080/a"),
        ("https://harbour.example./a", "https://harbour.example/a"),
        (f"{PAGE}#comments", PAGE),
        (f"{PAGE}?", PAGE),
        (f"{PAGE}?b=2&a=1", f"{PAGE}?a=1&b=2"),
        (f"{PAGE}?a=&b", f"{PAGE}?a=&b"),
        ("https://harbour.example/%7eida/%c3%a9", "https://harbour.example/~ida/%C3%A9"),
        ("https://harbour.example/é?ü=ß", "https://harbour.example/%C3%A9?%C3%BC=%C3%9F"),
        ("https://häfen.example/a", "https://xn--hfen-loa.example/a"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("  https://harbour.example/a\n", "https://harbour.example/a"),
        ("wire:4711", "wire:4711"),
        ("http://[::1", "http://[::1"),
        ("https://harbour.example:x/", "https://harbour.example:x/"),
    ],
)
def test_one_spelling_of_an_address(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@given(st.text(max_size=60), st.text(max_size=60))
def test_canonical_is_canonical_already(path: str, query: str) -> None:
    once = canonical_url(f"https://harbour.example/{path}?{query}")
    assert canonical_url(once) == once


def test_the_case_of_a_path_tells_stories_apart() -> None:
    def identity(url: str) -> str:
        return story_identity(url=url, wire_id=None, publisher="Harbour Post")

    assert identity(PAGE) != identity(PAGE.lower())
    assert identity(PAGE) == identity(f"{PAGE.replace('https', 'http')}?utm_source=rss#x")


def test_a_wire_id_goes_before_the_address_and_belongs_to_its_publisher() -> None:
    first = story_identity(url=PAGE, wire_id="N1", publisher="Harbour Post")
    assert first == story_identity(url="file:///spool/2", wire_id="N1", publisher="Harbour Post")
    assert first != story_identity(url=PAGE, wire_id="N1", publisher="Northlight")
    assert first != story_identity(url=PAGE, wire_id="N2", publisher="Harbour Post")


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Ferry on time"},
        {"body": "Sun."},
        {"markers": (Marker("version", "update", 1, "UPDATE 1-"),)},
        {"change_note": "(Adds fog)"},
        {"dateline": Dateline("HARBOUR, Sept 6", ("Harbour",))},
    ],
)
def test_changed_content_is_a_new_version(change: dict[str, object]) -> None:
    assert content_digest(replace(STORY, **change)) != content_digest(STORY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"captions": (Caption("A ferry", "Ida Holm"),)},
        {"published_at": datetime(2021, 9, 6, tzinfo=UTC)},
        {"updated_at": datetime(2021, 9, 6, tzinfo=UTC)},
        {"language": "en"},
        {"url": "https://harbour.example/b"},
        {"byline": ("Ida Holm",)},
        {"extractor": "json-ld"},
        {"warnings": ("short",)},
        {"body": "Fog. \n\n More  fog."},
    ],
)
def test_pictures_metadata_and_dates_make_none(change: dict[str, object]) -> None:
    assert content_digest(replace(STORY, **change)) == content_digest(STORY)  # type: ignore[arg-type]


def test_numbered_updates_are_versions_of_their_own() -> None:
    digests = {
        content_digest(replace(STORY, markers=(Marker("version", "update", number, f"UPDATE {number}-"),)))
        for number in (1, 2, 3)
    }
    assert len(digests) == 3


def test_what_a_note_marks_makes_no_new_version_of_a_story_stored_without_it():
    noted = replace(STORY, change_note="(Adds fog)")
    marked = replace(noted, markers=(*noted.markers, Marker("version", "update", None, "Adds")))
    assert content_digest(marked) == content_digest(noted)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_no_two_lists_of_texts_run_together(first: list[str], second: list[str]) -> None:
    assert (hash_of(first) == hash_of(second)) == (first == second)


@pytest.mark.parametrize(
    "variant",
    [
        "?source=rss",
        "?ref=front",
        "?from=homepage&cid=rss-world",
        "?print=1",
        "?output=amp",
        "?view=print",
        "?rss=1&utm_source=x",
        "?af=R2",
        "?isAmp=true",
        "/",
        "/index.html",
        "/amp",
        "/amp/",
        "/print",
    ],
)
def test_variants_of_a_page_are_one_story(variant: str) -> None:
    page = "https://harbour.example/world/ferry-late-4711"
    one, other = (story_identity(url=url, wire_id=None, publisher="") for url in (page, f"{page}{variant}"))
    assert one == other


@pytest.mark.parametrize(
    ("variant", "page"),
    [
        ("https://h.example/amp/world/ferry-1.html", "https://h.example/world/ferry-1.html"),
        ("https://h.example/world/ferry-1.amp.html", "https://h.example/world/ferry-1.html"),
        ("https://h.example/print/world/ferry-1?id=3", "https://h.example/world/ferry-1?id=3"),
    ],
)
def test_folded_paths(variant: str, page: str) -> None:
    assert fold_variants(variant) == page


@pytest.mark.parametrize(
    "page", ["https://h.example/?source=7", "https://h.example/story?from=9", "https://h.example/world?id=3"]
)
def test_what_alone_names_the_page_stays(page: str) -> None:
    assert fold_variants(page) == page


def test_joiners_are_no_new_version() -> None:
    assert content_digest(replace(STORY, body="می\u200cماند")) == content_digest(
        replace(STORY, body="میماند")
    )
