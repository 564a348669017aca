"""Outlets print on pages that are built differently, and every page says what its outlet prints."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsdesk.demo.outlets import load_outlets
from newsdesk.demo.pages import edit
from newsdesk.demo.scenario import SPAN_S, load_pages
from newsdesk.demo.site import Site

BASE = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
ORIGIN = "http://127.0.0.2:8000"
OUTLETS = list(load_outlets().values())
# What holds the text on each outlet's pages, and on no other's.
CONTAINERS = {
    "norvane": "div.article-body",
    "norvane-deutsch": "section.meldungstext",
    "norvane-arabic": "div.nass",
    "velmoor": "div.hl-text",
    "harbour-post": "div.story__content",
    "fenland-examiner": "td > font[face=Georgia][size='3']",
    "gulf-ledger": "div.entry-content",
    "standpoint": "div.post-content",
    "northern-courier": "div.article__text",
    "pocket-gazette": "article.amp-article",
    "pacific-monitor": "[itemprop=articleBody]",
    "citybeat": "[class^=css-body-]",
    "capital-reader": "#storycontent",
    "elbtal-anzeiger": "div.artikel-inhalt",
    "alpenland-kurier": "div.lauftext",
    "sahil": "div.nass-khabar",
}


def print_pages(outlet):
    site = Site(outlet, ORIGIN, BASE)
    for page, dispatch in load_pages()[outlet.key]:
        edition = edit(outlet, page, dispatch, origin=ORIGIN, base=BASE, elapsed=SPAN_S)
        assert edition is not None
        yield edition, site.answer(page.path, SPAN_S).body.decode()


def squeeze(text):
    return " ".join(text.split())


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.key)
def test_a_page_holds_its_story_in_a_container_of_its_own(outlet):
    for edition, html in print_pages(outlet):
        tree = LexborHTMLParser(html)
        matching = [key for key, selector in CONTAINERS.items() if tree.css_first(selector)]
        assert matching == [outlet.key]
        container = tree.css_first(CONTAINERS[outlet.key])
        assert container is not None
        text = squeeze(container.text())
        assert all(squeeze(paragraph) in text for paragraph in edition.story.text)
        assert edition.story.headline in squeeze(tree.body.text() if tree.body else "")


def test_no_two_outlets_share_a_layout():
    assert len({outlet.layout for outlet in OUTLETS}) == len(OUTLETS) == len(CONTAINERS)


@pytest.mark.parametrize(
    ("key", "selector", "needle"),
    [
        ("harbour-post", 'script[type="application/ld+json"]', "articleBody"),
        ("gulf-ledger", "div.entry-content p", "NORVANE/"),
        ("standpoint", "#comments", "(AP)"),
        ("northern-courier", "div.article__text .related-box", "Related"),
        ("northern-courier", "div.article__text .newsletter", "Sign up"),
        ("capital-reader", "#storycontent .readmore", "Read more"),
        ("pacific-monitor", "[itemtype='http://schema.org/NewsArticle']", "By"),
    ],
)
def test_boilerplate_is_where_real_pages_have_it(key, selector, needle):
    pages = (LexborHTMLParser(html) for _, html in print_pages(load_outlets()[key]))
    assert any(needle in node.text() for tree in pages for node in tree.css(selector))


def test_structured_data_repeats_the_story():
    for edition, html in print_pages(load_outlets()["harbour-post"]):
        node = LexborHTMLParser(html).css_first('script[type="application/ld+json"]')
        assert node is not None
        data = json.loads(node.text())
        assert data["headline"] == edition.story.headline
        assert data["articleBody"].split("\n\n") == list(edition.story.text)
        assert datetime.fromisoformat(data["datePublished"]) == edition.published_at


@pytest.mark.parametrize("key", ["norvane-arabic", "sahil"])
def test_arabic_pages_run_from_right_to_left(key):
    for _, html in print_pages(load_outlets()[key]):
        root = LexborHTMLParser(html).css_first("html")
        assert root is not None
        assert (root.attributes["dir"], root.attributes["lang"]) == ("rtl", "ar")


def test_pages_follow_the_base_moment_and_nothing_else():
    outlet = load_outlets()["pacific-monitor"]
    page, _ = load_pages()[outlet.key][0]

    def body(base, elapsed=SPAN_S):
        return Site(outlet, ORIGIN, base).answer(page.path, elapsed).body

    assert body(BASE) == body(BASE) == body(BASE, SPAN_S + 500)
    assert body(BASE) != body(BASE + timedelta(days=1))
