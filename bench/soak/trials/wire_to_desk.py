"""Copy that is late for every reason, and the seconds from the answer to the index that each source is said to take."""

from __future__ import annotations

import math
import random
import tempfile
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bench.soak.cases import count_cases
from bench.soak.newsroom import Newsroom
from bench.soak.trial import Outcome, Trial
from copytaster.store import intake
from copytaster.store.books import book_version
from copytaster.store.latencies import BOUNDS_S, Latency, read_latencies

if TYPE_CHECKING:
    from sqlalchemy import Connection

FAULTS = ("none", "index away", "service killed", "clock set back", "read again")
STORIES = 5  # a round: one of each outlet
SHORTEST_S, LONGEST_S = 0.1, 10_000.0
EDGES_S = (0.0, *BOUNDS_S, BOUNDS_S[-1])
ROUNDING_S = 0.01


@dataclass(frozen=True)
class Span:
    """The seconds that a version took: between the last look that did not find it and the first that did."""

    low: float
    high: float


def run(size: int, seed: int) -> Outcome:
    """`size` rounds of copy, each with a fault drawn."""
    chance, rounds = random.Random(seed), [FAULTS[number % len(FAULTS)] for number in range(size)]
    chance.shuffle(rounds)
    spans: dict[str, list[Span]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, Newsroom(Path(folder), f"desk {seed}") as room:
        waiting: list[tuple[str, datetime]] = []
        for fault in [*rounds, "none"]:
            waiting += _bring(room, fault, chance)
            if fault == "index away":
                room.group()
                continue
            if fault == "service killed":
                room.group()
                room.close()
                room.open()
            begun = datetime.now(UTC)
            room.work()
            ended = datetime.now(UTC)
            for source, at in waiting:
                spans[source].append(Span(*(max(0.0, (one - at).total_seconds()) for one in (begun, ended))))
            waiting = []
        with room.store.read() as connection:
            told = read_latencies(connection, datetime.now(UTC))
    cases = [
        (source, _is_right(told.get(source), spans[source])) for source in sorted(told.keys() | spans.keys())
    ]
    longest = max((one.p95_s for one in told.values()), default=0.0)
    faults = ", ".join(f"{fault} {rounds.count(fault)}" for fault in FAULTS[1:])
    return count_cases(cases, {"longest p95 s": longest}, also=f"rounds: {faults}")


def control(size: int, seed: int) -> Outcome:
    """The same where a version is timed from when it was stored."""

    def book_late(
        connection: Connection, version_id: int, source: str, hour: datetime, answered_at: datetime | None
    ) -> None:
        book_version(connection, version_id, source, hour, answered_at and datetime.now(UTC))

    with mock.patch.object(intake, "book_version", book_late):
        return run(size, seed)


def _bring(room: Newsroom, fault: str, chance: random.Random) -> list[tuple[str, datetime]]:
    """A round of copy: (source, when the answer came) of each version that is timed."""
    now, first = datetime.now(UTC), room.count
    delay_s = math.exp(chance.uniform(math.log(SHORTEST_S), math.log(LONGEST_S)))
    answered_at = now + timedelta(hours=1) if fault == "clock set back" else now - timedelta(seconds=delay_s)
    if fault == "read again":  # nobody knows when it came
        room.bring(STORIES)
        return []
    room.bring(STORIES, answered_at=answered_at)
    return [(room.source_of(number), answered_at) for number in range(first, room.count)]


def _is_right(told: Latency | None, spans: list[Span]) -> bool:
    """Whether a source is said to take what it took, to within a bucket."""
    if told is None or told.versions != len(spans):
        return False
    return all(
        _floor(sorted(one.low for one in spans), share) - ROUNDING_S
        <= said
        <= _ceiling(sorted(one.high for one in spans), share) + ROUNDING_S
        for share, said in ((0.5, told.p50_s), (0.95, told.p95_s))
    )


def _floor(ordered: list[float], share: float) -> float:
    return EDGES_S[bisect_left(BOUNDS_S, _pick(ordered, share))]


def _ceiling(ordered: list[float], share: float) -> float:
    return EDGES_S[bisect_left(BOUNDS_S, _pick(ordered, share)) + 1]


def _pick(ordered: list[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


TRIAL = Trial(
    name="wire-to-desk",
    promise="the seconds from the answer to the index that a source is said to take are those that it takes",
    run=run,
    control=control,
    short=10,
    long=500,
)
