"""Entries that are lost on their way and due times that bring nothing: whether books and holes name each, and close it."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest import mock

from bench.soak.cases import count_cases
from bench.soak.trial import Outcome, Trial
from copytaster.store import ledger, schedules
from copytaster.store.books import GATES, add_up, book, ends_at, hour_of, read_books
from copytaster.store.engine import Store
from copytaster.store.holes import ROLLED_OVER, add_hole, list_holes, note_refill
from copytaster.store.ledger import DueTime, Result, SkippedDue
from copytaster.store.schedules import HandledSource
from copytaster.store.source_cursor import Cursor, keep_cursor
from copytaster.store.unbalanced_books import find_unbalanced
from newsdesk.operations import completeness
from newsdesk.operations.completeness import read_completeness
from settings import ScheduleSettings
from spiders.sources.config import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from copytaster.store.books import Book

    Find = Callable[[Connection, datetime, datetime], list[Book]]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
ENTRIES = 40  # of an hour, at most
LOST_AT = GATES[1:4]  # what waits for grouping and the index is looked up, not counted
HOLES = ("run failed", "due time skipped", "list rolled over", "not started")
RAN = Result("ran", found=1, unchanged=1, seconds=1.0)


@dataclass(frozen=True)
class Loss:
    """An entry too few (1) or too many (-1) behind a gate, in the book of a source and hour."""

    source: str
    hour: datetime
    gate: str
    number: int


def run(size: int, seed: int) -> Outcome:
    """`size` losses at gates, in pairs that cancel each other out, and as many holes, each closed again."""
    return _try(size, seed, _find_by_book)


def control(size: int, seed: int) -> Outcome:
    """The same with one book for all sources and hours, and holes only where a run wrote one."""
    with mock.patch.object(completeness, "_find_unread", return_value=()):
        return _try(size, seed, _find_in_all)


def _find_by_book(connection: Connection, since: datetime, until: datetime) -> list[Book]:
    return find_unbalanced(connection, since=since, until=until)[0]


def _find_in_all(connection: Connection, since: datetime, until: datetime) -> list[Book]:
    found = read_books(connection, since=since, until=until)
    missing = {gate: sum(one.unaccounted.get(gate, 0) for one in found) for gate in GATES}
    return add_up(found) if any(missing.values()) else []


def _try(size: int, seed: int, find: Find) -> Outcome:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/store.sqlite")) as store:
        return count_cases([*_lose(store, size, chance, find), *_make_holes(store, size, chance)])


def _lose(store: Store, size: int, chance: random.Random, find: Find) -> Iterator[tuple[str, bool]]:
    """Book hours of several sources, some of which have lost or invented an entry."""
    places = [(f"books-{number}", NOON + timedelta(hours=number % 24)) for number in range(3 * size)]
    wrong = chance.sample(places, size)
    gates = [chance.choice(LOST_AT) for _ in range((size + 1) // 2)]
    losses = {
        place: Loss(*place, gates[number // 2], 1 - 2 * (number % 2)) for number, place in enumerate(wrong)
    }
    with store.write() as connection:
        for place in places:
            book(connection, *place, _count_entries(chance, losses.get(place)))
    with store.read() as connection:
        found = {
            (one.source, one.start): one.unaccounted
            for one in find(connection, NOON, NOON + timedelta(days=2))
        }
    for place, loss in losses.items():
        yield f"lost at {loss.gate}", found.pop(place, None) == {loss.gate: loss.number}
    yield "books that balance", not found


def _count_entries(chance: random.Random, loss: Loss | None) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for _ in range(chance.randint(3, ENTRIES)):
        counts += ends_at(chance.choice(LOST_AT), "dropped")
    if (
        loss is not None
    ):  # what came before the gate passed; the gate itself counted one too few, or one too many
        counts.update(ends_at(loss.gate, "dropped") if loss.number > 0 else {})  # type: ignore[arg-type]
        counts[loss.gate, "dropped"] -= loss.number
    return counts


def _make_holes(store: Store, size: int, chance: random.Random) -> Iterator[tuple[str, bool]]:
    for number in range(size):
        kind = HOLES[number % len(HOLES)]
        source = Source(
            name=f"source-{number}", publisher_name="Harbour", kind="feed", url=f"https://{number}.example/feed", interval=EVERY
        )  # fmt: skip
        at = hour_of(NOON) + timedelta(minutes=15 * chance.randrange(90))
        _run(store, source.name, at - EVERY, RAN, read=True)
        if not _is_whole(store, source, at - timedelta(minutes=1)):
            yield kind, False
            continue
        _harm(store, source.name, kind, at)
        named = _names(store, source, kind, at + timedelta(minutes=1))
        _mend(store, source.name, at)
        yield kind, named and _is_whole(store, source, at + EVERY + timedelta(minutes=1))


def _harm(store: Store, name: str, kind: str, at: datetime) -> None:
    if kind == "run failed":
        _run(store, name, at, Result("failed", "timeout", errors={"timeout": 1}, seconds=1.0), read=False)
    elif kind == "due time skipped":
        with store.write() as connection:
            ledger.enter_skipped(
                connection, [SkippedDue(name, at, "skipped", "paused: moving house")], now=at
            )
            schedules.keep_handled(connection, [HandledSource(name, "every", at)])
    elif kind == "list rolled over":
        _run(store, name, at, RAN, read=True)
        with store.write() as connection:
            add_hole(connection, name, start=at - EVERY, end=at, why=ROLLED_OVER)


def _names(store: Store, source: Source, kind: str, now: datetime) -> bool:
    """Whether the hole, or the due time that has not started, is named."""
    with store.read() as connection:
        found = read_completeness(connection, ScheduleSettings(), [source], now=now)
    mine = [hole for hole in found.holes if hole.source == source.name]
    if kind == "not started":
        return found.complete_to < now and source.name in found.held_by
    return bool(mine)


def _is_whole(store: Store, source: Source, now: datetime) -> bool:
    return not _names(store, source, "", now) and not _names(store, source, "not started", now)


def _mend(store: Store, name: str, at: datetime) -> None:
    """A whole run at the next due time, and a refill of what no run closes."""
    _run(store, name, at + EVERY, RAN, read=True)
    with store.write() as connection:
        for hole in list_holes(connection, source=name):
            note_refill(connection, hole.id, "2 stored", closed_at=at + EVERY)


def _run(store: Store, name: str, at: datetime, result: Result, *, read: bool) -> None:
    end = at + timedelta(seconds=30)
    with store.write() as connection:
        run_id = ledger.open_runs(connection, [DueTime(name, at)], holder="a", now=at)[name]
        schedules.keep_handled(connection, [HandledSource(name, "every", at)])
        ledger.close_run(connection, run_id, result, now=end)
        if read:
            keep_cursor(connection, name, Cursor(last_success_at=end, read_at=at), now=end)


TRIAL = Trial(
    name="named-holes",
    promise="books name every entry that is lost on its way, and holes every due time that brought nothing",
    run=run,
    control=control,
    short=16,
    long=2_000,
)
