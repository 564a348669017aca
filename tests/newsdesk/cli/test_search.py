"""Search, dispatch, index and rebuild as a person or a script calls them."""

import json
from datetime import UTC, datetime

import pytest

from copytaster.store.engine import Store
from newsdesk.cli import main
from settings import load_settings
from tests.indexer.conftest import Desk


@pytest.fixture
def run(capsys):
    """A command's exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        captured = capsys.readouterr()
        return stopped.value.code or 0, captured.out, captured.err

    return call


@pytest.fixture
def desk():
    store = Store(load_settings().store_url)
    yield Desk(store)
    store.close()


@pytest.fixture
def filled(desk, run):
    place = {"raw": "SKOPJE", "places": ["SKOPJE"]}
    desk.found(
        "flood", "Dam gates open on the Varda", agency="Reuters", published_at=desk_time(20), dateline=place
    )
    desk.joined("flood", "Gates open", publisher="Kolm Telegraph", relation="cut")
    desk.found(
        "strike",
        "Tram drivers strike",
        "They want more.",
        language="de",
        published_at=desk_time(18),
        slug="TRAM-STRIKE/",
        markers=["alert"],
        dateline={"raw": "OHRID", "places": ["OHRID"]},
    )
    assert run("index")[0] == 0
    return run


def desk_time(day):
    return datetime(2026, 11, day, 9, tzinfo=UTC)


def test_a_search_in_json(filled):
    code, out, _ = filled("search", "gates", "--json")
    data = json.loads(out)
    assert code == 0
    assert set(data) == {"completeness", "items", "total", "facets", "next"}
    assert data["total"] == {"value": 1, "relation": "eq"}
    item = data["items"][0]
    assert (item["id"], item["agency"], item["publisher_count"]) == ("flood", "Reuters", 2)
    assert "body" not in item
    assert {"value": "Kolm Telegraph", "count": 1} in data["facets"]["publisher"]


def test_a_search_for_people(filled):
    code, out, err = filled("search", "gates")
    assert code == 0
    for piece in (
        "Dam gates open on the Varda",
        "Reuters · 2 publishers",
        "2026-11-20 12:01 to 12:02 UTC",
        "flood",
    ):
        assert piece in out
    assert "1 of 1 dispatch" in err
    assert "\x1b" not in out


def test_what_was_found_stands_out_on_a_terminal(filled, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1;33mgates\x1b[0m" in filled("search", "gates")[1]


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ((), ["strike", "flood"]),
        (("", "--limit", "1"), ["strike"]),
        (("--agency", "reuters"), ["flood"]),
        (("--publisher", "KOLM telegraph"), ["flood"]),
        (("--language", "de"), ["strike"]),
        (("--since", "2026-11-19"), ["flood"]),
        (("--until", "2026-11-19T00:00+01:00"), ["strike"]),
        (("open OR strike", "--sort", "newest"), ["strike", "flood"]),
        (("--family", "kolm telegraph"), ["flood"]),
        (("--headline", "gates -tram"), ["flood"]),
        (("--body", "want"), ["strike"]),
        (("--dateline", "skopje"), ["flood"]),
        (("--slug", "tram"), ["strike"]),
        (("--marker", "alert"), ["strike"]),
        (("--state", "live"), ["strike", "flood"]),
        (("--without", "publisher:KOLM telegraph"), ["strike"]),
        (("--without", "marker:alert"), ["flood"]),
        (("ALERT",), ["strike"]),
        (("slug:tram dateline:ohrid time:2026-11-18 state:live",), ["strike"]),
    ],
)
def test_options_narrow(filled, arguments, ids):
    code, out, _ = filled("search", *arguments, "--json")
    assert code == 0
    assert [item["id"] for item in json.loads(out)["items"]] == ids


def test_pages_follow_the_cursor(filled):
    first = json.loads(filled("search", "--limit", "1", "--json")[1])
    second = json.loads(filled("search", "--limit", "1", "--json", "--cursor", first["next"])[1])
    assert [item["id"] for item in first["items"] + second["items"]] == ["strike", "flood"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere",), 4, "nothing matched"),
        (("--agency", "Rooters"), 2, "Reuters"),
        (("--publisher", "Nobody"), 2, "Nobody"),
        (("--since", "yesterday"), 2, "2026-11-20"),
        (("--limit", "0"), 2, "limit"),
        (("?!",), 2, "no word"),
        (("--cursor", "forged"), 2, "cursor"),
        (("--family", "Kolm Telegraf"), 2, "Kolm Telegraph"),
        (("--state", "dead"), 2, "withdrawn"),
        (("--without", "agencis:AFP"), 2, "agency"),
        (("--without", "Reuters"), 2, "publisher:Gulf Ledger"),
        (("--without", "agency:Rooters"), 2, "Reuters"),
        (("--state", "merged"), 4, "nothing matched"),
        (("time:soon",), 2, "time:2026-11-20"),
        (("state:lve",), 2, "live"),
    ],
)
def test_what_goes_wrong_has_its_code_and_reason(filled, arguments, code, says):
    found, out, err = filled("search", *arguments)
    assert (found, out) == (code, "")
    assert says in err


def test_before_anything_is_indexed(run, desk):
    code, out, err = run("search", "flood")
    assert (code, out) == (4, "")
    assert "nothing is indexed yet" in err


def test_a_dispatch_in_json_and_for_people(filled):
    code, out, _ = filled("dispatch", "show", "flood", "--json")
    data = json.loads(out)
    assert code == 0
    assert [member["relation"] for member in data["members"]] == ["original", "cut"]
    assert data["members"][0]["versions"][0]["number"] == 1
    people = filled("dispatch", "show", "flood")[1]
    for piece in ("2 publishers", "Kolm Telegraph", "rule score", "v1 2026-11-20 12:02"):
        assert piece in people


def test_the_id_of_a_merged_dispatch_resolves(filled, desk):
    desk.merged("strike", into="flood")
    assert json.loads(filled("dispatch", "show", "strike", "--json")[1])["id"] == "flood"


def test_an_unknown_dispatch(filled):
    code, out, err = filled("dispatch", "show", "nobody")
    assert (code, out) == (4, "")
    assert "nobody" in err


def test_listing_dispatches(filled, run):
    complete = json.loads(filled("dispatch", "list", "--json")[1])["completeness"]
    assert complete.keys() == {"complete_to", "held_by", "holes"}
    assert json.loads(filled("search", "--json")[1])["completeness"]["held_by"] == complete["held_by"]
    assert [item["id"] for item in json.loads(filled("dispatch", "list", "--json")[1])["items"]] == [
        "strike",
        "flood",
    ]
    code, out, _ = filled("dispatch", "list", "--limit", "1")
    assert (code, out.count("\n"), "Tram drivers strike" in out) == (0, 1, True)
    assert filled("dispatch", "list", "--state", "withdrawn")[0] == 4


def test_indexing_says_what_was_done(run, desk):
    desk.found("a")
    desk.found("b", evidence=[{"kind": "dateline", "text": "\ud800", "weight": 0.9, "agency": "Reuters"}])
    code, out, _ = run("index", "--json")
    assert code == 3
    assert json.loads(out) == {"written": 1, "retried": 0, "quarantined": 1, "waiting": 0, "trouble": None}
    assert run("index")[1] == "0 written, 0 to retry, 0 refused, 0 waiting\n"


def test_rebuilding(filled, desk):
    desk.found("late")
    code, out, _ = filled("rebuild", "--json")
    assert code == 0
    assert json.loads(out) == {"read": 3, "written": 3, "quarantined": 0, "queued": 0}
    assert json.loads(filled("search", "--json")[1])["total"]["value"] == 3


def test_a_headline_cannot_steer_the_terminal(run, desk):
    desk.found("d", "Dam \x1b]0;taken over\x07 [bold red]opens[/]\u202e")
    run("index")
    for arguments in (("search", "dam"), ("dispatch", "show", "d"), ("dispatch", "list")):
        out = run(*arguments)[1]
        assert not set(out) & {"\x1b", "\x07", "\u202e"}
        assert "[bold red]opens[/]" in out


@pytest.mark.parametrize("command", [("search", "dam"), ("index",), ("rebuild",)])
def test_a_search_server_that_does_not_answer_is_said_plainly(run, monkeypatch, command):
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", "http://127.0.0.1:9")
    code, out, err = run(*command)
    assert (code, out) == (69, "")
    assert "elasticsearch.url" in err


def test_what_finds_nothing_names_what_would(filled):
    code, out, err = filled("search", "tram drivres")
    assert (code, out) == (4, "")
    assert "nothing matched\ndid you mean tram drivers: 1 dispatch\n" in err
    code, out, _ = filled("search", "tram drivres", "--json")
    assert [(one["q"], one["total"]) for one in json.loads(out)["did_you_mean"]] == [("tram drivers", 1)]


def test_what_finds_something_offers_nothing(filled):
    code, out, err = filled("search", "tram drivers")
    assert code == 0
    assert "did you mean" not in out + err
