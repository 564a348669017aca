"""The state of every source and part, read from the store, so it is right whether the service runs or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from copytaster.schedule.timetable import next_start
from copytaster.store import counts, leases, ledger, outbox, refusals, schedules, scrubs
from copytaster.store.service_health import ServicePart, read_service_parts
from copytaster.store.sources import SourceState, read_states
from copytaster.store.timeline import read_timeline
from scheduler import LEASE, read_timetable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from copytaster.schedule.timetable import Rule
    from copytaster.store.engine import Store
    from copytaster.store.ledger import Run
    from copytaster.store.scrubs import Scrub
    from settings import ScheduleSettings, Settings
    from spiders.sources.config import Source

State = Literal["on", "running", "paused", "waiting", "off", "unconfigured"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source.

    Attributes:
        state: `waiting` while its server wants no request before `not_before`; `unconfigured` if the ledger has runs
            of it but the configuration does not name it.
        reason: the most frequent error of the last run, e.g. `timeout`; None if the run ended well.
        outcomes: how many runs ended in each way.
        slow_lane: True if its next run starts in the slow lane.
        next_due: None if it never falls due.
    """

    source: str
    state: State
    last_run: Run | None
    reason: str | None
    last_success_at: datetime | None
    failures: int
    next_due: datetime | None
    not_before: datetime | None
    paused_why: str | None
    outcomes: Mapping[str, int]
    slow_lane: bool


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """How many versions wait for grouping and dispatches for the index, and since when the oldest waits."""

    grouping: int
    index: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class QuarantineCounts:
    """How many pages that gave no story are stored for replay, and how many documents the index refused."""

    pages: int
    documents: int


@dataclass(frozen=True, slots=True)
class EpochStatus:
    """The store's epoch, and when it was last raised, because the store was older than its index.

    Attributes:
        unknown: not empty while the index may hold documents that the store does not know: `pending`, or why they could
            not be removed.
    """

    number: int
    raised_at: datetime | None
    unknown: str


@dataclass(frozen=True, slots=True)
class ScrubState:
    """The scrub that is under way, the last one that came to its end, and how much damage is left."""

    running: Scrub | None
    last: Scrub | None
    damaged: int


@dataclass(frozen=True, slots=True)
class Status:
    """Everything; `holder` is the process that runs the schedule, None if no process does."""

    sources: tuple[SourceStatus, ...]
    waiting: WaitingCounts
    quarantine: QuarantineCounts
    epoch: EpochStatus
    scrub: ScrubState
    parts: tuple[ServicePart, ...]
    holder: str | None
    renewed_at: datetime | None


def read_status(store: Store, settings: Settings, sources: Iterable[Source]) -> Status:
    """Read the state at this moment."""
    with store.read() as connection:
        seen = leases.look_at(connection, LEASE)
        backlog = outbox.read_backlog(connection)
        timeline = read_timeline(connection)
        return Status(
            sources=_read_sources(connection, settings.schedule, list(sources)),
            waiting=WaitingCounts(counts.count_ungrouped(connection), backlog.waiting, backlog.oldest),
            quarantine=QuarantineCounts(refusals.count_replayable(connection), backlog.quarantined),
            epoch=EpochStatus(timeline.epoch, timeline.raised_at, timeline.unknown),
            scrub=ScrubState(
                scrubs.read_unfinished(connection),
                scrubs.read_last(connection),
                scrubs.count_open(connection),
            ),
            parts=tuple(read_service_parts(connection)),
            holder=(seen.holder or None) if seen else None,
            renewed_at=leases.renewed_at(connection, LEASE),
        )


def _read_sources(
    connection: Connection, schedule: ScheduleSettings, sources: list[Source]
) -> tuple[SourceStatus, ...]:
    last, outcomes = ledger.last_runs(connection), ledger.count_outcomes(connection)
    states, slow = read_states(connection), ledger.list_slow_sources(connection)
    handled = schedules.read_handled(connection)
    timetable = read_timetable(sources, schedule)
    enabled = {source.name: source.enabled for source in sources}
    now = datetime.now(UTC)
    return tuple(
        _describe(
            name,
            enabled=enabled.get(name),
            run=last.get(name),
            state=states.get(name, SourceState()),
            outcomes=outcomes.get(name, {}),
            slow_lane=name in slow,
            next_due=_next_due(name, timetable.get(name), handled.get(name), now, schedule.jitter_share),
        )
        for name in [*enabled, *sorted(outcomes.keys() - enabled.keys())]
    )


def _next_due(
    name: str, rule: Rule | None, handled: datetime | None, now: datetime, jitter_share: float
) -> datetime | None:
    if rule is None:
        return None
    return max(now, next_start(name, rule, handled, now, jitter_share=jitter_share)) if handled else now


def _describe(
    name: str,
    *,
    enabled: bool | None,
    run: Run | None,
    state: SourceState,
    outcomes: Mapping[str, int],
    slow_lane: bool,
    next_due: datetime | None,
) -> SourceStatus:
    return SourceStatus(
        source=name,
        state=_name_state(enabled=enabled, run=run, state=state),
        last_run=run,
        reason=_reason(run),
        last_success_at=state.last_success_at,
        failures=state.failures,
        next_due=next_due,
        not_before=state.not_before,
        paused_why=state.paused_why,
        outcomes=outcomes,
        slow_lane=slow_lane,
    )


def _name_state(*, enabled: bool | None, run: Run | None, state: SourceState) -> State:
    if enabled is None:
        return "unconfigured"
    if run is not None and run.outcome == "running":
        return "running"
    if not enabled:
        return "off"
    if state.is_paused:
        return "paused"
    return "waiting" if state.not_before is not None and state.not_before > datetime.now(UTC) else "on"


def _reason(run: Run | None) -> str | None:
    if run is None or run.outcome in {"ran", "running"}:
        return None
    if run.errors:
        return max(run.errors, key=lambda reason: (run.errors[reason], reason))
    return run.why
