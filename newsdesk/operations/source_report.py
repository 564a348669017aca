"""The state of every source in one word, with its evidence: what `status`, `source list`, pages, API and metrics show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from copytaster.class_habits import SHORTEST, count_class_intervals
from copytaster.masking.values import mask_value
from copytaster.schedule.slowdown import find_slowdown
from copytaster.schedule.timetable import Every, next_start
from copytaster.source_health import Finding, SourceHealth
from copytaster.store import ledger
from copytaster.store.latencies import Latency, read_latencies
from copytaster.store.source_health import DailyYield, HealthRecord, read_health, read_yields
from copytaster.store.source_hours import has_habits
from copytaster.values import to_json
from newsdesk.operations.known_sources import read_known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.schedule.timetable import Slowdown
    from copytaster.store.ledger import Run
    from copytaster.store.silences import Silence
    from copytaster.store.sources import SourceState
    from newsdesk.operations.known_sources import KnownSources
    from settings import ScheduleSettings
    from spiders.sources.config import Source

State = Literal["on", "running", "paused", "waiting", "off", "unconfigured"]

LATE_AFTER = timedelta(minutes=1)
TWO_DAYS_H = 48
INTERVALS = 3  # expected ones of silence, after which a source of a class rings


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source.

    Attributes:
        state: what people and the schedule do with it. `waiting` while its server wants no request before `not_before`;
            `unconfigured` if the ledger has runs of it but the configuration does not name it.
        health: what its runs say; `evidence` is what the last telling run found, `since` when
            this began, None where time alone decides.
        is_failing: True if it is on and someone should look at it.
        reason: the most frequent error of the last run, e.g. `timeout`; None if the run ended well.
        silent_since: when it last brought a new story, or else was first asked; None before.
        last_new_at: when it last brought a new story; `new_today` and `usual_new` count those of today (UTC) and of a
            usual day, which is None until a whole day is known.
        outcomes: how many runs ended in each way.
        slow_lane: True if its next run starts in the slow lane.
        next_due: None if it never falls due.
        wire_to_desk: seconds from the answer that brought copy until searches find it, of today and yesterday (UTC); None
            while none of that was timed.
    """

    source: str
    publisher: str | None
    state: State
    health: SourceHealth
    evidence: str
    since: datetime | None
    is_failing: bool
    last_run: Run | None
    reason: str | None
    last_success_at: datetime | None
    last_new_at: datetime | None
    silent_since: datetime | None
    new_today: int
    usual_new: float | None
    failures: int
    next_due: datetime | None
    not_before: datetime | None
    paused_why: str | None
    moved_to: str | None
    outcomes: Mapping[str, int]
    slow_lane: bool
    wire_to_desk: Latency | None

    @property
    def word(self) -> str:
        """The state in one word, for people: what was decided about the source, or else its health."""
        return self.health.value if self.state in {"on", "running", "waiting"} else self.state


def count_health(reports: Iterable[SourceReport]) -> dict[str, int]:
    """How many sources are in each state, in the order of the words, those without a source left out."""
    words = [report.word for report in reports]
    order = [*SourceHealth, "paused", "off", "unconfigured"]
    return {str(word): words.count(word) for word in order if word in words}


def read_sources_report(
    connection: Connection,
    schedule: ScheduleSettings,
    sources: Iterable[Source],
    *,
    with_outcomes: bool = True,
    with_habits: bool = True,
) -> tuple[SourceReport, ...]:
    """Every source: the configured ones in the order of the file, then, with outcomes, those that only the ledger knows.

    Without habits, no source counts as quiet.
    """
    now = datetime.now(UTC)
    known = _Known(
        now=now,
        sources=read_known(connection, schedule, sources),
        jitter_share=schedule.jitter_share,
        running={source for source, _ in ledger.list_running(connection)},
        last=ledger.last_runs(connection),
        outcomes=ledger.count_outcomes(connection) if with_outcomes else {},
        slow=ledger.list_slow_sources(connection),
        health=read_health(connection),
        yields=read_yields(connection, now),
        silences=_read_silences(connection, now) if with_habits else {},
        latencies=read_latencies(connection, now),
    )
    listed = {source.name: source for source in known.sources.listed}
    names = [*listed, *sorted(known.outcomes.keys() - listed.keys())]
    return tuple(_describe(name, listed.get(name), known) for name in names)


def report_states(
    connection: Connection, schedule: ScheduleSettings, sources: KnownSources
) -> tuple[SourceReport, ...]:
    """The configured sources without what only people read: their last runs, outcomes, days, lane and seconds."""
    now = datetime.now(UTC)
    known = _Known(
        now=now,
        sources=sources,
        jitter_share=schedule.jitter_share,
        running={source for source, _ in ledger.list_running(connection)},
        health=read_health(connection),
        silences=_read_silences(connection, now),
    )
    return tuple(_describe(source.name, source, known) for source in sources.listed)


def _read_silences(connection: Connection, now: datetime) -> Mapping[str, Silence]:
    if not has_habits(connection):
        return {}
    from copytaster.store.silences import read_silences  # it imports NumPy

    return read_silences(connection, now)


@dataclass(frozen=True, slots=True)
class _Known:
    now: datetime
    sources: KnownSources
    jitter_share: float
    running: Collection[str]
    health: Mapping[str, HealthRecord]
    silences: Mapping[str, Silence]
    last: Mapping[str, Run] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    slow: Collection[str] = ()
    yields: Mapping[str, DailyYield] = field(default_factory=dict)
    latencies: Mapping[str, Latency] = field(default_factory=dict)

    def next_start(self, name: str) -> datetime | None:
        rule, handled = self.sources.timetable.get(name), self.sources.handled.get(name)
        if rule is None:
            return None
        if handled is None:
            return self.now
        return next_start(name, rule, handled, self.now, jitter_share=self.jitter_share)

    def find_interval(self, name: str) -> timedelta | None:
        rule = self.sources.timetable.get(name)
        return rule.interval if isinstance(rule, Every) else None

    def find_slowdown(self, name: str, state: SourceState, reason: str) -> Slowdown | None:
        rule = self.sources.timetable.get(name)
        if rule is None:
            return None
        return find_slowdown(
            rule, reason=reason, failures=state.failures, last_attempt_at=state.last_attempt_at
        )


def _describe(name: str, source: Source | None, known: _Known) -> SourceReport:
    state, run = known.sources.state_of(name), known.last.get(name)
    word = _name_state(source, state, known.now, is_running=name in known.running)
    record = known.health.get(name)
    yielded = known.yields.get(name, DailyYield())
    usual = usual_per_day(yielded, known.now)
    starts = known.next_start(name)
    finding = Finding() if record is None else record.finding
    slowed = known.find_slowdown(name, state, finding.reason)
    moved_to = state.moved_to if source is not None and state.moved_from == source.url else None
    if not finding.is_fault and source is not None and moved_to is not None:
        asked = "read there" if source.follow_moves else "read through its old address, as sources.toml says"
        finding = Finding(SourceHealth.MOVED, f"now at {moved_to}, {asked}; {finding.evidence}")
    if not finding.is_fault and record is not None and word != "running":
        finding = _find_silence(
            finding, record, known.silences.get(name), known.find_interval(name), known.now
        )
    if word == "on" and not finding.is_fault and starts is not None and starts < known.now - LATE_AFTER:
        finding = Finding(SourceHealth.LATE, f"due since {starts:%Y-%m-%d %H:%M:%S} UTC and not started")
    return SourceReport(
        source=name,
        publisher=None if source is None else source.publisher_name,
        state=word,
        health=finding.health,
        evidence=finding.evidence,
        since=record.since if record is not None and record.finding.health is finding.health else None,
        is_failing=finding.is_fault and word in {"on", "running", "waiting"},
        last_run=run,
        reason=_reason(run),
        last_success_at=state.last_success_at,
        last_new_at=None if record is None else record.last_new_at,
        silent_since=None if record is None else record.last_new_at or record.first_run_at,
        new_today=yielded.today,
        usual_new=usual,
        failures=state.failures,
        next_due=None if starts is None else max(known.now, starts, slowed.until if slowed else starts),
        not_before=state.not_before,
        paused_why=state.paused_why,
        moved_to=moved_to,
        outcomes=known.outcomes.get(name, {}),
        slow_lane=name in known.slow,
        wire_to_desk=known.latencies.get(name),
    )


def usual_per_day(yielded: DailyYield, now: datetime) -> float | None:
    """New stories of a usual day: the mean of the days before today; None until there is one."""
    if yielded.first_day is None:
        return None
    first = datetime.fromisoformat(yielded.first_day).replace(tzinfo=UTC)
    return round(yielded.before / max(1, (now - first).days), 1)


def _find_silence(
    finding: Finding,
    record: HealthRecord,
    silence: Silence | None,
    interval: timedelta | None,
    now: datetime,
) -> Finding:
    """The finding, or `quiet` for a source that brought nothing new for longer than its habits, or its class, allow."""
    since = record.last_new_at or record.first_run_at
    if now - since < SHORTEST:
        return finding
    if silence is not None and silence.is_known:
        expected = silence.expected or timedelta(0)  # known where it rings
        rings, usual = silence.rings, f"usually one within {_tell_hours(expected)} at this time"
    else:
        rings, usual = (
            count_class_intervals(since, now, interval) >= INTERVALS,
            "its habits are not known yet",
        )
    if not rings:
        return finding
    told = "it never brought one" if record.last_new_at is None else f"none for {_tell_hours(now - since)}"
    return Finding(SourceHealth.QUIET, f"no new story: {told}, {usual}; {finding.evidence}")


def _tell_hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} h" if hours < TWO_DAYS_H else f"{hours / 24:.0f} days"


def _name_state(source: Source | None, state: SourceState, now: datetime, *, is_running: bool) -> State:
    if source is None:
        return "unconfigured"
    if is_running:
        return "running"
    if not source.enabled:
        return "off"
    if state.is_paused:
        return "paused"
    return "waiting" if state.not_before is not None and state.not_before > now else "on"


def _reason(run: Run | None) -> str | None:
    if run is None or run.outcome in {"ran", "running"}:
        return None
    if run.errors:
        return max(run.errors, key=lambda reason: (run.errors[reason], reason))
    return run.why


def select_reports(
    reports: Sequence[SourceReport], *, failing: bool = False, word: str | None = None
) -> list[SourceReport]:
    """The reports of failing sources, or of those in one state, or all."""
    return [
        report
        for report in reports
        if (not failing or report.is_failing) and (word is None or report.word == word)
    ]


def report_to_json(report: SourceReport) -> dict[str, Any]:
    """A report as JSON, its secrets masked; `word` is what people see."""
    values: dict[str, Any] = mask_value(to_json(report))
    return {"word": report.word, **values}
