"""Claims in JSON-LD that are too long, too deep or too many: the page gives its story all the same, and says so."""

import json
from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse

SENTENCE = "The harbour board met on Monday and agreed to widen the basin before the end of the year. "
PRINTED = "".join(f"<p>Paragraph {number}: {SENTENCE}</p>" for number in range(5))
HEADLINE = "Harbour board agrees to widen basin"
LONG = 250_000


def article(**claims):
    return json.dumps({"@type": "NewsArticle", "headline": HEADLINE, **claims})


def read(*scripts, printed=PRINTED):
    tags = "".join(f'<script type="application/ld+json">{text}</script>' for text in scripts)
    html = f"<html lang=en><head><title>{HEADLINE}</title>{tags}</head><body><h1>{HEADLINE}</h1>{printed}</body></html>"
    page = RawPage(
        "https://gazette.example/1",
        html.encode(),
        datetime(2024, 6, 1, tzinfo=UTC),
        200,
        (("content-type", "text/html"),),
    )
    return parse(page, ParseContext())


WITHOUT = read()
TOO_MUCH = {
    "a long text": article(articleBody="word " * (LONG // 5)),
    "two million characters": article(articleBody="word " * 400_000),
    "one long word": article(articleBody="a" * LONG),
    "brackets": article(articleBody="<" * LONG),
    "open tags": article(articleBody="<a " * LONG),
    "references": article(articleBody="&amp;" * LONG),
    "lines": article(articleBody="a\n" * LONG),
    "a list of texts": article(articleBody=[SENTENCE] * 5_000),
    "keywords": article(keywords=[f"word {number}" for number in range(LONG)]),
    "one text of keywords": article(keywords="word, " * LONG),
    "authors": article(author=[{"@type": "Person", "name": f"Ada {number}"} for number in range(20_000)]),
    "a headline": article(alternativeHeadline="word " * LONG, headline="word " * LONG),
    "a date": article(datePublished="1" * LONG),
    "a picture": article(image="data:image/png;base64," + "A" * LONG),
    "nested lists": article()[:-1] + ',"x":' + "[" * 10_000 + "]" * 10_000 + "}",
    "nested objects": article()[:-1] + ',"x":' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}",
    "no end": "[" * LONG,
    "comments": article() + "<!--" * LONG,
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_the_printed_story_stays(name):
    story = read(TOO_MUCH[name])
    assert (story.body, story.headline, story.byline) == (WITHOUT.body, HEADLINE, ())
    assert "claims-capped" in story.warnings
    assert "claims-capped" not in WITHOUT.warnings


@pytest.mark.parametrize(
    "value", ["x" * LONG, ["x" * LONG] * 3, {"name": "x" * LONG}, [{"name": ["x" * LONG]}]]
)
def test_a_long_name_is_no_name(value):
    story = read(article(author=value, publisher=value, creditText=value))
    assert (story.body, story.byline, story.claimed_publisher) == (WITHOUT.body, (), None)


def test_many_blocks_are_not_all_read():
    story = read(*[article(articleBody=SENTENCE * 3)] * 2_000)
    assert "claims-capped" in story.warnings
    assert story.body == WITHOUT.body


def test_objects_of_many_lists_are_bounded():
    wide = json.dumps([[{"@type": "Thing"}] * 900] * 60)
    assert read(wide, article()).body == WITHOUT.body


def test_a_long_text_of_a_story_is_read_whole():
    long = "\n".join(f"Paragraph {number}: {SENTENCE}" for number in range(1_500))
    story = read(article(articleBody=long))
    assert story.extractor == "json-ld"
    assert story.body.count("Paragraph") == 1_500
    assert not {"claims-capped", "body-cut"} & set(story.warnings)


@pytest.mark.parametrize("unit", ["<p>{n} {text}</p>", "{n} {text}<br>", "<p>{n} word word word</p>"])
def test_a_printed_body_beyond_all_measure_is_cut_aloud(unit):
    story = read(printed=PRINTED + "".join(unit.format(n=number, text=SENTENCE) for number in range(9_000)))
    assert "body-cut" in story.warnings
    assert story.body.startswith("Paragraph 0")
    assert len(story.body) <= 220_000
