import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from spiders.parsing.structured import read_claims

ADDRESS = "https://quay.example/2026/weir-gate-4711.html"
HEADLINE = "Weir gate jams in the autumn flood"
OWN = {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": "2026-11-20T08:15:00+01:00"}
OTHER = {
    "@type": "NewsArticle",
    "headline": "Tram line nine gets longer cars",
    "datePublished": "2024-03-01T09:00:00Z",
    "author": {"name": "Olga Finch"},
    "image": "tram.jpg",
    "description": "Longer cars run from March.",
    "articleBody": "Longer cars run on line nine from March. " * 20,
}
NAMED = OTHER | {"url": "https://quay.example/2024/tram.html"}
WAYS_TO_NAME = [
    {},
    {"url": ADDRESS},
    {"@id": f"{ADDRESS}#article"},
    {"mainEntityOfPage": ADDRESS},
    {"mainEntityOfPage": {"@type": "WebPage", "@id": ADDRESS.replace("https", "http")}},
    {"mainEntityOfPage": {"@id": ADDRESS.replace("quay", "www.quay")}},
    {"url": "/2026/weir-gate-4711.html"},
    {"@type": "schema:NewsArticle", "url": ADDRESS, "headline": "Flood: what we know"},
]


def around(own, other):
    """The ways in which pages mix their own article with another story's."""
    yield "blocks", [own, other]
    yield "blocks, other first", [other, own]
    yield "graph", [{"@graph": [{"@type": "WebSite"}, other, own]}]
    yield "list", [own, {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": other}]}]
    yield "part", [own | {"hasPart": [other]}]
    yield "mention", [own | {"mentions": other}]
    yield "update", [own | {"liveBlogUpdate": [other | {"url": f"{ADDRESS}#u1"}]}]
    yield "comment", [own | {"comment": [{"@type": "BlogPosting", "headline": HEADLINE, "url": ADDRESS}]}]


def read(blocks, title=HEADLINE, feed_title=None, broken=lambda text: text):
    scripts = "".join(
        f'<script type="application/ld+json">{broken(json.dumps(block))}</script>' for block in blocks
    )
    page = f"<html><head><title>{title} | Quay</title>{scripts}</head><body><h1>{title}</h1></body></html>"
    return read_claims(LexborHTMLParser(page), url=f"{ADDRESS}?utm_source=rss", feed_title=feed_title)


@pytest.mark.parametrize("named", WAYS_TO_NAME)
@pytest.mark.parametrize("other", [OTHER, NAMED])
def test_own_article_is_believed(named, other):
    for way, blocks in around(OWN | named, other):
        assert read(blocks).text("datePublished") == OWN["datePublished"], way


@pytest.mark.parametrize("other", [OTHER, NAMED])
def test_another_story_is_not_believed(other):
    nested = {"@type": "ItemList", "itemListElement": [{"item": other}, {"item": other}]}
    assert [read(blocks).article for blocks in ([other], [nested], [other, other])] == [{}, {}, {}]


def test_headline_of_the_feed_is_enough():
    assert read([OWN], title="Flood", feed_title=HEADLINE).article
    assert not read([OWN], title="Flood", feed_title="Tram").article


def test_syndicated_story_names_another_host():
    assert read([OWN | {"url": "https://agency.example/weir"}]).article


def test_article_that_names_nothing_is_believed_alone():
    bare = {"@type": "NewsArticle", "datePublished": "2026-11-20"}
    assert read([bare]).article == bare
    assert read([bare, bare]).article == {}


BREAKS = {
    "byte order mark": lambda text: f"\ufeff{text}",
    "line comment": lambda text: text.replace('"headline"', '// the headline\n"headline"'),
    "block comment": lambda text: text.replace('"headline"', '/* "x": */ "headline"'),
    "missing comma, line": lambda text: text.replace(', "datePublished"', '\n"datePublished"'),
    "missing comma": lambda text: text.replace(', "datePublished"', ' "datePublished"'),
    "two commas": lambda text: text.replace(', "datePublished"', ',, "datePublished"'),
    "quotes inside": lambda text: text.replace("Weir gate", '"Weir" gate'),
    "single quotes": lambda text: text.replace('"', "'"),
    "bare keys": lambda text: text.replace('"headline":', "headline:"),
    "assigned": lambda text: f"var data = {text};",
    "twice": lambda text: text + text,
    "broken off": lambda text: text[:-20],
    "too many ends": lambda text: f"{text}}}}}",
    "entities": lambda text: text.replace('"', "&quot;"),
    "undefined": lambda text: text.replace('"name": "Jo Reed"', '"name": "Jo Reed", "x": undefined'),
    "comma before the end": lambda text: text.replace("}", ",}"),
    "tag behind": lambda text: f"{text}</div>",
    "set in type": lambda text: text.replace('"author"', "“author”").replace('"name": "', "„name“: „", 1),
    "escaped apostrophe": lambda text: text.replace("Weir", r"Weir\'s"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_nearly_json_is_read(name):
    claims = read([OWN | {"url": ADDRESS, "author": {"name": "Jo Reed"}, "z": "z" * 30}], broken=BREAKS[name])
    assert claims.text("datePublished") == OWN["datePublished"]
    assert claims.names("author") == ["Jo Reed"]


@pytest.mark.parametrize("author", [{"@id": "#jo"}, [{"@id": "#jo"}, {"name": "Bo Lind"}]])
def test_a_reference_to_a_person_of_the_graph_is_followed(author):
    people = [
        {"@type": "Person", "@id": "#jo", "name": "Jo Reed"},
        {"@type": "Person", "@id": "#x", "name": "No One"},
    ]
    claims = read([{"@graph": [OTHER, *people, OWN | {"url": ADDRESS, "author": author}]}])
    assert claims.names("author") == ["Jo Reed", "Bo Lind"][: len(author) if isinstance(author, list) else 1]


def test_a_reference_that_leads_nowhere_names_nobody():
    assert read([OWN | {"url": ADDRESS, "author": {"@id": "#gone"}}]).names("author") == []
