"""The tellings of the last hours in memory, found by rare facts and by leads of near meaning; never pair by pair."""

from __future__ import annotations

from array import array
from collections import defaultdict, deque
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from copytaster.store.tellings import TellingTrace
from dedup.relations.lead_hashes import hash_leads
from dedup.relations.numbers import strength

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dedup.relations.facts import Facts
    from dedup.relations.telling import Telling

COLLISIONS = 3
CROWDED = 400  # tellings under one fact, above which it proposes nobody
SHARED = 9.0  # what rare facts in common must weigh to propose a telling by themselves
NEAREST = 200  # tellings that are compared by lead and facts
MOST = 12  # candidates a version; most are refused by their facts, before anything is encoded
LEAST_LEAD = 0.35
LEAST_SCORE, LEAST_ABROAD = 0.9, 0.68  # of lead and facts together, in one language and between two
_FACT_WEIGHS, _MOST_FACTS = 0.02, 15.0
_SMALL_WINDOW = 1000  # a window that holds less knows nothing about rarity yet
_QUOTE_SHARE = 4  # one in four rows of quoted words is a key; a shared sentence has several
_WEAK = 0.4  # a number that proves less is no key


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What the window keeps of a telling.

    Attributes:
        version_id, at, language: the version, and its moment in seconds since 1970.
        lead: int8[width], its lead's vector times 127.
        facts: int64[n], the keys of its numbers and names, sorted.
        buckets: int32[TABLES], of its lead; none without text.
    """

    version_id: int
    at: float
    language: str | None
    lead: NDArray[np.int8]
    facts: NDArray[np.int64]
    buckets: NDArray[np.int32]


def make_trace(telling: Telling, encoder: str) -> TellingTrace:
    """What is kept of a telling. `encoder` made its vectors: leads of two encoders are never compared."""
    text = telling.text
    return TellingTrace(
        version_id=text.version_id,
        at=text.at.timestamp(),
        language=text.language,
        encoder=encoder,
        lead=compress_lead(telling.lead).tobytes(),
        facts=list_fact_keys(telling.facts).tobytes(),
    )


def open_traces(kept: Sequence[TellingTrace]) -> list[Trace]:
    """The traces of what is kept, their leads hashed together."""
    if not kept:
        return []
    leads = np.stack([np.frombuffer(one.lead, dtype=np.int8) for one in kept])
    return [
        Trace(
            version_id=one.version_id,
            at=one.at,
            language=one.language,
            lead=lead,
            facts=np.frombuffer(one.facts, dtype=np.int64),
            buckets=row if lead.any() else row[:0],
        )
        for one, lead, row in zip(kept, leads, hash_leads(leads), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate: its version, and the score by which it was chosen."""

    version_id: int
    score: float


def list_fact_keys(facts: Facts) -> NDArray[np.int64]:
    """The keys of the numbers, names and quotations that may be rare, sorted."""
    words = [f"n{number:.6g}" for number in facts.numbers if strength(number) >= _WEAK]
    words += [f"m{name}" for name in facts.names]
    keys = {xxhash.xxh3_64_intdigest(word.encode()) >> 1 for word in words}
    keys |= {key for key in facts.quotes if key % _QUOTE_SHARE == 0}
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
        self._by_lead: defaultdict[int, array[int]] = defaultdict(_make_slots)
        self._by_fact: defaultdict[int, array[int]] = defaultdict(_make_slots)
        self._leads = np.zeros((0, 0), dtype=np.int8)  # ring of rows: slot modulo its length
        self._moments = np.zeros(0)  # in the same order

    def __len__(self) -> int:
        return len(self._traces)

    def add(self, trace: Trace) -> None:
        """File a telling; what has left the window is forgotten."""
        self._expire(trace.at - self._length_s)
        slot = self._first + len(self._traces)
        self._make_room(trace.lead)
        self._leads[slot % len(self._leads)] = trace.lead
        self._moments[slot % len(self._leads)] = trace.at
        self._traces.append(trace)
        for key in trace.buckets.tolist():
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
        met = [self._by_lead[key] for key in trace.buckets.tolist() if key in self._by_lead]
        slots, counts = np.unique(
            np.concatenate(met) if met else np.empty(0, dtype=np.int64), return_counts=True
        )
        often = (counts >= COLLISIONS) & (slots >= self._first)
        slots, counts = slots[often], counts[often]
        nearest = slots[np.argsort(-counts, kind="stable")[:NEAREST]]
        by_fact = sorted(
            (slot for slot, weight in shared.items() if weight >= SHARED), key=shared.__getitem__
        )[-NEAREST:]
        near: NDArray[np.int64] = np.union1d(nearest, np.array(by_fact, dtype=np.int64))
        if not len(near):
            return near
        apart_s: NDArray[np.float64] = np.abs(self._moments[near % len(self._moments)] - trace.at)
        return near[apart_s <= self._length_s]

    def _make_room(self, lead: NDArray[np.int8]) -> None:
        size = len(self._leads)
        if len(self._traces) < size:
            return
        leads = np.zeros((max(1024, 2 * size), len(lead)), dtype=np.int8)
        moments = np.zeros(len(leads))
        for slot in range(self._first, self._first + len(self._traces)):
            leads[slot % len(leads)] = self._leads[slot % size]
            moments[slot % len(leads)] = self._moments[slot % size]
        self._leads, self._moments = leads, moments

    def _expire(self, before: float) -> None:
        while self._traces and self._traces[0].at < before:
            gone = self._traces.popleft()
            self._first += 1
            _forget(self._by_lead, gone.buckets.tolist(), self._first)
            _forget(self._by_fact, gone.facts.tolist(), self._first)


def _is_abroad(one: Trace, other: Trace) -> bool:
    return bool(one.language and other.language) and (one.language or "")[:2] != (other.language or "")[:2]


def _make_slots() -> array[int]:
    """Of eight bytes each; lists take 36, and 100,000 tellings have six million slots."""
    return array("q")


def _forget(postings: defaultdict[int, array[int]], keys: Sequence[int], first: int) -> None:
    for key in keys:
        slots = postings.get(key)
        while slots and slots[0] < first:
            slots.pop(0)
        if slots is not None and not slots:
            del postings[key]
