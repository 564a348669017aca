from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.identity import canonical_url
from spiders.feeds.entries import EntryClaim, bounded_text, check_entries, resolve_link

URL = "https://harbour.example/feeds/world.xml"
NOON = datetime(2021, 9, 6, 12, tzinfo=UTC)
FERRY = EntryClaim(
    1, id="h:1", link="/world/1", title="Ferry late", published=NOON, summary="Fog.", content="<p>Fog.</p>"
)


def keys(*claims: EntryClaim) -> list[str]:
    return [entry.key for entry in check_entries(claims, url=URL).entries]


def digest(claim: EntryClaim) -> str:
    return check_entries([claim], url=URL).entries[0].digest


def test_a_hundred_entries_without_ids_are_a_hundred_entries() -> None:
    linked = [EntryClaim(number, link=f"/world/{number}", title="Ferry") for number in range(100)]
    bare = [EntryClaim(number, title=f"Ferry {number}") for number in range(100)]
    assert len(set(keys(*linked))) == 100
    assert len(set(keys(*bare))) == 100


def test_one_constant_in_place_of_ids_is_noticed() -> None:
    claims = [replace(FERRY, number=number, id="0", link=f"/world/{number}") for number in range(100)]
    verdict = check_entries(claims, url=URL)
    assert len({entry.key for entry in verdict.entries}) == 100
    assert verdict.problems == ("constant-id: 100 entries share '0'",)


def test_one_front_page_as_everyones_link_keeps_the_entries_apart() -> None:
    claims = [EntryClaim(number, link="/", title=f"Ferry {number}") for number in range(100)]
    assert len(set(keys(*claims))) == 100


def test_the_same_entry_twice_is_one_the_newer() -> None:
    first = replace(FERRY, updated=NOON)
    second = replace(FERRY, number=2, title="Ferry very late", updated=NOON + timedelta(hours=1))
    verdict = check_entries([first, second], url=URL)
    assert [entry.title for entry in verdict.entries] == ["Ferry very late"]
    assert verdict.problems == ("repeated: entry 2",)
    assert verdict.lost == 0


@pytest.mark.parametrize(
    "change",
    [
        {"number": 7},
        {"link": "/world/1?utm_source=rss#top"},
        {"author": "Ida Holm"},
        {"title": " Ferry  late "},
        {"content": "<p class='x'>Fog.<img src='/2.jpg'></p>"},
    ],
)
def test_volatile_parts_change_no_digest(change: dict[str, object]) -> None:
    assert digest(replace(FERRY, **change)) == digest(FERRY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Ferry on time"},
        {"summary": "Sun."},
        {"content": "<p>Sun.</p>"},
        {"link": "/World/1"},
        {"published": NOON + timedelta(minutes=1)},
        {"updated": NOON},
    ],
)
def test_what_the_feed_says_changes_the_digest_and_not_the_key(change: dict[str, object]) -> None:
    changed = replace(FERRY, **change)  # type: ignore[arg-type]
    assert digest(changed) != digest(FERRY)
    assert keys(changed) == keys(FERRY)


def test_the_moment_a_feed_was_made_is_no_part_of_a_digest() -> None:
    def digests(moment: datetime) -> list[str]:
        claims = [EntryClaim(n, id=str(n), link=f"/{n}", title=f"F {n}", published=moment) for n in range(4)]
        return [entry.digest for entry in check_entries(claims, url=URL).entries]

    assert digests(NOON) == digests(NOON + timedelta(minutes=5))


def test_an_entry_that_says_nothing_is_counted() -> None:
    verdict = check_entries([EntryClaim(1, id="x"), FERRY], url=URL)
    assert len(verdict.entries) == 1
    assert (verdict.lost, verdict.problems) == (1, ("says-nothing: entry 1",))


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("/a", "https://harbour.example/a"),
        ("b?c=1", "https://harbour.example/feeds/b?c=1"),
        (" https://x.example/a b ", "https://x.example/a%20b"),
        ("//x.example/a", "https://x.example/a"),
        ("javascript:alert(1)", None),
        ("mailto:desk@harbour.example", None),
        ("data:text/html,x", None),
        ("file:///etc/hosts", None),
        ("http://[::1", None),
        ("http://", None),
        ("", None),
        (None, None),
    ],
)
def test_links_are_absolute_http_or_none(link: str | None, found: str | None) -> None:
    assert resolve_link(link, URL) == found


@given(st.text(max_size=200))
def test_plain_text_is_short_and_without_double_blanks(text: str) -> None:
    plain = bounded_text(text, 50)
    assert len(plain) <= 50
    assert plain == " ".join(plain.split())


@given(st.permutations(range(6)))
def test_keys_and_digests_do_not_depend_on_the_order(order: list[int]) -> None:
    claims = [EntryClaim(n, id=f"i{n % 5}", link=f"/{n}", title=f"F {n}") for n in range(6)]
    straight = {entry.url: (entry.key, entry.digest) for entry in check_entries(claims, url=URL).entries}
    shuffled = check_entries([claims[n] for n in order], url=URL).entries
    assert {entry.url: (entry.key, entry.digest) for entry in shuffled} == straight


@pytest.mark.parametrize(
    "link",
    [
        "http://x.example:99999/",
        "http://x.example:no/",
        "http://" + "ü" * 300 + ".example/",
        "http://[::/",
        "x" * 5_000,
    ],
)
def test_a_link_that_is_no_address_costs_its_own_entry_only(link: str) -> None:
    verdict = check_entries([replace(FERRY, link=link), replace(FERRY, number=2, id="h:2")], url=URL)
    assert [entry.url for entry in verdict.entries] == [None, "https://harbour.example/world/1"]
    assert [entry.address for entry in verdict.entries] == ["", "https://harbour.example/world/1"]


def test_an_entry_carries_the_canonical_form_of_its_address() -> None:
    (entry,) = check_entries(
        [replace(FERRY, link="HTTP://Harbour.example:80/a?utm_source=x&b=1")], url=URL
    ).entries
    assert entry.address == canonical_url(str(entry.url))
    assert entry.address != entry.url


TEXTS = [
    "The ferry to the islands stays in port until Thursday because divers found a dent below the waterline. "
    * 4,
    "Heavy snow closed the pass on Monday night, and lorries had to wait in the valley for the ploughs. " * 4,
    "Council members voted for a new library roof after a debate that lasted well into the evening hours. "
    * 4,
]


def test_stories_with_texts_of_their_own_at_one_link_and_id_stay_apart() -> None:
    claims = [
        EntryClaim(number, id="one", link="/alerts", title=text[:20], content=f"<p>{text}</p>")
        for number, text in enumerate(TEXTS)
    ]
    verdict = check_entries(claims, url=URL)
    assert len({entry.key for entry in verdict.entries}) == 3
    assert [(entry.address, entry.url) for entry in verdict.entries] == [("", None)] * 3
    assert "shared-link: 3 stories share 'https://harbour.example/alerts'" in verdict.problems


@pytest.mark.parametrize(
    "contents",
    [[TEXTS[0], TEXTS[0] + "He added more."], [TEXTS[0], "A summary."], ["One line.", "Another line."]],
)
def test_an_entry_and_its_update_or_summaries_keep_their_link(contents: list[str]) -> None:
    claims = [
        EntryClaim(number, id=f"id {number}", link="/alerts", title=f"Title {number}", content=text)
        for number, text in enumerate(contents)
    ]
    assert {entry.address for entry in check_entries(claims, url=URL).entries} == {
        "https://harbour.example/alerts"
    }
