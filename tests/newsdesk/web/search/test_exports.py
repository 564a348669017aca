"""A list in other programs' formats: the same dispatches in the same order, and what is left out is said."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from lxml import html

from copytaster.values import Credit, Evidence, Marker
from copytaster.wire.formats.json_items import read_json, read_json_item
from indexer.search import SearchQuery
from newsdesk.web.search.exports import Format
from tests.newsdesk.web.conftest import PARAGRAPHS

REUTERS = Credit("Reuters", 0.95, (Evidence("dateline", "(Reuters)", 0.95, "Reuters"),))
HEADLINES = ["Tug & <b>barge</b> sold", "North quay to be rebuilt"]


@pytest.fixture
def filled(desk):
    quay = {"publisher": "Reuters", "url": "https://wire.example/quay", "credit": REUTERS}
    desk.keep(**quay)
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1")
    desk.move_on()
    desk.keep(
        url="https://harbour.example/tug",
        headline=HEADLINES[0],
        body="The tug & its barge were sold for <2 million.",
        published_at=None,
    )
    desk.settle()
    return desk


def get(desk, form, **parameters):
    answer = desk.browser.get(f"/dispatches.{form}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


def read_headlines(form, answer):
    match form:
        case "json":
            return [one["headline"] for one in answer.json()["items"]]
        case "ndjson":
            return [json.loads(line)["headline"] for line in answer.text.splitlines()]
        case "csv":
            return [row["headline"] for row in csv.DictReader(io.StringIO(answer.text))]
        case "ninjs":
            return [read_json_item(one).headline for one in read_json(answer.content)]
        case _:
            found = feedparser.parse(answer.content, sanitize_html=False)
            assert not found.bozo
            return [
                html.fromstring(f"<p>{one.title}").text_content() if "&lt;" in one.title else one.title
                for one in found.entries
            ]


@pytest.mark.parametrize("form", list(Format))
def test_every_format_has_the_dispatches_of_the_list_in_its_order(filled, form):
    assert read_headlines(form, get(filled, form)) == HEADLINES
    assert read_headlines(form, get(filled, form, q="quay")) == HEADLINES[1:]
    assert read_headlines(form, get(filled, form, agency="Reuters")) == HEADLINES[1:]
    assert read_headlines(form, get(filled, form, q="zeppelin")) == []


@pytest.mark.parametrize("form", list(Format))
def test_what_is_left_out_is_said(filled, form):
    answer = get(filled, form, limit=1)
    assert len(read_headlines(form, answer)) == 1
    assert (answer.headers["Copytaster-Total"], answer.headers["Copytaster-Left-Out"]) == ("2", "1")
    assert "Copytaster-Complete-To" in answer.headers
    whole = get(filled, form)
    assert (whole.headers["Copytaster-Total"], whole.headers["Copytaster-Left-Out"]) == ("2", "0")


def test_more_than_one_page_of_the_index_is_read_to_its_end(desk):
    for number in range(130):
        desk.keep(
            url=f"https://harbour.example/{number}",
            headline=f"Berth {number}",
            body=f"Berth {number} is full.",
        )
    desk.settle()
    found = read_headlines("csv", get(desk, "csv", limit=1000))
    assert len(set(found)) == len(found) == desk.index.search(SearchQuery()).total.value


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("dispatches.xls", {}),
        ("dispatches.csv", {"limit": 0}),
        ("dispatches.csv", {"limit": 1001}),
        ("dispatches.csv", {"since": "soon"}),
        ("dispatches.csv", {"page": 2}),
        ("dispatches.csv", {"without": "colour:red"}),
    ],
)
def test_what_cannot_be_read_is_refused(filled, path, parameters):
    assert filled.browser.get(f"/{path}", params=parameters).status_code in {400, 404, 422}


def test_a_feed_is_newest_first_and_says_why_a_dispatch_is_news_again(filled):
    filled.move_on()
    filled.keep(
        publisher="Reuters",
        url="https://wire.example/quay",
        credit=REUTERS,
        markers=(Marker("version", "corrected", None, "CORRECTED-"),),
        body="\n\n".join([*PARAGRAPHS, "Work begins in May."]),
    )
    filled.settle()
    (document,) = [hit.document for hit in filled.index.search(SearchQuery("quay")).hits]
    for form, why in (("atom", "updated_parsed"), ("rss", "published_parsed")):
        first, second = feedparser.parse(get(filled, form, q="the").content).entries
        assert first.title == "CORRECTED: North quay to be rebuilt"
        assert first.link == first.id == f"http://localhost/dispatches/{document['dispatch_id']}"
        assert datetime(*getattr(first, why)[:6], tzinfo=UTC) == datetime.fromisoformat(document["news_at"])
        assert getattr(first, why) > getattr(second, why)
        assert "corrected" in [tag.term for tag in first.tags]


def test_a_time_of_publication_that_nobody_gives_is_left_out(filled):
    tug, quay = feedparser.parse(get(filled, "atom").content).entries
    assert "published" not in tug
    assert quay.published == "2026-03-02T12:00:00Z"
    rows = list(csv.DictReader(io.StringIO(get(filled, "csv").text)))
    assert [row["published_at"] for row in rows] == ["", "2026-03-02T12:00:00Z"]


def test_ninjs_is_read_back_by_our_own_reader(filled):
    (tug, quay) = [read_json_item(one) for one in read_json(get(filled, "ninjs").content)]
    assert quay.paragraphs == tuple(PARAGRAPHS)
    assert tug.paragraphs == ("The tug & its barge were sold for <2 million.",)
    assert quay.credit_lines == ("Reuters",)
    assert quay.record.pubstatus == "usable"
    assert quay.language == "en"
    assert quay.record.format == "ninjs 3.0"


def test_text_that_xml_or_a_spreadsheet_would_trip_over(desk):
    desk.keep(headline="=1+1 & ]]> \u000b\ufffe</title><script>alert(1)</script>")
    desk.settle()
    for form in ("atom", "rss"):
        (entry,) = feedparser.parse(get(desk, form).content, sanitize_html=False).entries
        assert "script" in entry.title
    (row,) = csv.DictReader(io.StringIO(get(desk, "csv").text))
    assert row["headline"].startswith("'=1+1")


def test_copy_under_embargo_leaves_by_no_format(desk):
    later = datetime.now(UTC) + timedelta(hours=3)
    desk.keep(
        headline="Budget in full", body="The secret budget grows by nine billion.", embargoed_until=later
    )
    desk.keep(url="https://harbour.example/2", headline="Tug sold", body="The tug was sold for scrap.")
    desk.settle()
    for form in Format:
        assert "nine billion" not in get(desk, form).text


def test_the_list_links_each_format_with_its_own_search(filled):
    page = html.fromstring(
        filled.browser.get("/", params={"q": "quay", "agency": "Reuters", "view": "dense"}).text
    )
    links = page.cssselect(".take a")
    assert [link.text_content() for link in links] == ["Atom", "RSS", "CSV", "JSON", "NDJSON", "ninjs"]
    for link in links:
        assert link.get("href").endswith("?q=quay&agency=Reuters")
        assert filled.browser.get(link.get("href")).status_code == 200
    feeds = [link.get("type") for link in page.cssselect("link[rel=alternate]")]
    assert feeds == ["application/atom+xml", "application/rss+xml"]
