"""The versions that grouping used last, in memory. The store is the record; an empty cache gives the same decisions."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from copytaster.store.readings import find_newest, list_since
from copytaster.store.versions import read_grouped
from dedup.cache.dispatch_cache import DispatchCache
from dedup.cache.known_version import Known, kinds_of, place_in_time
from dedup.similarity.score import Reading
from dedup.similarity.weights import FULL
from dedup.text.subject import read_subject
from dedup.text.words import read_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from copytaster.store.versions import StoredVersion

VERSIONS = 8192  # about 10 kB each


class VersionCache:
    """The versions used last; `get` reads others from the store.

    Args:
        room: how many versions are kept.
    """

    def __init__(self, room: int = VERSIONS) -> None:
        self.dispatches = DispatchCache()
        self._room = room
        self._known: OrderedDict[int, Known] = OrderedDict()
        self._reading: int | None = None  # the newest reading that the cache knows of

    def catch_up(self, connection: Connection) -> None:
        """Drop the versions that were read again since the last call: another process has given them other texts."""
        if self._reading is None:
            self._known.clear()
            self._reading = find_newest(connection)
        else:
            self._reading, again = list_since(connection, self._reading)
            for version in again:
                self._known.pop(version, None)

    def put(self, known: Known) -> None:
        """Keep a version, at least until `trim`."""
        self._known[known.version.id] = known
        self._known.move_to_end(known.version.id)

    def trim(self) -> None:
        """Drop the versions used longest ago, as far as there is no room for them."""
        while len(self._known) > self._room:
            self._known.popitem(last=False)

    def get(self, connection: Connection, ids: Iterable[int]) -> dict[int, Known]:
        """These versions; each has been grouped."""
        kept, found, missing = self._known, dict[int, Known](), []
        for version in ids:
            known = kept.get(version)
            if known is None:
                missing.append(version)
            else:
                found[version] = known
                kept.move_to_end(version)
        for stored in read_grouped(connection, missing) if missing else ():
            found[stored.id] = known = _recall(stored)
            self.put(known)
        return found

    def clear(self) -> None:
        """Drop everything: a transaction failed, so its versions may not be in the store."""
        self._known.clear()
        self.dispatches.clear()


def _recall(stored: StoredVersion) -> Known:
    text, weights = read_words(stored.body), np.frombuffer(stored.weights or b"", dtype=np.uint8)
    if len(weights) != len(text):  # an older tokenizer read its words
        weights = np.full(len(text), FULL, dtype=np.uint8)
    kept = weights > 0
    at = stored.at or place_in_time(stored)
    own = text.only(kept)
    subject = read_subject(stored.headline, stored.body, own)
    reading = Reading(stored.id, own, weights[kept], at.timestamp(), subject)
    return Known(stored, reading, kinds_of(stored.markers))
