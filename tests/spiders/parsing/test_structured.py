import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from spiders.parsing.structured import body_paragraphs, read_claims

ARTICLE = {"@type": "NewsArticle", "headline": "Bridge to be rebuilt", "datePublished": "2024-05-30"}


def claims(*scripts, head=""):
    tags = "".join(f'<script type="application/ld+json">{text}</script>' for text in scripts)
    return read_claims(LexborHTMLParser(f"<html><head>{head}{tags}</head><body></body></html>"))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ARTICLE),
        json.dumps([ARTICLE]),
        json.dumps({"@graph": [{"@type": "WebSite"}, ARTICLE]}),
        json.dumps({"@type": "WebPage", "mainEntity": ARTICLE}),
        json.dumps(ARTICLE | {"@type": ["Thing", "http://schema.org/NewsArticle"]}),
        json.dumps(ARTICLE)[:-1] + ",}",
        json.dumps(ARTICLE) + ";",
        f"<!-- {json.dumps(ARTICLE)} -->",
        f"//<![CDATA[\n{json.dumps(ARTICLE)}\n//]]>",
        json.dumps(ARTICLE).replace("Bridge to", "Bridge\n\tto"),
    ],
)
def test_article_is_found(text):
    assert claims(text).text("headline") == "Bridge to be rebuilt"


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[" * 50_000, '{"@type": 3}', "not json at all", '{"@graph": {"@graph": []}}']
)
def test_broken_json_claims_nothing(text):
    assert claims(text).article == {}


def test_broken_block_does_not_hide_the_good_one():
    assert claims("{broken", json.dumps(ARTICLE)).text("datePublished") == "2024-05-30"


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Moreno", ["Ada Moreno"]),
        ({"name": "Ada Moreno"}, ["Ada Moreno"]),
        ([{"name": "Ada Moreno"}, "Reuters"], ["Ada Moreno", "Reuters"]),
        ({"name": ["Ada Moreno", "Ben Toll"]}, ["Ada Moreno", "Ben Toll"]),
        (None, []),
        (7, []),
        ("<b>Ada</b> Moreno &amp;amp; Co", ["Ada Moreno & Co"]),
    ],
)
def test_names(author, names):
    assert claims(json.dumps(ARTICLE | {"author": author})).names("author") == names


def test_meta_tags_are_read_once_and_unescaped():
    found = claims(
        head='<meta property="og:title" content=" A &amp;amp; B "><meta name="OG:TITLE" content="second"><meta name="x">'
    )
    assert found.first("nothing", "og:title") == "A & B"


@pytest.mark.parametrize(
    "text",
    [
        "<p>One.</p><p>Two &amp; three.</p>",
        "One.<br/><br>Two &amp; three.",
        "One.\n\n\nTwo & three.",
        "&lt;p&gt;One.&lt;/p&gt;Two & three.",
    ],
)
def test_body_paragraphs(text):
    assert body_paragraphs(text) == ["One.", "Two & three."]
