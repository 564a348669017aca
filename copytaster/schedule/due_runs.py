"""Plans runs for due times, and keeps in the store which due times are handled. The scheduler decides when to plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copytaster.schedule.slowdown import find_slowdown
from copytaster.schedule.timetable import (
    DueDecision,
    Every,
    Rule,
    ScheduleState,
    decide,
    next_start,
    starts_at,
)
from copytaster.store import leases, ledger, schedules
from copytaster.store.schedules import HandledSource
from copytaster.store.source_health import read_reasons
from copytaster.store.sources import SourceState, read_states

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.leases import Lease
    from copytaster.store.ledger import DueTime, Result, SkippedDue


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A due time whose run is open in the ledger, with the id of its row.

    Attributes:
        planned_at: when it was to start: its due time, spread over a share of the interval.
        next_at: when the source falls due again.
        lease: under which it was planned; a crawl that stores under it confirms it.
    """

    due: DueTime
    run_id: int
    planned_at: datetime
    next_at: datetime
    lease: Lease


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a planning gave: runs to start, sources that wait for a free place, when to plan each source again."""

    started: tuple[StartedRun, ...] = ()
    waiting: frozenset[str] = frozenset()
    look_again: Mapping[str, datetime] = field(default_factory=dict)


class RunPlanner:
    """Plans the runs of the sources in a timetable.

    Every method raises BusyError, and writes nothing, once another process holds the lease.

    Args:
        timetable: the rule of each source that is planned here.
        is_mine: whether a source is planned here, or was while it was in a timetable; others plan the rest.
    """

    def __init__(
        self,
        store: Store,
        timetable: Mapping[str, Rule],
        *,
        grace: timedelta,
        jitter_share: float,
        is_mine: Callable[[str], bool] = lambda _source: True,
    ) -> None:
        self.timetable = timetable
        self._store = store
        self._grace = grace
        self._jitter_share = jitter_share
        self._is_mine = is_mine

    def start(self, lease: Lease, now: datetime) -> dict[str, datetime]:
        """Take over: fail the runs that an earlier process left open, forget sources that are no longer scheduled.

        Gives back when to plan each source.
        """
        with self._store.write() as connection:
            leases.check(connection, lease)
            ledger.fail_orphans(connection, now=now, is_ours=self._is_mine)
            self._follow_changes(connection, now)
            known = schedules.read_handled(connection)
        return {
            source: self._look_again(source, known[source], now) if source in known else now
            for source in self.timetable
        }

    def change_timetable(
        self, lease: Lease, timetable: Mapping[str, Rule], now: datetime
    ) -> dict[str, datetime]:
        """Follow another timetable from now on. Runs under way go on, also of sources that are no longer in it.

        Gives back when to plan each source.
        """
        former, self.timetable = self.timetable, timetable
        try:
            with self._store.write() as connection:
                leases.check(connection, lease)
                self._follow_changes(connection, now)
                known = schedules.read_handled(connection)
        except BaseException:
            self.timetable = former
            raise
        return {
            source: self._look_again(source, known[source], now) if source in known else now
            for source in timetable
        }

    def plan_runs(
        self,
        lease: Lease,
        sources: Collection[str],
        now: datetime,
        *,
        admit: Callable[[Sequence[DueTime]], Collection[str]] | None = None,
    ) -> RunPlan:
        """Enter every due time of these sources into the ledger; the runs to start are open when this returns.

        A due time that would run, and whose source `admit` leaves out, is left for the next planning.
        """
        with self._store.write() as connection:
            leases.check(connection, lease)
            ledger.fail_orphans(connection, now=now)
            decisions = self._decide_all(
                connection, [name for name in sources if name in self.timetable], now
            )
            wanted = [decision.run for decision in decisions.values() if decision.run is not None]
            waiting = {due.source for due in wanted} - set(admit(wanted)) if admit is not None else set()
            handled = {source: decision for source, decision in decisions.items() if source not in waiting}
            started = self._enter(connection, handled.values(), lease, now)
            self._keep_handled(connection, {source: found.handled_until for source, found in handled.items()})
        again = {
            source: self._look_again(source, found.handled_until, now) for source, found in handled.items()
        }
        return RunPlan(started, frozenset(waiting), again)

    def close_runs(self, lease: Lease, results: Mapping[int, Result], now: datetime) -> None:
        """Close runs by the id of their row; a closed run stays as it is."""
        with self._store.write() as connection:
            leases.check(connection, lease)
            for run_id, result in results.items():
                ledger.close_run(connection, run_id, result, now=now)

    def shift_clock(self, lease: Lease, by: timedelta, now: datetime) -> dict[str, datetime]:
        """Follow a wall clock that was set by `by`, for intervals count elapsed time.

        Gives back when to plan each source.
        """
        with self._store.write() as connection:
            leases.check(connection, lease)
            known = schedules.read_handled(connection)
            moved = {
                source: min(until + by, now) if isinstance(self.timetable[source], Every) else min(until, now)
                for source, until in known.items()
                if source in self.timetable
            }
            self._keep_handled(connection, moved)
        return {source: self._look_again(source, until, now) for source, until in moved.items()}

    def _look_again(self, source: str, handled_until: datetime, now: datetime) -> datetime:
        rule = self.timetable[source]
        return next_start(source, rule, handled_until, now, jitter_share=self._jitter_share)

    def _decide_all(
        self, connection: Connection, sources: Collection[str], now: datetime
    ) -> dict[str, DueDecision]:
        known_states = self._read_states(connection, sources)
        return {
            source: decide(
                source,
                self.timetable[source],
                known_states[source],
                now,
                grace=self._grace,
                jitter_share=self._jitter_share,
            )
            for source in sources
        }

    def _read_states(self, connection: Connection, sources: Collection[str]) -> dict[str, ScheduleState]:
        """Read what is known of the sources that are due: thousands of others are not, at every planning."""
        handled = schedules.read_handled(connection, sources)
        running = {source for source, _ in ledger.list_running(connection)}
        states = read_states(connection, sources)
        reasons = read_reasons(connection, sources)
        known_states = {}
        for source in sources:
            rule = self.timetable[source]
            state = states.get(source, SourceState())
            known_states[source] = ScheduleState(
                handled.get(source),
                running=source in running,
                paused=(state.paused_why or "by hand") if state.is_paused else None,
                not_before=state.not_before,
                slowdown=find_slowdown(
                    rule,
                    reason=reasons.get(source, ""),
                    failures=state.failures,
                    last_attempt_at=state.last_attempt_at,
                ),
            )
        return known_states

    def _follow_changes(self, connection: Connection, now: datetime) -> None:
        # A new rule applies from now on: it has no due times in the past that could be missed.
        changed: dict[str, datetime] = {}
        for row in schedules.list_handled(connection):
            rule = self.timetable.get(row.source)
            if rule is None:
                if self._is_mine(row.source):
                    schedules.remove_source(connection, row.source)
            elif row.rule != str(rule):
                first = now - rule.interval if isinstance(rule, Every) else now
                changed[row.source] = max(row.handled_until, first)
        self._keep_handled(connection, changed)

    def _enter(
        self, connection: Connection, decisions: Iterable[DueDecision], lease: Lease, now: datetime
    ) -> tuple[StartedRun, ...]:
        dues: dict[str, tuple[DueTime, datetime]] = {}
        rows: list[SkippedDue] = []
        for decision in decisions:
            rows += decision.rows
            if decision.run is not None:
                dues[decision.run.source] = (decision.run, decision.handled_until)
        ledger.enter_skipped(connection, rows, now=now)
        ids = ledger.open_runs(connection, [due for due, _ in dues.values()], holder=lease.holder, now=now)
        return tuple(
            self._describe(due, ids[source], handled_until, lease)
            for source, (due, handled_until) in dues.items()
            if source in ids
        )

    def _describe(self, due: DueTime, run_id: int, handled_until: datetime, lease: Lease) -> StartedRun:
        rule = self.timetable[due.source]
        planned_at = due.due_at
        if handled_until == due.due_at:  # the first one of a source waits for nothing
            planned_at = starts_at(due.source, rule, due.due_at, self._jitter_share)
        return StartedRun(due, run_id, planned_at, rule.next_after(handled_until), lease)

    def _keep_handled(self, connection: Connection, handled: Mapping[str, datetime]) -> None:
        rows = [
            HandledSource(source, str(self.timetable[source]), until) for source, until in handled.items()
        ]
        schedules.keep_handled(connection, rows)
