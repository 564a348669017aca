"""Every panel, searched on a real server with the program's own mapping, shows what its title promises."""

from datetime import UTC, datetime, timedelta

import pytest

from indexer.drain import drain
from tests.dashboards.panels import list_grafana_searches, list_kibana_searches, list_story_panels
from tests.indexer.conftest import Desk, make_action, open_elastic

SEARCHES = {**list_kibana_searches(), **list_grafana_searches()}
AGENCY_COUNTS = {("Rila Wire", 2), ("Osogovo Press", 1)}
PUBLISHER_COUNTS = {("Varda Post", 3), ("Struma Daily", 2)}
FAMILY_COUNTS = {("Varda House", 3), ("Struma House", 2)}
CORRECTED = "2026-11-20T12:30:00Z"
NEWEST = "2026-11-20T14:00:00Z"
OUTLET_COUNTS = {("Varda Post", 3), ("Struma Daily", 2)}
RELATIONS = {
    ("Varda Post", "original", 2),
    ("Varda Post", "verbatim", 1),
    ("Struma Daily", "original", 1),
    ("Struma Daily", "cut", 1),
}


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
    "copytaster-time-to-pick-up": {("Rila Wire", "minutes", 15.0), ("Rila Wire", "owners", 20.0)},
    "Time to pick-up A": {("1", 15.0), ("2", 20.0)},
    "copytaster-quiet-sources": {
        ("struma", "newest", at("2026-11-20T13:00:00Z")),
        ("struma", "latest", at("2026-11-20T13:10:00Z")),
        ("varda", "newest", at(NEWEST)),
        ("varda", "latest", at(NEWEST)),
    },
    "Longest without a dispatch A": {("struma", "1", at("2026-11-20T13:00:00Z")), ("varda", "1", at(NEWEST))},
    "copytaster-index-lag": {("newest", at(NEWEST))},
    "Index lag A": {("1", at(NEWEST))},
    "copytaster-stories-by-outlet": OUTLET_COUNTS,
    "Stories over time by outlet A": OUTLET_COUNTS,
    "copytaster-outlet-delay": {("Struma Daily", "minutes", 15.0), ("Varda Post", "minutes", 40.0)},
    "Minutes behind the first A": {("Struma Daily", "1", 15.0), ("Varda Post", "1", 40.0)},
    "copytaster-outlet-first": {("Varda Post", 1), ("Struma Daily", 1)},
    "First with a dispatch A": {("Varda Post", 1), ("Struma Daily", 1)},
    "copytaster-outlet-editing": RELATIONS,
    "What outlets do to copy A": RELATIONS,
    "copytaster-outlet-corrections": {
        ("Struma Daily", "corrections", 1),
        ("Varda Post", "corrections", 0),
    },
    "Corrections by outlet A": {("Struma Daily", "1", 1), ("Varda Post", "1", 0)},
    "copytaster-source-arrivals": {
        ("varda post", "latest", at("2026-11-20T12:45:00Z")),
        ("struma daily", "latest", at("2026-11-20T12:30:00Z")),
    },
    "Last arrival by source A": {
        ("varda post", "1", at("2026-11-20T12:45:00Z")),
        ("struma daily", "1", at("2026-11-20T12:30:00Z")),
    },
}
STORY_PANELS = list_story_panels()


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
    """An index with four dispatches, one of which is merged."""
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
                    pickup_minutes=20.0,
                    family_pickup_minutes=30.0,
                ),
                make_dispatch(
                    "d2",
                    "Rila Wire",
                    one,
                    "2026-11-20T13:10:00Z",
                    headline="Bridge shut",
                    pickup_minutes=10.0,
                    family_pickup_minutes=10.0,
                ),
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
        if name == "order":  # a second aggregation, by which buckets are sorted
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


@pytest.fixture
def outlets(search_url, store):
    """The stories of three dispatches: who had each when, and how each went on."""
    with open_elastic(search_url("elasticsearch"), stories_index=True) as index:
        index.setup()
        desk = Desk(store)
        noon = datetime(2026, 11, 20, 12, tzinfo=UTC)

        def minutes(number):
            return {"seen_at": noon + timedelta(minutes=number)}

        desk.found("d1", publisher="Varda Post", **minutes(0))
        desk.joined("d1", publisher="Struma Daily", relation="cut", url="https://s.example/1", **minutes(15))
        again = {"publisher": "Struma Daily", "url": "https://s.example/1", "markers": ["corrected"]}
        desk.joined("d1", relation="version", **again, **minutes(30))
        desk.found("d2", publisher="Struma Daily", **minutes(5))
        desk.joined("d2", publisher="Varda Post", **minutes(45))
        desk.found("d3", publisher="Varda Post", **minutes(20))
        drain(store, index)
        index.connection.call("POST", f"/{index.names.stories.read}/_refresh")
        yield index


def ask(index, body, names=None):
    return index.connection.call("POST", f"/{(names or index.names).read}/_search", body)


@pytest.mark.parametrize("panel", sorted(STORY_PANELS & set(SEARCHES)))
def test_a_panel_of_outlets_shows_what_it_promises(outlets, panel):
    answer = ask(outlets, SEARCHES[panel], outlets.names.stories)
    assert answer["_shards"]["failed"] == 0
    assert set(list_rows(answer["aggregations"])) == SHOWN[panel]


def test_sources_are_listed_quietest_first(outlets):
    for panel in ("copytaster-source-arrivals", "Last arrival by source A"):
        (found,) = ask(outlets, SEARCHES[panel], outlets.names.stories)["aggregations"].values()
        assert [bucket["key"] for bucket in found["buckets"]] == ["struma daily", "varda post"]


@pytest.mark.parametrize("panel", sorted(set(SEARCHES) - STORY_PANELS))
def test_a_panel_shows_what_it_promises(filled, panel):
    answer = ask(filled, SEARCHES[panel])
    assert answer["_shards"]["failed"] == 0
    assert set(list_rows(answer["aggregations"])) == SHOWN[panel]


def test_quiet_sources_are_listed_quietest_first(filled):
    for panel in ("copytaster-quiet-sources", "Longest without a dispatch A"):
        (found,) = ask(filled, SEARCHES[panel])["aggregations"].values()
        assert [bucket["key"] for bucket in found["buckets"]] == ["struma", "varda"]


def test_a_panel_that_asks_an_unknown_field_would_be_noticed(filled):
    body = {"size": 0, "aggs": {"agency": {"terms": {"field": "agencies", "size": 5}}}}
    assert set(list_rows(ask(filled, body)["aggregations"])) != AGENCY_COUNTS
