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
