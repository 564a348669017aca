"""`/metrics`: figures from the store for Prometheus, read at each scrape."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from copytaster.errors import CopytasterError
from copytaster.schedule.load import CrawlLoad
from copytaster.source_health import SourceHealth
from copytaster.store import alerts, counts, ledger, outbox, refusals, scrubs
from copytaster.store.books import count_by_gate
from copytaster.store.group_days import sum_outcomes
from copytaster.store.left_counts import read_left
from copytaster.store.service_health import read_service_parts
from copytaster.store.timeline import read_timeline
from newsdesk.operations.completeness import find_completeness
from newsdesk.operations.group_health import read_drift, read_precision
from newsdesk.operations.known_sources import read_known
from newsdesk.operations.source_report import count_health, report_states
from newsdesk.web.metrics.exposition import SourceGauge, print_metrics, source_label
from newsdesk.web.metrics.kept import KeptAnswer
from newsdesk.web.metrics.latency import describe_latencies
from newsdesk.web.metrics.load import describe_load
from newsdesk.web.metrics.revisits import describe_revisits
from newsdesk.web.metrics.space import describe_space
from newsdesk.web.metrics.workers import describe_workers
from settings import ScheduleSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from prometheus_client.core import Metric
    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.service_health import ServicePart
    from newsdesk.operations.known_sources import KnownSources
    from spiders.sources.config import Source


log = structlog.get_logger(__name__)


def render_metrics(
    store: Store,
    sources: Iterable[Source] = (),
    schedule: ScheduleSettings | None = None,
    data_dir: Path | None = None,
) -> bytes:
    """Every metric of a store, read now."""
    return MetricsPage(store, sources=sources, schedule=schedule, data_dir=data_dir).render()


class MetricsPage:
    """What `/metrics` answers. Figures of the store are kept where they are dear to read; see `KeptAnswer`.

    Args:
        store: the record.
        list_parts: the parts of the service that run in this process, newer than what the store has of them.
        sources: those to count by their state.
        schedule: when they are due.
        load: how busy the crawl of this process is.
        data_dir: the folder whose disk must not fill.
    """

    def __init__(
        self,
        store: Store,
        list_parts: Callable[[], Sequence[ServicePart]] = tuple,
        sources: Iterable[Source] = (),
        schedule: ScheduleSettings | None = None,
        load: CrawlLoad | None = None,
        data_dir: Path | None = None,
    ) -> None:
        self._store = store
        self._data_dir = data_dir
        self._list_parts = list_parts
        self._sources = sources
        self._schedule = schedule or ScheduleSettings()
        self._load = load or CrawlLoad()
        self._kept = KeptAnswer(self._print_store)

    def render(self) -> bytes:
        """Every metric in Prometheus' text format; without a store, what this process knows."""
        try:
            with self._store.read() as connection:
                read_timeline(connection)
            found = self._kept.read()
        except CopytasterError as error:
            log.warning("metrics.store_unreachable", error=str(error))
            found = print_metrics(_describe_parts(self._list_parts()))
            up = _say_store_up(is_up=False)
        else:
            up = _say_store_up(is_up=self._store.fault is None)
        return print_metrics([up, *describe_space(self._data_dir), *describe_load(self._load)]) + found

    def _print_store(self) -> bytes:
        return print_metrics(list(self._read_store()))

    def _read_store(self) -> Iterator[Metric]:
        with self._store.read() as connection:
            yield from _count_content(connection)
            yield from _describe_grouping(connection)
            yield from _describe_epoch(connection)
            yield from _count_waiting(connection)
            yield _measure_lag(connection)
            yield from describe_workers(connection)
            yield from describe_latencies(connection)
            yield _count_gates(connection)
            yield from describe_revisits(connection)
            known = read_known(connection, self._schedule, tuple(self._sources))
            yield from _describe_completeness(connection, known)
            yield _count_by(
                "copytaster_refused",
                "Pages without a story, by reason.",
                "reason",
                refusals.count_ever(connection),
            )
            yield from _count_runs(connection)
            yield from _describe_sources(connection, known)
            yield from _count_states(connection, known, self._schedule)
            parts = {part.name: part for part in (*read_service_parts(connection), *self._list_parts())}
            yield from _describe_parts(parts.values())
            yield from _count_scrubbed(connection)
            yield _count_alerts(connection)


def _count_content(connection: Connection) -> Iterator[Metric]:
    dispatch_count = counts.count_live_dispatches(connection)
    single_count = counts.count_singletons(connection)
    story_count, version_count = counts.count_all_stories(connection), counts.count_versions(connection)
    yield CounterMetricFamily(
        "copytaster_stories",
        "Stories ever stored, those that have left too.",
        value=story_count + read_left(connection, "stories").get("", 0),
    )
    yield CounterMetricFamily(
        "copytaster_versions",
        "Versions of stories ever stored, those that have left too.",
        value=version_count + read_left(connection, "versions").get("", 0),
    )
    yield GaugeMetricFamily("copytaster_stories_held", "Stories that the store holds.", value=story_count)
    yield GaugeMetricFamily("copytaster_versions_held", "Versions that the store holds.", value=version_count)
    yield GaugeMetricFamily(
        "copytaster_dispatches", "Dispatches, merged ones excluded.", value=dispatch_count
    )
    yield GaugeMetricFamily(
        "copytaster_singleton_share",
        "Share of dispatches with one version only. Near 1, grouping has stopped working.",
        value=single_count / dispatch_count if dispatch_count else 0.0,
    )


def _describe_grouping(connection: Connection) -> Iterator[Metric]:
    outcomes = sum_outcomes(connection)
    yield _count_by(
        "copytaster_grouped",
        "Versions by the rule by which they joined a dispatch; founded: those that did not; merged: dispatches.",
        "outcome",
        outcomes,
    )
    now = datetime.now(UTC)
    drift = read_drift(connection, now)
    yield GaugeMetricFamily(
        "copytaster_grouping_drift",
        "1 while the share of versions that join is not what it usually is.",
        value=float(drift is not None),
    )
    answers = GaugeMetricFamily(
        "copytaster_reviewed_joins",
        "Joins drawn at random and judged in the last 90 days.",
        labels=["verdict"],
    )
    found = read_precision(connection, now)
    answers.add_metric(["right"], found.right)
    answers.add_metric(["wrong"], found.reviewed - found.right)
    yield answers


def _describe_epoch(connection: Connection) -> Iterator[Metric]:
    timeline = read_timeline(connection)
    yield GaugeMetricFamily(
        "copytaster_epoch",
        "Rises when the store was restored, or older than its index.",
        value=timeline.epoch,
    )
    yield GaugeMetricFamily(
        "copytaster_unknown_documents",
        "1 while the index may hold documents that the store does not know.",
        value=float(bool(timeline.unknown)),
    )


def _count_waiting(connection: Connection) -> Iterator[Metric]:
    backlog = outbox.read_backlog(connection)
    family = GaugeMetricFamily(
        "copytaster_waiting",
        "Versions waiting for grouping, or dispatches waiting for the index.",
        labels=["stage"],
    )
    family.add_metric(["grouping"], counts.count_ungrouped(connection))
    family.add_metric(["index"], backlog.waiting)
    yield family
    yield GaugeMetricFamily(
        "copytaster_quarantined", "Documents that the index rejected.", value=backlog.quarantined
    )


def _measure_lag(connection: Connection) -> Metric:
    """Computed from the store: the documents hold nothing more."""
    oldest = outbox.read_backlog(connection).oldest
    lag_s = 0.0 if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())
    text = "Age of the oldest change that is not in the index yet."
    return GaugeMetricFamily("copytaster_index_lag_seconds", text, value=lag_s)


def _count_gates(connection: Connection) -> Metric:
    family = CounterMetricFamily(
        "copytaster_gate", "Entries at each gate, by how they ended there.", labels=["gate", "reason"]
    )
    for (gate, reason), number in sorted(count_by_gate(connection).items()):
        family.add_metric([gate, reason or "passed"], number)
    return family


def _describe_completeness(connection: Connection, known: KnownSources) -> Iterator[Metric]:
    found = find_completeness(connection, known)
    yield GaugeMetricFamily(
        "copytaster_complete_to_timestamp_seconds",
        "Every due time before this has run, and what was found is searchable, but for the holes.",
        value=found.complete_to.timestamp(),
    )
    family = SourceGauge("copytaster_holes", "Times of which something may be missing.")
    for source, number in sorted(Counter(hole.source for hole in found.holes).items()):
        family.add(source_label(source), number)
    yield family


def _count_by(name: str, text: str, label: str, numbers: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, number in numbers.items():
        family.add_metric([value], number)
    return family


def _count_runs(connection: Connection) -> Iterator[Metric]:
    """Those under way are no counter: each of them becomes another outcome."""
    outcomes = ledger.count_by_outcome(connection)
    under_way = outcomes.pop("running", 0)
    yield _count_by("copytaster_runs", "Runs by outcome, those under way left out.", "outcome", outcomes)
    yield GaugeMetricFamily("copytaster_runs_under_way", "Runs under way.", value=under_way)


def _describe_sources(connection: Connection, known: KnownSources) -> Iterator[Metric]:
    success = SourceGauge(
        "copytaster_source_last_success_timestamp_seconds", "Time of the last complete run of a source."
    )
    failures = SourceGauge("copytaster_source_failures", "Consecutive failed runs of a source.")
    paused = SourceGauge("copytaster_source_paused", "1 while a source is paused.")
    slow = SourceGauge(
        "copytaster_source_slow_lane", "1 if the next run of a source starts in the slow lane."
    )
    slow_sources = ledger.list_slow_sources(connection)
    for source, state in known.states.items():
        label = source_label(source)
        if state.last_success_at is not None:
            success.add(label, state.last_success_at.timestamp())
        failures.add(label, state.failures)
        paused.add(label, state.paused_at is not None)
        slow.add(label, source in slow_sources)
    yield from (success, failures, paused, slow)


def _say_store_up(*, is_up: bool) -> Metric:
    text = "1 if the store can be read, and the last write of this process went well."
    return GaugeMetricFamily("copytaster_store_up", text, value=float(is_up))


def _count_states(
    connection: Connection, known: KnownSources, schedule: ScheduleSettings
) -> Iterator[Metric]:
    reports = report_states(connection, schedule, known)
    totals = count_health(reports)
    states = GaugeMetricFamily("copytaster_sources", "Configured sources by state.", labels=["state"])
    for word in (*SourceHealth, "paused", "off"):
        states.add_metric([str(word)], totals.get(word, 0))
    failing = SourceGauge("copytaster_source_failing", "1 while someone should look at a source.")
    newest = SourceGauge(
        "copytaster_source_last_new_timestamp_seconds", "Time at which a source last brought a new story."
    )
    quiet = SourceGauge(
        "copytaster_source_quiet", "1 while a source that works is silent for longer than its habits allow."
    )
    silent = SourceGauge(
        "copytaster_source_silent_seconds",
        "Time since a source brought a new story, or since its first crawl.",
    )
    now = datetime.now(UTC)
    for report in reports:
        label = source_label(report.source)
        quiet.add(label, report.is_failing and report.health is SourceHealth.QUIET)
        if report.silent_since is not None:
            silent.add(label, max(0.0, (now - report.silent_since).total_seconds()))
        failing.add(label, report.is_failing)
        if report.last_new_at is not None:
            newest.add(label, report.last_new_at.timestamp())
    yield from (states, failing, newest, quiet, silent)


def _describe_parts(parts: Iterable[ServicePart]) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "copytaster_part_last_success_timestamp_seconds",
        "Time of the last success of a part of the service.",
        labels=["part"],
    )
    failures = GaugeMetricFamily(
        "copytaster_part_failures", "Consecutive failures of a part of the service.", labels=["part"]
    )
    for part in parts:
        labels = {"part": part.part} | ({"host": part.host} if part.host else {})
        if part.last_success_at is not None:
            success.add_sample(success.name, labels, part.last_success_at.timestamp())
        failures.add_sample(failures.name, labels, part.failures)
    yield from (success, failures)


def _count_alerts(connection: Connection) -> Metric:
    found = Counter(alert.state for alert in alerts.list_alerts(connection))
    family = GaugeMetricFamily("copytaster_alerts", "Alerts that have not ended, by state.", labels=["state"])
    for state in ("open", "acknowledged"):
        family.add_metric([state], found[state])
    return family


def _count_scrubbed(connection: Connection) -> Iterator[Metric]:
    last, scrub = scrubs.read_last(connection), scrubs.read_unfinished(connection)
    newest = scrub or last
    family = GaugeMetricFamily(
        "copytaster_scrub_rows",
        "Rows and documents of the newest scrub, by what it found.",
        labels=["outcome"],
    )
    for outcome in ("checked", "damaged", "repaired"):
        family.add_metric([outcome], getattr(newest, outcome) if newest else 0)
    yield family
    yield GaugeMetricFamily(
        "copytaster_damaged", "Damaged rows that no scrub could repair.", value=scrubs.count_open(connection)
    )
    if last is not None and last.ended_at is not None:
        yield GaugeMetricFamily(
            "copytaster_scrub_last_success_timestamp_seconds",
            "Time at which the last scrub came to its end.",
            value=last.ended_at.timestamp(),
        )
