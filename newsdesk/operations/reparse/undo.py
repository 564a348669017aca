"""Takes back what a `reparse --apply` put in place, and keeps which calls there were."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import NotFoundError
from copytaster.store import readings
from copytaster.store.installation import read_fact, set_fact
from dedup.desk.readings import ReadingDesk, settle_groups
from dedup.desk.regroup import hold_lease
from newsdesk.operations.reparse.preview import preview
from newsdesk.operations.reparse.reader import ReadAgain, compare
from newsdesk.operations.reparse.report import Reparse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.readings import NewReading
    from dedup.desk.regroup import Comparison
    from settings import Settings

    Progress = Callable[[str, int, int], None]

CHUNK = 32  # versions a transaction
CALLS_KEPT = 50
_CALLS = "reparse_calls"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One call that put readings in place: those of the numbers (after, until]; `what` says which kind of call."""

    number: int
    at: str
    what: str
    after: int
    until: int


def list_calls(connection: Connection) -> list[Call]:
    """The last calls, oldest first."""
    return [Call(**one) for one in json.loads(read_fact(connection, _CALLS) or "[]")]


def note_call(connection: Connection, what: str, *, after: int) -> int | None:
    """Keep that a call has put the readings above this number in place; its number, None if it put none."""
    until, known = readings.find_newest(connection), list_calls(connection)
    if until <= after:
        return None
    number = known[-1].number + 1 if known else 1
    made = Call(number, datetime.now(UTC).isoformat(timespec="seconds"), what, after, until)
    set_fact(connection, _CALLS, json.dumps([asdict(one) for one in [*known, made][-CALLS_KEPT:]]))
    return number


def undo(
    store: Store,
    settings: Settings,
    number: int | None,
    *,
    apply: bool = False,
    most: int = 10,
    on_progress: Progress = lambda _step, _done, _of: None,
) -> tuple[Reparse, Comparison | None]:
    """Show what taking back a call changes; with `apply`, do it. By default the last call.

    A version that was read again since the call is left alone, and so is one that has left. What is taken back is a call
    itself, which can be taken back. A call that was killed goes on when it is repeated.

    Raises:
        BusyError: another process regroups or applies readings.
        NotFoundError: there is no such call.
    """
    with store.read() as connection:
        call = _find(list_calls(connection), number)
    what = f"undo of {call.number}"
    if not apply:
        report, changes = _take_back(store, call, what, None, most, on_progress)
        return report, preview(store, settings, changes, on_progress)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with hold_lease(store):
        report, _ = _take_back(store, call, what, ReadingDesk(store, settings.grouping), most, on_progress)
        groups = settle_groups(store, settings.data_dir, settings.grouping, on_progress=on_progress)
        with store.write() as connection:
            first = readings.find_first_by(connection, what, after=call.until)
            report.number = None if first is None else note_call(connection, what, after=first - 1)
    log.info("reparse.undone", call=call.number, versions=report.changed)
    return report, groups


def _find(calls: Sequence[Call], number: int | None) -> Call:
    chosen = [one for one in calls if number is None or one.number == number]
    if chosen:
        return chosen[-1]
    named = ", ".join(f"{one.number} ({one.what}, {one.at})" for one in calls)
    raise NotFoundError(
        "no such call" if number is not None else "no call of `reparse --apply` is known",
        resource=f"reparse {number}" if number is not None else "reparse",
        hint=f"known are {named}" if named else "only calls of this release and later ones can be taken back",
    )


def _take_back(
    store: Store, call: Call, what: str, desk: ReadingDesk | None, most: int, on_progress: Progress
) -> tuple[Reparse, dict[int, NewReading]]:
    """The report, and what changes by version."""
    report = Reparse(desk is not None)
    changes: dict[int, NewReading] = {}
    with store.read() as connection:
        wanted = readings.list_before(connection, after=call.after, until=call.until, but=what)
    for start in range(0, len(wanted), CHUNK):
        some = {one.version_id: one for one in wanted[start : start + CHUNK]}
        with store.read() as connection:
            found = [
                ReadAgain(reading, compare(reading, dict(some[reading.version_id].values)))
                for reading in readings.read_readings(connection, list(some))
            ]
        some_changes = {
            one.change.version_id: one.change
            for one in found
            if one.change is not None and some[one.change.version_id].is_newest
        }
        kept = set(some_changes)
        if desk is not None and some_changes:
            kept = set(
                desk.keep(list(some_changes.values()), reader=what, note=lambda _connection, _kept: None)
            )
        changes |= some_changes
        for one in found:
            report.count(one, kept=one.reading.version_id in kept, most=most)
        on_progress("taking back", min(start + CHUNK, len(wanted)), len(wanted))
    return report, changes
