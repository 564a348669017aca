"""Versions at hand: what grouping has read of them lately. The store is the record; a cold shelf gives the same verdicts."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from copytaster.store.grouping import read_grouped
from dedup.places import Places
from dedup.score import Reading
from dedup.text import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.grouping import StoredVersion

VERSIONS = 8192  # about 10 kB each
_LATE = timedelta(minutes=15)  # so far a publisher's clock may run ahead of ours
_FIRST_YEAR = 1980  # dates before it are clocks that were never set
_REVISIONS = frozenset(
    {"update", "corrected", "refile", "repeat", "lead", "writethru", "alert", "withdrawn", "kill"}
)
NOTICES = frozenset({"withdrawn", "kill"})


@dataclass(frozen=True, slots=True)
class Known:
    """A version with its text read, as it was weighed on arrival."""

    version: StoredVersion
    reading: Reading
    kinds: frozenset[str]

    @property
    def wrapup(self) -> bool:
        """It joins several stories."""
        return "wrapup" in self.kinds

    @property
    def revision(self) -> bool:
        """It says of itself that it is a newer version of something."""
        return bool(self.kinds & _REVISIONS)

    @property
    def notice(self) -> bool:
        """It takes a story down."""
        return bool(self.kinds & NOTICES)


def kinds_of(markers: Iterable[object]) -> frozenset[str]:
    """The kinds of a stored headline's markers."""
    return frozenset(
        str(marker["kind"]) for marker in markers if isinstance(marker, dict) and "kind" in marker
    )


def place_in_time(version: StoredVersion) -> datetime:
    """When a version stands in the window: published, or first seen where that date cannot be true."""
    published, seen = version.published_at, version.seen_at
    if published is None or published > seen + _LATE or published.year < _FIRST_YEAR:
        return seen
    return min(published, seen)


class Shelf:
    """The versions used last, others read from the store when asked for.

    Args:
        room: how many are kept at hand.
    """

    def __init__(self, room: int = VERSIONS) -> None:
        self.places = Places()
        self._room = room
        self._known: OrderedDict[int, Known] = OrderedDict()

    def put(self, known: Known) -> None:
        """Keep a version at hand, at least until `trim`."""
        self._known[known.version.id] = known
        self._known.move_to_end(known.version.id)

    def trim(self) -> None:
        """Let go of those used longest ago."""
        while len(self._known) > self._room:
            self._known.popitem(last=False)

    def get(self, connection: Connection, ids: Iterable[int]) -> dict[int, Known]:
        """These versions; each has been grouped."""
        wanted = list(ids)
        missing = [version for version in wanted if version not in self._known]
        found = {version: self._known[version] for version in wanted if version in self._known}
        for stored in read_grouped(connection, missing):
            found[stored.id] = _recall(stored)
        for known in found.values():
            self.put(known)
        return found

    def clear(self) -> None:
        """Forget all: what was weighed in a transaction that failed may never have been."""
        self._known.clear()
        self.places.clear()


def _recall(stored: StoredVersion) -> Known:
    weights = np.frombuffer(stored.weights or b"", dtype=np.uint8)
    kept = weights > 0
    at = stored.at or place_in_time(stored)
    reading = Reading(stored.id, read_text(stored.body).only(kept), weights[kept], at.timestamp())
    return Known(stored, reading, kinds_of(stored.markers))
