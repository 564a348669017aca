"""The books: how many entries came to each gate, and why some did not pass it, by source and hour.

Gates: found -> fetched -> parsed -> stored -> grouped -> indexed. Every function that writes runs inside the transaction of
what it counts, so that no kill can part them. What came to a gate either passed it (the empty reason) or stopped there for
one reason; the rest is unaccounted for. Grouped and waiting versions are not counted but looked up, version by version.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, select

from copytaster.store.latencies import note_latencies
from copytaster.store.tables import book_totals, books, in_transit, memberships, outbox, runs, versions
from copytaster.store.upsert import insert_or_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

Gate = Literal["found", "fetched", "parsed", "stored", "grouped", "indexed"]
Counts = Counter[tuple[str, str]]  # (gate, reason) -> entries; the empty reason passed
GATES: tuple[Gate, ...] = ("found", "fetched", "parsed", "stored", "grouped", "indexed")
INTERRUPTED = "interrupted"  # the run ended before it came to them
WAITING, QUARANTINED, REMOVED = "waiting", "quarantined", "removed"
# What comes to a gate from the side: pages visited again, pages read again from quarantine, copy whose embargo has ended.
INFLOWS: dict[str, str] = {"fetched": "revisited", "parsed": "replayed", "stored": "released"}
REASON_LENGTH = 64
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class GateBook:
    """One gate of a book: what came = what passed + what stopped, by reason + `unaccounted`.

    The last is below 0 if more left the gate than came. Over several periods it is the sum of the differences' sizes.
    """

    gate: Gate
    came: int
    passed: int
    stopped: Mapping[str, int]
    unaccounted: int


@dataclass(frozen=True, slots=True)
class Book:
    """The book of one source and one period.

    Attributes:
        start: when the period began: an hour, or a day that was folded.
        under_way: a run of this source and period has not ended, so that a difference proves nothing yet.
    """

    source: str
    start: datetime
    gates: tuple[GateBook, ...]
    under_way: bool = False

    @property
    def unaccounted(self) -> dict[str, int]:
        """Gate -> entries that are unaccounted for; empty if the book balances."""
        return {gate.gate: gate.unaccounted for gate in self.gates if gate.unaccounted}


_FOLLOW = in_transit.insert()


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def ends_at(gate: Gate, reason: str = "", *, since: Gate = "found") -> Counts:
    """One entry that passed the gates from `since` on and ended at `gate`, for a reason or passing it."""
    between = GATES[GATES.index(since) : GATES.index(gate)]
    return Counter({**{(passed, ""): 1 for passed in between}, (gate, reason): 1})


def book(connection: Connection, source: str, hour: datetime, counts: Mapping[tuple[str, str], int]) -> None:
    """Add counts to a book. Call it in the transaction of what is counted."""
    summed: Counts = Counter()
    for (gate, reason), number in counts.items():
        summed[gate, reason[:REASON_LENGTH]] += number
    rows = [
        {"hour": hour, "source": source, "gate": gate, "reason": reason, "number": number}
        for (gate, reason), number in sorted(summed.items())
        if number
    ]
    if rows:
        connection.execute(insert_or_add(connection, books, add=["number"]), rows)
        totals = [{name: row[name] for name in ("gate", "reason", "number")} for row in rows]
        connection.execute(insert_or_add(connection, book_totals, add=["number"]), totals)


def book_version(
    connection: Connection,
    version_id: int,
    source: str,
    hour: datetime,
    answered_at: datetime | None = None,
) -> None:
    """Follow a version that was stored until the index has it; `answered_at` as for `copytaster.store.intake.keep_story`."""
    row = {"version_id": version_id, "source": source, "hour": hour, "answered_at": answered_at}
    connection.execute(_FOLLOW, row)


def book_indexed(connection: Connection, names: Iterable[str], *, found_at: datetime | None = None) -> None:
    """Book the versions of these dispatches that the index has now: those of dispatches that left the outbox.

    `found_at`: from when on searches find them, by default from now on.
    """
    if connection.scalar(select(in_transit.c.version_id).limit(1)) is None:
        return
    arrived = (
        select(in_transit)
        .join(memberships, memberships.c.version_id == in_transit.c.version_id)
        .outerjoin(outbox, outbox.c.dispatch_id == memberships.c.dispatch_id)
        .where(outbox.c.dispatch_id.is_(None))
    )
    for some in _chunks(list(names)):
        ended = connection.execute(arrived.where(memberships.c.dispatch_id.in_(some))).all()
        _end_transit(connection, ended, "")
        moments = [(row.source, row.answered_at) for row in ended]
        note_latencies(connection, moments, found_at=found_at or datetime.now(UTC))


def book_removed(connection: Connection, version_ids: Sequence[int]) -> None:
    """Book versions that leave the store before the index had them."""
    for some in _chunks(version_ids):
        chosen = select(in_transit).where(in_transit.c.version_id.in_(some))
        _end_transit(connection, connection.execute(chosen).all(), REMOVED)


def _end_transit(connection: Connection, ended: Sequence[Any], reason: str) -> None:
    for some in _chunks([row.version_id for row in ended]):
        connection.execute(in_transit.delete().where(in_transit.c.version_id.in_(some)))
    for (source, hour), number in sorted(Counter((row.source, row.hour) for row in ended).items()):
        book(connection, source, hour, {("indexed", reason): number})


def settle_interrupted(connection: Connection, source: str, hour: datetime) -> None:
    """Book what a run left that ended without a report, unless another run of the source and hour is under way."""
    if (source, hour) in _list_under_way(connection):
        return
    for one in read_books(connection, since=hour, until=hour, source=source):
        left: dict[tuple[str, str], int] = {
            (gate.gate, INTERRUPTED): gate.unaccounted
            for gate in one.gates
            if gate.gate in {"fetched", "parsed", "stored"} and gate.unaccounted > 0
        }
        book(connection, source, hour, left)


def read_books(
    connection: Connection, *, since: datetime, until: datetime, source: str | None = None
) -> list[Book]:
    """The books of the periods that begin in [since, until], oldest first, then by source."""
    query = select(books).where(books.c.hour >= since, books.c.hour <= until)
    waits = _COUNT_TRANSIT.where(in_transit.c.hour >= since, in_transit.c.hour <= until)
    if source is not None:
        query, waits = query.where(books.c.source == source), waits.where(in_transit.c.source == source)
    counted: dict[tuple[datetime, str], Counts] = {}
    for start, name, gate, reason, number in connection.execute(query):
        counted.setdefault((start, name), Counter())[gate, reason] = int(number)
    for row in connection.execute(waits):
        place = _place_of(row)
        if place is not None:
            counted.setdefault((row.hour, row.source), Counter())[place] += int(row.number)
    under_way = _list_under_way(connection)
    return [
        Book(name, start, balance(counts), (name, start) in under_way)
        for (start, name), counts in sorted(counted.items())
    ]


_COUNT_TRANSIT = (
    select(
        in_transit.c.hour,
        in_transit.c.source,
        versions.c.id.is_(None).label("is_lost"),
        memberships.c.dispatch_id.is_(None).label("is_ungrouped"),
        outbox.c.dispatch_id.is_(None).label("is_unqueued"),
        outbox.c.quarantined_at.is_not(None).label("is_quarantined"),
        func.count().label("number"),
    )
    .select_from(
        in_transit.outerjoin(versions, versions.c.id == in_transit.c.version_id)
        .outerjoin(memberships, memberships.c.version_id == in_transit.c.version_id)
        .outerjoin(outbox, outbox.c.dispatch_id == memberships.c.dispatch_id)
    )
    .group_by(
        in_transit.c.hour, in_transit.c.source, "is_lost", "is_ungrouped", "is_unqueued", "is_quarantined"
    )
)


def _place_of(row: object) -> tuple[str, str] | None:
    """Where a version under way is; None for one that no table explains: it is then unaccounted for."""
    if row.is_lost:  # type: ignore[attr-defined]
        return None
    if row.is_ungrouped:  # type: ignore[attr-defined]
        return "grouped", WAITING
    if row.is_unqueued:  # type: ignore[attr-defined]
        return "indexed", _ASTRAY
    return "indexed", QUARANTINED if row.is_quarantined else WAITING  # type: ignore[attr-defined]


_ASTRAY = "astray"  # grouped, and neither in the outbox nor booked as indexed


def balance(counts: Mapping[tuple[str, str], int]) -> tuple[GateBook, ...]:
    """The gates of a book from its counts."""
    by_gate: dict[str, dict[str, int]] = {gate: {} for gate in GATES}
    for (gate, reason), number in counts.items():
        by_gate.setdefault(gate, {})[reason] = number
    # nobody counts what is grouped: it is what came to the index, whatever became of it there
    by_gate["grouped"][""] = sum(by_gate["indexed"].values())
    by_gate["indexed"].pop(_ASTRAY, None)
    made, came = list[GateBook](), by_gate["found"].get("", 0)
    for gate in GATES:
        came += by_gate.get(INFLOWS.get(gate, ""), {}).get("", 0)
        reasons = by_gate[gate]
        stopped = {reason: number for reason, number in sorted(reasons.items()) if reason and number}
        passed = reasons.get("", 0)
        made.append(GateBook(gate, came, passed, stopped, came - passed - sum(stopped.values())))
        came = passed
    return tuple(made)


def add_up(found: Iterable[Book]) -> list[Book]:
    """One book a source over all its periods, by name. Differences do not cancel each other out."""
    by_source: dict[str, list[Book]] = {}
    for one in found:
        by_source.setdefault(one.source, []).append(one)
    return [_add(name, by_source[name]) for name in sorted(by_source)]


def _add(source: str, parts: Sequence[Book]) -> Book:
    gates = []
    for number, gate in enumerate(GATES):
        same = [part.gates[number] for part in parts]
        stopped: Counter[str] = Counter()
        for one in same:
            stopped.update(one.stopped)
        came, passed = sum(one.came for one in same), sum(one.passed for one in same)
        gates.append(GateBook(gate, came, passed, dict(stopped), sum(abs(one.unaccounted) for one in same)))
    return Book(
        source,
        min(part.start for part in parts),
        tuple(gates),
        any(part.under_way for part in parts),
    )


def list_quarantined(connection: Connection) -> list[tuple[str, datetime, int]]:
    """(source, hour, versions) of what was stored and whose document the index refused."""
    columns = (in_transit.c.source, in_transit.c.hour)
    # not as a join: SQLite would walk through every membership to look for the few
    refused = select(outbox.c.dispatch_id).where(outbox.c.quarantined_at.is_not(None))
    joined = (
        select(*columns, func.count())
        .join(memberships, memberships.c.version_id == in_transit.c.version_id)
        .where(memberships.c.dispatch_id.in_(refused))
    )
    return [(row[0], row[1], int(row[2])) for row in connection.execute(joined.group_by(*columns))]


def find_oldest_ungrouped(connection: Connection) -> datetime | None:
    """When the oldest version that waits for grouping was stored; None if none waits."""
    oldest: datetime | None = connection.scalar(
        select(func.min(versions.c.seen_at)).where(~versions.c.grouped)
    )
    return oldest


def count_by_gate(connection: Connection) -> dict[tuple[str, str], int]:
    """(gate, reason) -> entries of all sources, ever; what passed has the empty reason."""
    return {(row.gate, row.reason): row.number for row in connection.execute(select(book_totals))}


def _list_under_way(connection: Connection) -> set[tuple[str, datetime]]:
    rows = connection.execute(select(runs.c.source, runs.c.due_at).where(runs.c.outcome == "running"))
    return {(row.source, hour_of(row.due_at)) for row in rows}


def _chunks(values: Sequence[object]) -> Iterable[Sequence[object]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
