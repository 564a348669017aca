"""The diary: which due times are handled, kept in the store under the schedule's lease. When to look is the scheduler's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from copytaster.schedule.timetable import Every, Rule, Standing, Verdict, decide, next_start
from copytaster.store import leases, ledger
from copytaster.store.sources import SourceState, read_states
from copytaster.store.tables import runs, schedules
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.leases import Lease
    from copytaster.store.ledger import Due, Result, Unrun

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Started:
    """A due time that was entered as running, under the number of its row."""

    due: Due
    run_id: int


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What one look at the diary gave: runs to start, sources that must wait for a free child, when to look again."""

    started: tuple[Started, ...] = ()
    waiting: frozenset[str] = frozenset()
    look_again: Mapping[str, datetime] = field(default_factory=dict)


class RunPlanner:
    """Handles due times of the sources in a timetable.

    Every write is refused with BusyError once the lease is another's.
    """

    def __init__(
        self, store: Store, timetable: Mapping[str, Rule], *, grace: timedelta, jitter_share: float
    ) -> None:
        self.timetable = timetable
        self._store = store
        self._grace = grace
        self._jitter_share = jitter_share

    def open(self, lease: Lease, now: datetime) -> dict[str, datetime]:
        """Begin to act: end the runs of whoever acted before, forget what is no longer scheduled.

        Gives back when to look at each source.
        """
        with self._store.write() as connection:
            leases.check(connection, lease)
            ledger.fail_orphans(connection, now=now, scheduled=True)
            self._follow_changes(connection, now)
            known = self._read_handled(connection)
        return {
            source: self._look_again(source, known[source], now) if source in known else now
            for source in self.timetable
        }

    def handle(
        self, lease: Lease, sources: Collection[str], now: datetime, *, may_run: bool = True
    ) -> RunPlan:
        """Enter every due time of these sources; those that run are open when this returns.

        Where nothing may run now (`may_run`), due times that would are left for the next look.
        """
        with self._store.write() as connection:
            leases.check(connection, lease)
            ledger.fail_orphans(connection, now=now)
            verdicts = self._judge(connection, sources, now)
            waiting = {
                source for source, verdict in verdicts.items() if verdict.run is not None and not may_run
            }
            handled = {source: verdict for source, verdict in verdicts.items() if source not in waiting}
            started = self._enter(connection, handled.values(), lease, now)
            self._keep_handled(connection, handled)
        again = {
            source: self._look_again(source, found.handled_until, now) for source, found in handled.items()
        }
        return RunPlan(started, frozenset(waiting), again)

    def close(self, lease: Lease, results: Mapping[int, Result], now: datetime) -> None:
        """End runs by the number of their row; one that ended already keeps its end."""
        with self._store.write() as connection:
            leases.check(connection, lease)
            for run_id, result in results.items():
                ledger.close_run(connection, run_id, result, now=now)

    def shift(self, lease: Lease, by: timedelta, now: datetime) -> dict[str, datetime]:
        """Follow a clock that was set: intervals count elapsed time, whatever the clock of the wall shows.

        Gives back when to look at each source.
        """
        with self._store.write() as connection:
            leases.check(connection, lease)
            known = self._read_handled(connection)
            moved = {
                source: min(until + by, now) if isinstance(self.timetable[source], Every) else min(until, now)
                for source, until in known.items()
                if source in self.timetable
            }
            self._keep_handled(connection, {source: Verdict(until) for source, until in moved.items()})
        return {source: self._look_again(source, until, now) for source, until in moved.items()}

    def _look_again(self, source: str, handled_until: datetime, now: datetime) -> datetime:
        rule = self.timetable[source]
        return next_start(source, rule, handled_until, now, jitter_share=self._jitter_share)

    def _judge(self, connection: Connection, sources: Collection[str], now: datetime) -> dict[str, Verdict]:
        standings = self._read_standings(connection)
        return {
            source: decide(
                source,
                self.timetable[source],
                standings.get(source, Standing(None)),
                now,
                grace=self._grace,
                jitter_share=self._jitter_share,
            )
            for source in sources
        }

    def _read_standings(self, connection: Connection) -> dict[str, Standing]:
        handled = self._read_handled(connection)
        running = set(connection.scalars(select(runs.c.source).where(runs.c.outcome == "running")))
        states = read_states(connection)
        standings = {}
        for source in self.timetable:
            state = states.get(source, SourceState())
            standings[source] = Standing(
                handled.get(source),
                running=source in running,
                paused=(state.paused_why or "by hand") if state.is_paused else None,
                not_before=state.not_before,
            )
        return standings

    def _follow_changes(self, connection: Connection, now: datetime) -> None:
        # A new rule says nothing about the past: no due times are missed that were never promised.
        anew: dict[str, Verdict] = {}
        for row in connection.execute(select(schedules)).all():
            rule = self.timetable.get(row.source)
            if rule is None:
                connection.execute(delete(schedules).where(schedules.c.source == row.source))
            elif row.rule != str(rule):
                first = now - rule.interval if isinstance(rule, Every) else now
                anew[row.source] = Verdict(max(row.handled_until, first))
        self._keep_handled(connection, anew)

    def _read_handled(self, connection: Connection) -> dict[str, datetime]:
        return {row.source: row.handled_until for row in connection.execute(select(schedules))}

    def _enter(
        self, connection: Connection, verdicts: Iterable[Verdict], lease: Lease, now: datetime
    ) -> tuple[Started, ...]:
        dues: list[Due] = []
        rows: list[Unrun] = []
        for verdict in verdicts:
            rows += verdict.rows
            dues += [verdict.run] if verdict.run is not None else []
        ledger.enter_unrun(connection, rows, now=now)
        ids = ledger.open_runs(connection, dues, holder=lease.holder, now=now)
        return tuple(Started(due, ids[due.source]) for due in dues if due.source in ids)

    def _keep_handled(self, connection: Connection, verdicts: Mapping[str, Verdict]) -> None:
        rows = [
            {"source": source, "rule": str(self.timetable[source]), "handled_until": verdict.handled_until}
            for source, verdict in verdicts.items()
        ]
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            connection.execute(
                insert_or_update(connection, schedules, some, update=["rule", "handled_until"])
            )
