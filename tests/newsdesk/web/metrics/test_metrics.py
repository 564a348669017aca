"""`/metrics` prints what the library would print, source by source, and its own parser reads it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from copytaster.store.ledger import Result
from copytaster.store.source_health import note_result
from newsdesk.operations.row_checks import ROW_CHECKS
from newsdesk.operations.store_checks import STORE_CHECKS
from newsdesk.web.metrics.exposition import SourceGauge, print_metrics, source_label
from newsdesk.web.metrics.page import render_metrics
from spiders.sources.config import Source

NAMES = ("harbour", 'the "pier"', "back\\slash", "two\nlines", "Küste")
NOW = datetime.now(UTC)


class Families(CollectorRegistry):
    """Those of a test."""

    def __init__(self, *families):
        super().__init__()
        self.families = families

    def collect(self):
        return iter(self.families)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
            st.one_of(st.booleans(), st.integers(0, 10**12), st.floats(allow_nan=False)),
        ),
        max_size=6,
    )
)
def test_a_gauge_of_sources_is_printed_as_the_library_prints_it(samples):
    ours = SourceGauge("copytaster_source_depth", "How deep.")
    theirs = GaugeMetricFamily("copytaster_source_depth", "How deep.", labels=["source"])
    for source, value in samples:
        ours.add(source_label(source), value)
        theirs.add_metric([source], value)
    assert print_metrics([ours]) == generate_latest(Families(theirs))


def test_two_labels_are_printed_in_the_order_of_the_library():
    ours = SourceGauge("copytaster_source_delay", "How late.", labels=["quantile", "source"])
    theirs = GaugeMetricFamily("copytaster_source_delay", "How late.", labels=["source", "quantile"])
    for name in NAMES:
        ours.add(f'quantile="0.5",{source_label(name)}', 1.5)
        theirs.add_metric([name, "0.5"], 1.5)
    assert print_metrics([ours]) == generate_latest(Families(theirs))


@pytest.fixture
def crawled(store):
    with store.write() as connection:
        for name in NAMES:
            note_result(
                connection, name, Result("ran", found=1, stored=1), new=1, now=NOW - timedelta(hours=1)
            )
    return store


def test_every_source_has_its_figures_whatever_its_name(crawled):
    sources = [
        Source(name=name, url="https://a.example/", publisher_name=name, kind="feed") for name in NAMES
    ]
    text = render_metrics(crawled, sources=sources).decode()
    families = {one.name: one for one in text_string_to_metric_families(text)}
    newest = families["copytaster_source_last_new_timestamp_seconds"].samples
    assert {one.labels["source"] for one in newest} == set(NAMES)
    assert all(one.value == pytest.approx((NOW - timedelta(hours=1)).timestamp()) for one in newest)
    silent = families["copytaster_source_silent_seconds"].samples
    assert all(3600 <= one.value < 7200 for one in silent)
    assert {one.value for one in families["copytaster_source_quiet"].samples} == {0.0}
    assert {one.value for one in families["copytaster_holes"].samples} == {1.0}


LEDGER = re.compile(r"SCAN (runs|run_hours|books|latencies|source_hours)\b(?!.*ix_runs_running)")


LOOKS = {"metrics": render_metrics} | ROW_CHECKS | STORE_CHECKS
BY_DIGEST = {"store integrity", "digests"}  # they leave out large tables


@pytest.mark.parametrize("name", sorted(LOOKS.keys() - BY_DIGEST))
def test_nothing_reads_the_whole_ledger(crawled, name):
    """Neither metrics nor checks take longer with every year of runs: by the plan of each statement."""
    look, plans, statements = LOOKS[name], [], []
    if crawled.engine.dialect.name != "sqlite":
        pytest.skip("the plans are SQLite's")

    def note(_connection, _cursor, statement, parameters, *_more):
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    event.listen(crawled.engine, "before_cursor_execute", note)
    with crawled.read() as connection:
        look(crawled if look is render_metrics else connection)
        event.remove(crawled.engine, "before_cursor_execute", note)
        for statement, parameters in statements:
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [row.detail for row in explained]
    assert plans
    assert [plan for plan in plans if LEDGER.match(plan)] == []
