import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from lxml import html
from starlette.testclient import TestClient

from copytaster.store.revisions import announce_again
from copytaster.store.scrubs import begin_or_resume
from copytaster.values import Credit, Evidence, Marker
from indexer.search import SearchPage, Total
from newsdesk.operations.scrub.findings import note_damage
from newsdesk.web.app import create_app
from newsdesk.web.formatting import name_language
from newsdesk.web.parameters import PageParameters
from newsdesk.web.search.page import describe_results
from spiders.sources.config import Sources
from tests.newsdesk.web.conftest import PARAGRAPHS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(answer):
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def texts(page, selector):
    return [" ".join(found.text_content().split()) for found in page.cssselect(selector)]


def test_an_empty_store_without_sources_explains_how_to_add_one(desk):
    app = create_app(desk.store, desk.index, desk.settings, Sources(), desk.health)
    page = read(TestClient(app, base_url="http://localhost").get("/"))
    assert "copytaster source add" in page.text_content()
    assert texts(page, "[role=status]") == ["0 dispatches"]


def test_an_empty_list_says_what_it_waits_for(desk):
    page = read(desk.browser.get("/"))
    assert re.search(r"\d+ sources? (is|are) collected on schedule", page.text_content())
    assert page.cssselect(".nothing a[href='/sources']")
    desk.keep()
    (waits,) = texts(read(desk.browser.get("/")), ".nothing p")
    assert waits.startswith("1 story is stored and being grouped.")
    desk.group()
    (waits,) = texts(read(desk.browser.get("/")), ".nothing p")
    assert waits.startswith("1 story is stored and being grouped."), "until the index has it"


def test_two_copies_are_one_hit_with_its_facts(desk):
    credit = Credit("Reuters", 0.95, (Evidence("dateline", "(Reuters)", 0.95, "Reuters"),))
    desk.keep(credit=credit, markers=(Marker("version", "update", 2, "UPDATE 2-"),))
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1", headline="Quay sinks, board acts")
    desk.settle()
    page = read(desk.browser.get("/"))
    (hit,) = page.cssselect(".hit")
    assert texts(hit, "h2") == ["UPDATE 2North quay to be rebuilt"]
    facts = hit.cssselect(".facts")[0].text_content()
    assert "Reuters" in facts
    assert "2 publishers" in " ".join(facts.split())
    assert [time.get("datetime") for time in hit.cssselect(".facts time")] == ["2026-03-02T12:00:00Z"]
    assert len(hit.cssselect(".strip circle")) == 2
    assert texts(hit, ".lead")[0].startswith("The harbour board voted")
    assert hit.cssselect("h2")[0].get("lang") == "en"


def test_a_reprint_lifts_nothing_and_a_step_of_the_agency_does(desk):
    quay = {"publisher": "Reuters", "url": "https://wire.example/quay"}
    desk.keep(**quay, credit=Credit("Reuters", 0.95))
    desk.move_on()
    desk.keep(url="https://harbour.example/tug", headline="Tug sold", body="The tug was sold for scrap.")
    desk.move_on()
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1", headline="Quay sinks, board acts")
    desk.settle()
    assert texts(read(desk.browser.get("/")), ".hit h2") == ["Tug sold", "North quay to be rebuilt"]
    desk.move_on()
    update = (Marker("version", "update", 1, "UPDATE 1-"),)
    desk.keep(
        **quay,
        credit=Credit("Reuters", 0.95),
        markers=update,
        body="\n\n".join([*PARAGRAPHS, "Work begins in May."]),
    )
    desk.settle()
    page = read(desk.browser.get("/"))
    assert texts(page, ".hit h2") == ["UPDATE 1North quay to be rebuilt", "Tug sold"]
    assert texts(page, ".hit .why") == []  # the chip in front of the headline says it


def test_matches_are_marked(desk):
    desk.keep()
    desk.settle()
    page = read(desk.browser.get("/", params={"q": "surveyors QUAY"}))
    assert {mark.text_content().lower() for mark in page.cssselect(".hit mark")} == {"surveyors", "quay"}
    assert texts(page, "[role=status]") == ["1 dispatch for “surveyors QUAY”"]


def test_a_search_without_matches_offers_all_dispatches(desk):
    desk.keep()
    desk.settle()
    page = read(desk.browser.get("/", params={"q": "volcano"}))
    assert "No dispatch matches" in page.text_content()
    assert page.cssselect(".nothing a[href='/']")


def test_facets_narrow_and_widen_again(desk):
    desk.keep()
    desk.keep(
        publisher="Gulf Ledger",
        url="https://gulf.example/2",
        headline="Camel market opens",
        body="\n\n".join(["A market for racing camels opened in the desert town on Friday."] * 1),
    )
    desk.settle()
    page = read(desk.browser.get("/"))
    (link,) = [a for a in page.cssselect(".narrow a") if a.text_content().strip().startswith("Gulf Ledger")]
    narrowed = read(desk.browser.get(link.get("href")))
    assert texts(narrowed, ".hit h2") == ["Camel market opens"]
    (chosen,) = narrowed.cssselect(".narrow a[aria-current]")
    assert len(read(desk.browser.get(chosen.get("href"))).cssselect(".hit")) == 2


def keep_of(desk, *publishers):
    for number, publisher in enumerate(publishers):
        desk.keep(
            publisher=publisher,
            url=f"https://{number}.example/",
            headline=f"Brief {number}",
            body=f"Item {number}.",
        )
    desk.settle()


def click(desk, page, selector, text):
    (link,) = [a for a in page.cssselect(selector) if " ".join(a.text_content().split()) == text]
    return read(desk.browser.get(link.get("href")))


def test_several_values_of_a_facet_are_chosen_beside_each_other(desk):
    keep_of(desk, "Gulf Ledger", "Gulf Ledger", "Varda Post", "Kolm Line")
    page = click(desk, read(desk.browser.get("/")), ".narrow li a", "Gulf Ledger 2")
    assert len(page.cssselect(".hit")) == 2
    assert "Varda Post 1" in texts(page, ".narrow li a"), "the others stay, with what they would add"
    page = click(desk, page, ".narrow li a", "Varda Post 1")
    assert sorted(texts(page, ".hit h2")) == ["Brief 0", "Brief 1", "Brief 2"]
    assert len(page.cssselect(".narrow a[aria-current]")) == 2


def test_a_value_is_excluded_and_let_in_again(desk):
    keep_of(desk, "Gulf Ledger", "Gulf Ledger", "Varda Post")
    page = click(desk, read(desk.browser.get("/")), ".narrow .not", "not Gulf Ledger")
    assert texts(page, ".hit h2") == ["Brief 2"]
    (excluded,) = page.cssselect(".narrow .excluded a")
    assert " ".join(excluded.text_content().split()).startswith("not Gulf Ledger")
    assert len(read(desk.browser.get(excluded.get("href"))).cssselect(".hit")) == 3


def test_rare_values_of_a_facet_unfold_and_are_added_by_name(desk):
    keep_of(desk, *(f"Paper {letter}" for letter in "ABCDEFGHIJKL"))
    page = read(desk.browser.get("/", params={"q": "item"}))
    (details,) = page.cssselect(".narrow details")
    assert details.cssselect("summary")[0].text == "4 more"
    assert [option.get("value") for option in details.cssselect("option")] == [
        f"Paper {letter}" for letter in "IJKL"
    ]
    fields = {field.get("name"): field.get("value") for field in details.cssselect("input[type=hidden]")}
    (typed,) = details.cssselect("input:not([type=hidden])")
    found = read(desk.browser.get("/", params={**fields, typed.get("name"): "Paper K"}))
    assert texts(found, ".hit h2") == ["Brief 10"]


def test_the_best_match_stands_first_where_words_are_typed(desk):
    desk.keep(headline="Camel market opens", body="A market for camels opened on Friday in the town of Kolm.")
    desk.keep(
        url="https://harbour.example/2",
        headline="Tug sold",
        body="The tug that once towed a barge with racing animals, camels among them, was sold for scrap.",
    )
    desk.settle()
    assert texts(read(desk.browser.get("/")), ".hit h2") == ["Tug sold", "Camel market opens"]
    page = read(desk.browser.get("/", params={"q": "camels market OR racing"}))
    assert texts(page, ".hit h2") == ["Camel market opens", "Tug sold"]
    assert texts(page, ".above nav[aria-label=Order] a[aria-current]") == ["Best match"]
    assert texts(click(desk, page, ".above a", "Newest"), ".hit h2") == ["Tug sold", "Camel market opens"]


def test_pages_end_with_a_word_about_what_is_left():
    total = SearchPage(hits=(), total=Total(1234))
    last = describe_results(PageParameters(page=25), total)
    assert "1,000 of 1,234 dispatches" in last["end_text"]
    assert not describe_results(PageParameters(page=24), total)["end_text"]
    assert not describe_results(PageParameters(page=25), SearchPage(hits=(), total=Total(1000)))["end_text"]


@pytest.mark.parametrize("without", ["Gulf Ledger", "publishr:Gulf Ledger", "publisher:", ":x"])
def test_an_exclusion_that_names_no_filter_is_refused(desk, without):
    answer = desk.browser.get("/", params={"without": without})
    assert answer.status_code == 400
    assert "no filter" in html.fromstring(answer.text).text_content()
    assert desk.browser.get("/api/v1/dispatches", params={"without": without}).status_code == 400


def test_a_reader_of_the_page_by_key_meets_what_the_eye_meets(desk):
    keep_of(desk, "Gulf Ledger")
    page = read(desk.browser.get("/"))
    levels = [int(heading.tag[1]) for heading in page.cssselect("h1, h2, h3, h4")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    first = page.cssselect("a")[0]
    (hits,) = page.cssselect(first.get("href"))
    assert hits.cssselect("a, button, input")[0] is hits.cssselect(".hit h2 a")[0]


@pytest.mark.parametrize(
    ("code", "name"),
    [("he", "Hebrew"), ("de-AT", "German"), ("sw", "Swahili"), ("zh-Hant", "Chinese"), ("qqx", "qqx")],
)
def test_languages_are_named(code, name):
    assert name_language(code) == name


def test_a_headline_takes_its_direction_from_its_own_letters(desk):
    desk.keep(
        headline="الجيش يعلن وقف إطلاق النار",
        language="ar",
        markers=(Marker("version", "alert", None, "ALERT"),),
    )
    desk.settle()
    (heading,) = read(desk.browser.get("/")).cssselect(".hit h2")
    assert heading.get("dir") == "auto"
    assert heading.cssselect(".chips")[0].get("dir") == "ltr"


def test_owners_are_a_facet_if_one_differs_from_its_publisher(desk):
    desk.keep()
    desk.settle()
    assert "Owner" not in texts(read(desk.browser.get("/")), ".narrow h2")
    desk.keep(
        publisher="Gulf Ledger",
        family="Gulf House",
        url="https://gulf.example/2",
        headline="Camel market opens",
        body="A market for racing camels opened in the desert town on Friday.",
    )
    desk.settle()
    page = read(desk.browser.get("/"))
    assert "Owner" in texts(page, ".narrow h2")
    (link,) = [a for a in page.cssselect(".narrow a") if a.text_content().strip().startswith("Gulf House")]
    narrowed = read(desk.browser.get(link.get("href")))
    assert texts(narrowed, ".hit h2") == ["Camel market opens"]
    assert len(narrowed.cssselect(".narrow a[aria-current]")) == 1


def test_the_search_form_keeps_the_filters(desk):
    page = read(desk.browser.get("/", params={"publisher": "Gulf Ledger", "sort": "relevance"}))
    kept = {(field.get("name"), field.get("value")) for field in page.cssselect(".ask input[type=hidden]")}
    assert kept == {("publisher", "Gulf Ledger"), ("sort", "relevance")}


@pytest.mark.parametrize(
    ("day", "hits"), [("2026-03-01", 0), ("2026-03-02", 1), ("2026-03-03", 0)], ids=["before", "on", "after"]
)
def test_days_are_whole(desk, day, hits):
    desk.keep()
    desk.settle()
    page = read(desk.browser.get("/", params={"since": day, "until": day}))
    assert len(page.cssselect(".hit")) == hits


def test_pages_are_numbered_and_hold_every_hit_once(desk):
    for number in range(85):
        desk.keep(
            url=f"https://harbour.example/{number}", headline=f"Brief {number}", body=f"Item number {number}."
        )
    desk.settle()
    found = []
    address = "/"
    for number in (1, 2, 3):
        page = read(desk.browser.get(address))
        found += texts(page, ".hit h2")
        assert texts(page, ".pages [aria-current=page]") == [str(number)]
        address = next((a.get("href") for a in page.cssselect(".pages a") if a.text == str(number + 1)), None)
    assert address is None
    assert sorted(found) == sorted(f"Brief {number}" for number in range(85))


@pytest.mark.parametrize(
    "parameters",
    [{"q": "-(aa bb)"}, {"since": "whenever"}, {"q": "time:yesterday"}, {"agency": ["a"] * 33}],
)
def test_a_search_that_cannot_be_run_is_explained_on_the_page(desk, parameters):
    answer = desk.browser.get("/", params=parameters)
    assert answer.status_code == 400
    assert html.fromstring(answer.text).cssselect("form[role=search]")


@pytest.mark.parametrize("parameters", [{"page": "0"}, {"page": "x"}, {"sort": "cheapest"}])
def test_a_wrong_address_is_a_page_not_a_traceback(desk, parameters):
    answer = desk.browser.get("/", params=parameters)
    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]


def test_rows_are_dense_unless_the_reader_wants_them_comfortable(desk):
    keep_of(desk, "Gulf Ledger")
    page = read(desk.browser.get("/"))
    assert page.cssselect("#hits.dense")
    page = click(desk, page, ".above a", "Comfortable")
    assert page.cssselect("#hits.comfortable")
    (order,) = [a for a in page.cssselect(".above a") if a.text == "Best match"]
    assert "view=comfortable" in order.get("href")


def test_no_page_reloads_itself(desk):
    assert not read(desk.browser.get("/")).cssselect("meta[http-equiv]")


def test_every_field_has_a_label(desk):
    page = read(desk.browser.get("/"))
    for field in page.cssselect("input:not([type=hidden]), select"):
        labelled = field.get("id") and page.cssselect(f"label[for={field.get('id')}]")
        assert labelled or field.getparent().tag == "label", html.tostring(field)


def test_an_address_holds_the_parameters_that_are_set():
    parameters = PageParameters(q=" a b", agency=["AP", ""], page=3)
    assert parameters.href() == "/?q=a+b&agency=AP&page=3"
    assert parameters.toggle("agency", "AP").href() == "/?q=a+b"
    without = parameters.exclude("agency", "AP")
    assert without.href() == "/?q=a+b&without=agency%3AAP"
    assert without.toggle("agency", "AP").href() == "/?q=a+b"
    assert parameters.toggle("agency", "AFP").href() == "/?q=a+b&agency=AP&agency=AFP"
    assert PageParameters().href() == "/"


@pytest.mark.parametrize(
    ("path", "name", "nearest"),
    [("/", "agancy", "agency"), ("/", "utm_source", "until"), ("/dispatches/x", "ownr", "owner")],
)
def test_an_unknown_parameter_is_refused_with_the_nearest_name(desk, path, name, nearest):
    answer = desk.browser.get(path, params={name: "AP"})
    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]
    assert f"unknown parameter '{name}'" in html.fromstring(answer.text).text_content()
    assert nearest in answer.text


NOTICE = "The story on the quay is wrong and is withdrawn. There will be no substitute story."


@pytest.mark.parametrize(
    ("publisher", "kind", "chips"),
    [
        ("Gulf Ledger", "withdrawn", [("CLAIMED: WITHDRAWN", "chip quiet")]),
        ("Gulf Ledger", "kill", [("CLAIMED: KILL", "chip quiet")]),
        ("Gulf Ledger", "corrected", [("CLAIMED: CORRECTED", "chip quiet")]),
        ("Gulf Ledger", "update", [("UPDATE", "chip")]),
        ("Reuters", "withdrawn", [("WITHDRAWN", "chip alarm")]),
        ("Reuters", "corrected", [("CORRECTED", "chip caution")]),
    ],
)
def test_only_the_agencys_own_kill_or_correction_is_shown_as_one(desk, publisher, kind, chips):
    desk.keep(
        publisher=publisher,
        credit=Credit("Reuters", 0.95, (Evidence("dateline", "(Reuters)", 0.95, "Reuters"),)),
        body=NOTICE if kind != "corrected" else NOTICE * 3,
        markers=(Marker("version", kind, None, f"{kind.upper()}-"),),
    )
    desk.settle()
    (heading,) = read(desk.browser.get("/")).cssselect(".hit h2")
    assert [(chip.text_content(), chip.get("class").strip()) for chip in heading.cssselect(".chip")] == chips
    page = read(desk.browser.get(heading.cssselect("a")[0].get("href")))
    assert [chip.text_content() for chip in page.cssselect("h1 .chip")] == [label for label, _ in chips]


def test_a_hit_with_damaged_rows_says_so(desk):
    desk.keep()
    desk.settle()
    assert texts(read(desk.browser.get("/")), ".hit .chip") == []
    (item,) = desk.find()
    with desk.store.write() as connection:
        scrub = begin_or_resume(connection, trigger="command", step="end", now=NOON)
        note_damage(
            connection,
            scrub.id,
            table="dispatches",
            key=item["dispatch_id"],
            what="changed",
            state="open",
            done="",
            dispatch=item["dispatch_id"],
        )
        announce_again(connection, [item["dispatch_id"]], at=NOON)
    desk.settle()
    assert texts(read(desk.browser.get("/")), ".hit .chip") == ["DAMAGED"]
