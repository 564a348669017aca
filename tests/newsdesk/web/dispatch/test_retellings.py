"""Who told the same news again: on the dispatch page, in the list, in the API and as a filter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import html
from playwright.sync_api import expect

from bench.copy.tellings import write_tellings
from copytaster.store.tables import installation, telling_traces
from dedup.desk.relation_decisions import decide_relation, fold
from dedup.relations.finder import RelationFinder
from dedup.relations.model import is_installed
from tests.newsdesk.web.conftest import NOON
from tests.newsdesk.web.dispatch.test_page import words

TOLD = sorted(write_tellings(1, seed=5).documents, key=lambda one: one.n)[:3]  # reported, reworded, in German


@pytest.fixture
def told(desk):
    """The ids of three dispatches: the first telling, its rewording, its translation."""
    return tell(desk, TOLD)


def tell(desk, documents):
    """Store documents, and look for relations between them; the ids of their dispatches."""
    if not is_installed():
        pytest.skip("the extra `languages` is not installed: pip install 'copytaster[languages]'")
    for place, one in enumerate(documents):
        desk.keep(
            headline=one.title,
            body=one.text,
            publisher=f"Outlet {place}",
            url=f"https://outlet-{place}.example/story",
            language=one.language,
            published_at=NOON + timedelta(hours=place),
        )
    desk.settle()
    search(desk)
    items = {item["headline"]: item["dispatch_id"] for item in desk.find()}
    return [items[one.title] for one in documents]


def search(desk):
    """Look for relations, and write the documents."""
    finder = RelationFinder(desk.store, timedelta(hours=48))
    while finder.find_slice():
        pass
    desk.settle()


def search_anew(desk):
    with desk.store.write() as connection:
        connection.execute(telling_traces.delete())
        connection.execute(installation.delete().where(installation.c.name == "relations_until"))
    search(desk)


def open_page_of(desk, dispatch):
    answer = desk.browser.get(f"/dispatches/{dispatch}?tab=why")
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def test_the_page_shows_who_told_it_later_with_sentences_and_facts(desk, told):
    page = open_page_of(desk, told[0])
    entries = page.cssselect("#told ~ .retellings > li")
    assert [words(entry.cssselect(".publisher")[0]) for entry in entries] == ["Outlet 1", "Outlet 2"]
    assert [words(entry.cssselect(".chip")[0]) for entry in entries] == ["in other words", "in German"]
    assert [entry.cssselect(".headline a")[0].get("href") for entry in entries] == [
        f"/dispatches/{name}" for name in told[1:]
    ]
    assert "not confirmed" in words(entries[0])
    rows = entries[1].cssselect(".beside tbody tr")
    assert len(rows) == 7
    assert words(rows[0].cssselect("td")[1]) == TOLD[2].title
    assert rows[0].cssselect("td")[1].get("lang") == "de"
    assert "Numbers in both" in words(entries[0].cssselect(".agreed")[0])
    assert not page.cssselect("#told-before")


def test_the_page_shows_quotations_in_both(desk):
    quoted = next(line for line in TOLD[0].text.split("\n\n") if line.startswith('"'))
    first, _ = tell(desk, [TOLD[0], replace(TOLD[1], text=f"{TOLD[1].text}\n\n{quoted}")])
    facts = open_page_of(desk, first).cssselect("#told ~ .retellings .agreed")[0]
    assert f"Quotations in both“{quoted.split(chr(34))[1]}”" in words(facts)


def test_the_page_of_a_translation_names_what_it_translates(desk, told):
    page = open_page_of(desk, told[2])
    entries = page.cssselect("#told-before ~ .retellings > li")
    assert [words(entry.cssselect(".chip")[0]) for entry in entries] == ["from English", "from English"]
    assert not page.cssselect("#told")


def test_list_filter_and_api(desk, told):
    items = {item["dispatch_id"]: item for item in desk.find()}
    assert items[told[0]]["retold_by"] == [told[1]]
    assert items[told[0]]["translated_into"] == [told[2]]
    assert items[told[2]]["retold_of"] == [told[0], told[1]]
    assert items[told[1]]["relations"] == ["retelling", "translated"]
    found = desk.browser.get("/api/v1/dispatches?relation=translation").json()
    assert [item["dispatch_id"] for item in found["items"]] == [told[2]]
    assert {one["value"]: one["count"] for one in found["facets"]["relation"]} == {
        "retold": 1, "translated": 2, "retelling": 1, "translation": 1,
    }  # fmt: skip
    shown = desk.browser.get(f"/api/v1/dispatches/{told[0]}").json()
    (retold,) = shown["retold_by"]
    assert (retold["dispatch"], retold["kind"], retold["state"]) == (told[1], "retold", "proposed")
    assert retold["encoder"]
    assert retold["evidence"]["sentences"]
    listed = words(html.fromstring(desk.browser.get("/").text))
    assert "also told by 2, 1 in another language" in listed
    assert "translates a dispatch" in listed


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_row_of_the_dense_list_counts_who_told_it(desk, told, serve, open_page, width, height):
    page = open_page(serve().address, width=width, height=height)
    first, reworded, translated = (page.locator(f".hit[data-id={name}]") for name in told)
    for row, count in ((first, 2), (reworded, 1)):
        expect(row.locator(".told").first).to_be_visible()
        assert f"also told by {count}" in row.inner_text()
    assert "another language" not in first.inner_text()
    expect(translated.locator(".told")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_narrow_screen_a_sentence_is_under_its_counterpart(desk, told, serve, open_page):
    page = open_page(f"{serve().address}dispatches/{told[0]}?tab=why", width=390, height=844)
    page.click(".retellings details summary >> nth=0")
    earlier, later, _ = page.locator(".beside tbody tr").first.locator("td").all()
    assert earlier.bounding_box()["width"] > 250
    assert later.bounding_box()["y"] > earlier.bounding_box()["y"]


@pytest.mark.parametrize("deed", ["confirm", "reject"])
def test_a_decision_holds_when_the_search_begins_anew(desk, told, deed):
    decide_relation(desk.store, deed, told[0], told[1], who="Ada", why="read both")
    search_anew(desk)
    shown = desk.browser.get(f"/api/v1/dispatches/{told[0]}").json()
    states = [(one["dispatch"], one["state"]) for one in shown["retold_by"]]
    assert states == ([(told[1], "confirmed")] if deed == "confirm" else [])
    page = open_page_of(desk, told[0])
    assert ("sure, confirmed by Ada" in words(page)) is (deed == "confirm")
    listed = {item["dispatch_id"]: item for item in desk.find()}
    assert listed[told[1]]["retold_of"] == ([told[0]] if deed == "confirm" else [])


def test_what_was_folded_in_stays_when_the_search_begins_anew(desk, told):
    fold(desk.store, told[0], told[1], who="Ada", why="a copy")
    search_anew(desk)
    (first,) = (item for item in desk.find() if item["dispatch_id"] == told[0])
    assert (first["publisher_count"], first["retold_by"], first["translated_into"]) == (2, [], [told[2]])
