"""The tellings of the last hours in memory, found by rare facts and by leads of near meaning; never pair by pair."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from dedup.relations.numbers import strength

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.relations.facts import Facts

TABLES, WIDTH = (
    32,
    128,
)  # cross-polytope hashes of a lead: Andoni and others 2015, Practical and Optimal LSH for Angular Distance
COLLISIONS = 3
CROWDED = 400  # tellings under one fact, above which it proposes nobody
SHARED = 9.0  # what rare facts in common must weigh to propose a telling by themselves
NEAREST = 200  # tellings that are compared by lead and facts
MOST = 6  # candidates a version
LEAST_LEAD = 0.35
LEAST_SCORE, LEAST_ABROAD = 0.9, 0.68  # of lead and facts together, in one language and between two
_FACT_WEIGHS, _MOST_FACTS = 0.02, 15.0
_SMALL_WINDOW = 1000  # a window that holds less knows nothing about rarity yet
_WEAK = 0.4  # a number that proves less is no key


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What the window keeps of a telling.

    Attributes:
        version_id, at, language: the version, and its moment in seconds since 1970.
        lead: int8[width], its lead's vector times 127.
        facts: int64[n], the keys of its numbers and names, sorted.
    """

    version_id: int
    at: float
    language: str | None
    lead: NDArray[np.int8]
    facts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate: its version, and the score by which it was chosen."""

    version_id: int
    score: float


def list_fact_keys(facts: Facts) -> NDArray[np.int64]:
    """The keys of the numbers and names that may be rare, sorted."""
    words = [f"n{number:.6g}" for number in facts.numbers if strength(number) >= _WEAK]
    words += [f"m{name}" for name in facts.names]
    keys = {xxhash.xxh3_64_intdigest(word.encode()) >> 1 for word in words}
    return np.sort(np.fromiter(keys, dtype=np.int64, count=len(keys)))


def compress_lead(vector: NDArray[np.float32]) -> NDArray[np.int8]:
    """A vector of length one in one byte a number."""
    return np.clip(np.rint(vector * 127), -127, 127).astype(np.int8)


class RelationWindow:
    """Proposes which earlier tellings a version may retell.

    Args:
        length_s: how far apart two tellings may be.
    """

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._traces: deque[Trace] = deque()
        self._first = 0  # slot of the oldest trace
        self._by_lead: defaultdict[int, list[int]] = defaultdict(list)
        self._by_fact: defaultdict[int, list[int]] = defaultdict(list)
        self._leads = np.zeros((0, 0), dtype=np.int8)  # ring of rows: slot modulo its length
        self._turns: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self._traces)

    def add(self, trace: Trace) -> None:
        """File a telling; what has left the window is forgotten."""
        self._expire(trace.at - self._length_s)
        slot = self._first + len(self._traces)
        self._make_room(trace.lead)
        self._leads[slot % len(self._leads)] = trace.lead
        self._traces.append(trace)
        for key in self._hash(trace.lead):
            self._by_lead[key].append(slot)
        for key in trace.facts.tolist():
            self._by_fact[key].append(slot)

    def find(self, trace: Trace) -> list[Found]:
        """The earlier tellings that this one is most likely to retell, best first, at most `MOST`."""
        shared = self._weigh_facts(trace)
        slots = self._list_near(trace, shared)
        if not len(slots):
            return []
        nearness = (
            self._leads[slots % len(self._leads)].astype(np.float32) @ trace.lead.astype(np.float32)
        ) / 127**2
        facts = np.array([min(_MOST_FACTS, shared.get(int(slot), 0.0)) for slot in slots])
        scores = nearness + _FACT_WEIGHS * facts
        found: list[Found] = []
        for place in np.argsort(-scores, kind="stable"):
            other = self._at(int(slots[place]))
            least = LEAST_ABROAD if _is_abroad(trace, other) else LEAST_SCORE
            if nearness[place] >= LEAST_LEAD and scores[place] >= least:
                found.append(Found(other.version_id, float(scores[place])))
            if len(found) == MOST:
                break
        return found

    def _at(self, slot: int) -> Trace:
        return self._traces[slot - self._first]

    def _weigh_facts(self, trace: Trace) -> dict[int, float]:
        """Slot -> what the facts that it shares weigh together; the rarer, the more."""
        weights: dict[int, float] = {}
        whole = _SMALL_WINDOW + len(self._traces)
        for key in trace.facts.tolist():
            slots = self._by_fact.get(key, ())
            if len(slots) <= CROWDED:
                weight = log(whole / (1 + len(slots)))
                for slot in slots:
                    if slot >= self._first:
                        weights[slot] = weights.get(slot, 0.0) + weight
        return weights

    def _list_near(self, trace: Trace, shared: dict[int, float]) -> NDArray[np.int64]:
        """The slots worth a comparison: leads that collide, and tellings with rare facts in common."""
        met = [slot for key in self._hash(trace.lead) for slot in self._by_lead.get(key, ())]
        slots, counts = np.unique(np.array(met, dtype=np.int64), return_counts=True)
        often = (counts >= COLLISIONS) & (slots >= self._first)
        slots, counts = slots[often], counts[often]
        nearest = slots[np.argsort(-counts, kind="stable")[:NEAREST]]
        by_fact = sorted(
            (slot for slot, weight in shared.items() if weight >= SHARED), key=shared.__getitem__
        )[-NEAREST:]
        near = np.union1d(nearest, np.array(by_fact, dtype=np.int64))
        at = np.array([self._at(int(slot)).at for slot in near])
        return near[np.abs(at - trace.at) <= self._length_s] if len(near) else near

    def _hash(self, lead: NDArray[np.int8]) -> list[int]:
        if not lead.any():
            return []
        if self._turns is None:
            # one seed for all installations: a decision must not depend on a secret
            drawn = np.random.default_rng(20_261_128).standard_normal((len(lead), TABLES * WIDTH))
            self._turns = drawn.astype(np.float32)
        turned = (lead.astype(np.float32) @ self._turns).reshape(TABLES, WIDTH)
        largest = np.abs(turned).argmax(axis=1)
        is_positive = turned[np.arange(TABLES), largest] > 0
        keys: list[int] = ((np.arange(TABLES) * WIDTH + largest) * 2 + is_positive).tolist()
        return keys

    def _make_room(self, lead: NDArray[np.int8]) -> None:
        size = len(self._leads)
        if len(self._traces) < size:
            return
        grown = np.zeros((max(1024, 2 * size), len(lead)), dtype=np.int8)
        for slot in range(self._first, self._first + len(self._traces)):
            grown[slot % len(grown)] = self._leads[slot % size]
        self._leads = grown

    def _expire(self, before: float) -> None:
        while self._traces and self._traces[0].at < before:
            gone = self._traces.popleft()
            self._first += 1
            _forget(self._by_lead, self._hash(gone.lead), self._first)
            _forget(self._by_fact, gone.facts.tolist(), self._first)


def _is_abroad(one: Trace, other: Trace) -> bool:
    return bool(one.language and other.language) and (one.language or "")[:2] != (other.language or "")[:2]


def _forget(postings: defaultdict[int, list[int]], keys: Sequence[int], first: int) -> None:
    for key in keys:
        slots = postings.get(key)
        while slots and slots[0] < first:
            slots.pop(0)
        if slots is not None and not slots:
            del postings[key]
