"""Up to which moment everything is searchable that the sources were due to bring, and the holes in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from copytaster.masking.text import mask_secrets
from copytaster.store import ledger, outbox
from copytaster.store.books import find_oldest_ungrouped, list_quarantined
from copytaster.store.holes import list_holes
from copytaster.values import iso
from newsdesk.operations.known_sources import read_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from copytaster.store.ledger import RunEnd
    from copytaster.store.sources import SourceState
    from newsdesk.operations.known_sources import KnownSources
    from settings import ScheduleSettings
    from spiders.sources.config import Source

HOUR = timedelta(hours=1)
_NOT_RUN = "not run yet"


@dataclass(frozen=True, slots=True)
class Hole:
    """A time of which something may be missing.

    Attributes:
        start: None: since the source was configured.
        end: None: it goes on.
        why: in words.
        id: of a hole that no later run closes by itself; see `copytaster.store.holes`.
    """

    source: str
    start: datetime | None
    end: datetime | None
    why: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Completeness:
    """Every due time before `complete_to` has run, and what was found then is searchable, but for the holes.

    Attributes:
        held_by: what the moment waits for; empty if it is now.
    """

    complete_to: datetime
    held_by: str
    holes: tuple[Hole, ...]


def read_completeness(
    connection: Connection,
    schedule: ScheduleSettings,
    sources: Iterable[Source],
    *,
    now: datetime | None = None,
) -> Completeness:
    """The moment and the holes of the sources that are switched on."""
    return find_completeness(connection, read_known(connection, schedule, sources), now=now)


def find_completeness(
    connection: Connection, known: KnownSources, *, now: datetime | None = None
) -> Completeness:
    """The same, from what is known of the sources."""
    now = now or datetime.now(UTC)
    running = ledger.list_due_running(connection)
    bounds = [(now, "")]
    bounds += _find_due(known, running, now)
    bounds += _find_waiting(connection)
    complete_to, held_by = min(bounds)
    found = [
        *_find_unread(connection, known),
        *(
            Hole(name, hour, hour + HOUR, f"{number} versions whose documents the index refused")
            for name, hour, number in list_quarantined(connection)
        ),
        *(
            Hole(one.source, one.start, one.end, _join(one.why, one.closing), one.id)
            for one in list_holes(connection)
        ),
    ]
    begin = datetime.min.replace(tzinfo=UTC)
    return Completeness(
        complete_to, held_by, tuple(sorted(found, key=lambda hole: (hole.start or begin, hole.source)))
    )


def _find_due(
    known: KnownSources, running: Mapping[str, datetime], now: datetime
) -> Iterator[tuple[datetime, str]]:
    """Due times that have come and whose runs have not ended."""
    for name, rule in known.timetable.items():
        if name in running:
            yield running[name], f"{name}: its run is under way"
        elif name in known.handled:
            due = rule.next_after(min(known.handled[name], now))
            if due <= now:
                yield due, f"{name}: due, and not started"


def _find_waiting(connection: Connection) -> Iterator[tuple[datetime, str]]:
    oldest = find_oldest_ungrouped(connection)
    if oldest is not None:
        yield oldest, "a version waits for grouping"
    queued = outbox.read_backlog(connection).oldest
    if queued is not None:
        yield queued, "a change waits for the index"


def _find_unread(connection: Connection, known: KnownSources) -> Iterator[Hole]:
    """Holes that go on: they close by themselves with the next whole run, unless the list has rolled over by then."""
    ends = ledger.last_ends(connection)
    for source in known.listed:
        if not source.enabled:
            continue
        name = source.name
        state, end = known.state_of(name), ends.get(name)
        if source.is_received:
            if state.failures:
                yield Hole(name, state.last_success_at, None, _describe(end, state))
        elif end is None:
            yield Hole(name, None, None, _NOT_RUN)
        elif state.read_at is None or state.read_at < end.due_at:
            yield Hole(name, state.read_at, None, _describe(end, state))
        elif state.last_success_at is None or state.last_success_at < state.read_at:
            why = state.last_error or "entries are left for the next run"
            yield Hole(name, state.last_success_at, state.read_at, mask_secrets(f"entries not had: {why}"))


def _join(why: str, refilled: str | None) -> str:
    return f"{why}; refill: {refilled}" if refilled else why


def _describe(end: RunEnd | None, state: SourceState) -> str:
    if end is None:
        return mask_secrets(f"failed: {state.last_error or 'unknown'}")
    why = f": {end.why}" if end.why else ""
    return mask_secrets(f"{end.outcome}{why}")


def describe_completeness(found: Completeness) -> str:
    """The moment and the number of holes in one sentence, for readers of feeds."""
    number = len(found.holes)
    but = f", but for {number} {'hole' if number == 1 else 'holes'}" if number else ""
    return f"Complete to {iso(found.complete_to)}{but}."


def completeness_to_json(found: Completeness) -> dict[str, Any]:
    """The moment and the holes as JSON."""
    return {
        "complete_to": iso(found.complete_to),
        "held_by": found.held_by,
        "holes": [
            {
                "source": hole.source,
                "from": iso(hole.start),
                "to": iso(hole.end),
                "why": hole.why,
                "id": hole.id,
            }
            for hole in found.holes
        ],
    }
