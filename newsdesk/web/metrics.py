"""`/metrics`: figures from the store for Prometheus, read at each scrape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import func, select

from copytaster.store import outbox as outbox_rows
from copytaster.store.service_health import read_service_parts
from copytaster.store.tables import (
    dispatches,
    memberships,
    outbox,
    refusals,
    runs,
    source_states,
    stories,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric
    from sqlalchemy import Connection

    from copytaster.store.engine import Store


def render_metrics(store: Store) -> bytes:
    """Every metric in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StoreCollector(store))
    return generate_latest(registry)


class _StoreCollector:
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        with self._store.read() as connection:
            yield from _count_content(connection)
            yield from _count_waiting(connection)
            yield _measure_lag(connection)
            yield _count_by(
                connection, "copytaster_refused", "Pages without a story, by reason.", refusals.c.reason
            )
            yield _count_by(connection, "copytaster_runs", "Runs by outcome.", runs.c.outcome)
            yield from _describe_sources(connection)
            yield from _describe_parts(connection)


def _count(connection: Connection, statement: object) -> float:
    return float(connection.scalar(statement) or 0)  # type: ignore[call-overload]


def _count_content(connection: Connection) -> Iterator[Metric]:
    live = select(func.count()).select_from(dispatches).where(dispatches.c.state != "merged")
    sizes = (
        select(func.count().label("size"))
        .select_from(memberships)
        .group_by(memberships.c.dispatch_id)
        .subquery()
    )
    alone = select(func.count()).select_from(sizes).where(sizes.c.size == 1)
    dispatch_count, single_count = _count(connection, live), _count(connection, alone)
    counts = {
        "stories": ("Stories stored.", select(func.count()).select_from(stories)),
        "versions": ("Versions of stories stored.", select(func.count()).select_from(versions)),
    }
    for name, (text, statement) in counts.items():
        yield CounterMetricFamily(f"copytaster_{name}", text, value=_count(connection, statement))
    yield GaugeMetricFamily(
        "copytaster_dispatches", "Dispatches, merged ones excluded.", value=dispatch_count
    )
    yield GaugeMetricFamily(
        "copytaster_singleton_share",
        "Share of dispatches with one version only. Near 1, grouping has stopped working.",
        value=single_count / dispatch_count if dispatch_count else 0.0,
    )


def _count_waiting(connection: Connection) -> Iterator[Metric]:
    waiting = {
        "grouping": select(func.count()).select_from(versions).where(~versions.c.grouped),
        "index": select(func.count()).select_from(outbox).where(outbox.c.quarantined_at.is_(None)),
    }
    family = GaugeMetricFamily(
        "copytaster_waiting",
        "Versions waiting for grouping, or dispatches waiting for the index.",
        labels=["stage"],
    )
    for stage, statement in waiting.items():
        family.add_metric([stage], _count(connection, statement))
    yield family
    held = select(func.count()).select_from(outbox).where(outbox.c.quarantined_at.is_not(None))
    yield GaugeMetricFamily(
        "copytaster_quarantined", "Documents that the index rejected.", value=_count(connection, held)
    )


def _measure_lag(connection: Connection) -> Metric:
    """Computed from the store: the documents hold nothing more."""
    oldest = outbox_rows.read_backlog(connection).oldest
    lag_s = 0.0 if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())
    text = "Age of the oldest change that is not in the index yet."
    return GaugeMetricFamily("copytaster_index_lag_seconds", text, value=lag_s)


def _count_by(connection: Connection, name: str, text: str, column: object) -> Metric:
    family = CounterMetricFamily(name, text, labels=[column.name])  # type: ignore[attr-defined]
    for value, count in connection.execute(select(column, func.count()).group_by(column)):  # type: ignore[call-overload]
        family.add_metric([value], count)
    return family


def _describe_sources(connection: Connection) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "copytaster_source_last_success_timestamp_seconds",
        "Time of the last complete run of a source.",
        labels=["source"],
    )
    failures = GaugeMetricFamily(
        "copytaster_source_failures", "Consecutive failed runs of a source.", labels=["source"]
    )
    paused = GaugeMetricFamily("copytaster_source_paused", "1 while a source is paused.", labels=["source"])
    for state in connection.execute(select(source_states)):
        if state.last_success_at is not None:
            success.add_metric([state.source], state.last_success_at.timestamp())
        failures.add_metric([state.source], state.failures)
        paused.add_metric([state.source], float(state.paused_at is not None))
    yield from (success, failures, paused)


def _describe_parts(connection: Connection) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "copytaster_part_last_success_timestamp_seconds",
        "Time of the last success of a part of the service.",
        labels=["part"],
    )
    failures = GaugeMetricFamily(
        "copytaster_part_failures", "Consecutive failures of a part of the service.", labels=["part"]
    )
    for part in read_service_parts(connection):
        if part.last_success_at is not None:
            success.add_metric([part.part], part.last_success_at.timestamp())
        failures.add_metric([part.part], part.failures)
    yield from (success, failures)
