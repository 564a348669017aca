import json
from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse

SENTENCES = [
    "The observatory on the hill will open its doors to school classes from next week on.",
    "Its telescope was built in 1911 and has been mended by volunteers over the past winter.",
    "Visitors must bring warm clothes, because the dome stays open for as long as they look.",
    "Admission is free, but the number of places is limited to 30 each night, the director said.",
]


def read(claimed, printed):
    script = json.dumps(
        {"@type": "NewsArticle", "headline": "Observatory opens to schools", "articleBody": claimed}
    )
    html = (
        f'<html><head><script type="application/ld+json">{script}</script></head><body><h1>Observatory opens to schools</h1>'
        f'<div class="x">{printed}</div></body></html>'
    )
    page = RawPage("https://hill.example/news/observatory", html.encode(), datetime(2024, 1, 1, tzinfo=UTC))
    return parse(page, ParseContext())


def printed(*extra):
    return "".join(f"<p>{text}</p>" for text in [*SENTENCES, *extra])


def test_claimed_text_without_paragraphs_gets_those_of_the_page():
    story = read(" ".join(SENTENCES), printed())
    assert story.body.split("\n\n") == SENTENCES
    assert story.extractor == "json-ld"


def test_claimed_text_keeps_strangers_out():
    stranger = "Our shop sells posters of planets, moons and distant galaxies in three different sizes."
    assert read(" ".join(SENTENCES), printed(stranger)).body.split("\n\n") == SENTENCES


def test_claimed_text_stands_where_the_page_prints_a_teaser():
    assert read("\n\n".join(SENTENCES), f"<p>{SENTENCES[0]}</p>").body.split("\n\n") == SENTENCES


@pytest.mark.parametrize("claimed", ["", "Short teaser.", None, 7, {"a": 1}, []])
def test_claimed_teaser_is_not_believed(claimed):
    story = read(claimed, printed())
    assert story.body.split("\n\n") == SENTENCES
    assert story.extractor == "generic"


EXCERPTS = {
    "dots": " ".join(SENTENCES[:3]) + " Admission is free ...",
    "bracketed dots": " ".join(SENTENCES[:3]) + " Admission […]",
    "inside a paragraph": " ".join(SENTENCES[:3]) + " " + SENTENCES[3][:60],
    "inside a word": " ".join(SENTENCES[:3]) + " " + SENTENCES[3][:52],
}


@pytest.mark.parametrize("name", EXCERPTS)
def test_a_claim_that_breaks_off_cuts_nothing(name):
    more = "Children under six may come in the afternoon, when the sun is shown through a filter."
    assert read(EXCERPTS[name], printed(more)).body.split("\n\n") == [*SENTENCES, more]


def test_a_claim_of_the_first_paragraphs_cuts_nothing():
    story = "".join(f"<p>{text}</p>" for text in SENTENCES + [f"{text[:-1]}, too." for text in SENTENCES])
    assert len(read(" ".join(SENTENCES[:3]), story).body.split("\n\n")) == 8


ITEM = (
    "The harbour will be closed to sailing boats on Sunday from noon on, the port office said in the morning."
)


def short_page(item, *others):
    """A page with an item in its headline's box, and other stories' openings in boxes of their own."""
    boxes = "".join(
        f"<div class='b{n}'><h3><a href=/{n}>Story number {n} of this day</a></h3><p>{text}</p></div>"
        for n, text in enumerate(others)
    )
    title = "Harbour closed on Sunday"
    return (
        f"<html><head><title>{title}</title></head><body><div class='site'><div class='left'>"
        f"<div class='box'><h1>{title}</h1><p>{item}</p></div></div><div class='right'>{boxes}</div></div></body>"
    )


def read_page(html):
    page = RawPage("https://port.example/news/harbour", html.encode(), datetime(2024, 1, 1, tzinfo=UTC))
    return parse(page, ParseContext())


@pytest.mark.parametrize("many", range(1, 5))
def test_a_short_whole_item_takes_no_text_of_other_boxes(many):
    others = [f"{text} {text}" for text in SENTENCES[:many]]
    assert read_page(short_page(ITEM, *others)).body == ITEM


def test_an_item_in_its_own_box_that_breaks_off_is_read_by_the_library_too():
    """The control: here the box beside the headline holds a teaser alone."""
    teaser = (
        "<div class='box'><h1>Harbour closed on Sunday</h1><p>Closed on Sunday, the port office</p></div>"
    )
    story = "".join(f"<p>{text}</p>" for text in SENTENCES)
    html = f"<html><head><title>Harbour closed on Sunday</title></head><body>{teaser}<main>{story}</main></body></html>"
    assert SENTENCES[-1] in read_page(html).body
