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
