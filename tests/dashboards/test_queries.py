"""Every panel, asked of a real server with the program's own mapping, shows what its title promises."""

from datetime import datetime

import pytest

from tests.dashboards.panels import list_grafana_searches, list_kibana_searches
from tests.indexer.conftest import make_action, open_elastic

SEARCHES = {**list_kibana_searches(), **list_grafana_searches()}
AGENCY_COUNTS = {("Rila Wire", 2), ("Osogovo Press", 1)}
PUBLISHER_COUNTS = {("Varda Post", 3), ("Struma Daily", 2)}
FAMILY_COUNTS = {("Varda House", 3), ("Struma House", 2)}
CORRECTED = "2026-11-20T12:30:00Z"
NEWEST = "2026-11-20T14:00:00Z"


def at(text):
    """Milliseconds of a time."""
    return datetime.fromisoformat(text).timestamp() * 1000


SHOWN = {
    "copytaster-dispatches-by-agency": AGENCY_COUNTS,
    "Dispatches over time by agency A": AGENCY_COUNTS,
    "copytaster-pick-up-by-publisher": PUBLISHER_COUNTS,
    "Pick-up per publisher A": PUBLISHER_COUNTS,
    "copytaster-pick-up-by-family": FAMILY_COUNTS,
    "Pick-up per family A": FAMILY_COUNTS,
    "copytaster-corrections": {("Rila Wire", "corrections", 1), ("Osogovo Press", "corrections", 0)},
    "Corrections by agency A": {("Rila Wire", "1", 1), ("Osogovo Press", "1", 0)},
    "copytaster-uncorrected": {
        ("Dam gates open", "changed", at(CORRECTED)),
        ("Dam gates open", "publishers", 2),
    },
    "Not corrected everywhere A": {("Dam gates open", "1", at(CORRECTED))},
    "copytaster-time-to-pick-up": {  # (30 + 10) / 2 minutes apart
        ("Rila Wire", "first", at("2026-11-20T12:30:00Z")),
        ("Rila Wire", "last", at("2026-11-20T12:50:00Z")),
    },
    "Time to pick-up A": {("1", at("2026-11-20T12:30:00Z"))},
    "Time to pick-up B": {("1", at("2026-11-20T12:50:00Z"))},
    "copytaster-quiet-sources": {
        ("struma", "newest", at("2026-11-20T13:00:00Z")),
        ("struma", "latest", at("2026-11-20T13:10:00Z")),
        ("varda", "newest", at(NEWEST)),
        ("varda", "latest", at(NEWEST)),
    },
    "Quiet sources A": {("struma", "1", at("2026-11-20T13:00:00Z")), ("varda", "1", at(NEWEST))},
    "copytaster-index-lag": {("newest", at(NEWEST))},
    "Index lag A": {("1", at(NEWEST))},
}


def make_dispatch(name, agency, first, last, *, both=True, **fields):
    people = ["Struma Daily", "Varda Post"] if both else ["Varda Post"]
    return make_action(
        name,
        agency=agency,
        publishers=people,
        publisher_count=len(people),
        families=[person.split()[0] + " House" for person in people],
        sources=[person.split()[0].lower() for person in people],
        first_seen=first,
        last_seen=last,
        last_changed=last,
        published_at=first,
        **{"@timestamp": first, "correction_count": 0, "has_uncorrected": False, **fields},
    )


@pytest.fixture
def filled(search_url):
    """An index with four dispatches, one of which was merged away."""
    with open_elastic(search_url("elasticsearch")) as index:
        index.setup()
        noon, one, two = (f"2026-11-20T{hour}:00:00Z" for hour in (12, 13, 14))
        index.write(
            [
                make_dispatch(
                    "d1",
                    "Rila Wire",
                    noon,
                    CORRECTED,
                    headline="Dam gates open",
                    correction_count=1,
                    has_uncorrected=True,
                ),
                make_dispatch("d2", "Rila Wire", one, "2026-11-20T13:10:00Z", headline="Bridge shut"),
                make_dispatch("d3", "Osogovo Press", two, two, both=False, headline="Snow in the pass"),
                make_action(
                    "d4",
                    state="merged",
                    merged_into="d1",
                    published_at=noon,
                    publishers=[],
                    first_seen=noon,
                    last_seen=noon,
                    **{"@timestamp": noon},
                ),
            ]
        )
        index.connection.call("POST", f"/{index.names.read}/_refresh")
        yield index


def list_rows(aggregations, keys=()):
    """(key, ..., figure): a bucket's count where it has no figures of its own; times of buckets are left out."""
    for name, found in aggregations.items():
        if name == "order":  # what buckets are sorted by, asked a second time
            continue
        if "value" in found:
            yield (*keys, name, found["value"])
            continue
        if "buckets" not in found:
            yield from list_rows(
                {key: value for key, value in found.items() if isinstance(value, dict)}, keys
            )
            continue
        for bucket in found["buckets"]:
            inner = {
                key: value for key, value in bucket.items() if isinstance(value, dict) and key != "order"
            }
            named = (*keys, bucket["key"]) if "key" in bucket and "key_as_string" not in bucket else keys
            if inner:
                yield from list_rows(inner, named)
            else:
                yield (*named, bucket["doc_count"])


def ask(index, body):
    return index.connection.call("POST", f"/{index.names.read}/_search", body)


@pytest.mark.parametrize("panel", SEARCHES)
def test_a_panel_shows_what_it_promises(filled, panel):
    answer = ask(filled, SEARCHES[panel])
    assert answer["_shards"]["failed"] == 0
    assert set(list_rows(answer["aggregations"])) == SHOWN[panel]


def test_quiet_sources_are_listed_quietest_first(filled):
    for panel in ("copytaster-quiet-sources", "Quiet sources A"):
        (found,) = ask(filled, SEARCHES[panel])["aggregations"].values()
        assert [bucket["key"] for bucket in found["buckets"]] == ["struma", "varda"]


def test_a_panel_that_asks_an_unknown_field_would_be_noticed(filled):
    body = {"size": 0, "aggs": {"agency": {"terms": {"field": "agencies", "size": 5}}}}
    assert set(list_rows(ask(filled, body)["aggregations"])) != AGENCY_COUNTS
