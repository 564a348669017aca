"""The dispatches of versions, kept from batch to batch while no other process changes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.store.memberships import follow_dispatch, read_dispatch_refs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from copytaster.store.memberships import DispatchRef

ROOM = 65_536  # versions; about 200 bytes each


class DispatchCache:
    """Version -> dispatch and founder, read from the store once.

    Every move of a version gives its dispatch a change number. While the newest number is the one that this process
    wrote last, the cache is valid.

    Args:
        room: how many versions are kept from batch to batch.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._change: int | None = None
        self._places: dict[int, str] = {}
        self._dispatches: dict[str, DispatchRef] = {}

    def begin(self, change: int) -> None:
        """Begin a batch under the lock; clear the cache unless the newest change number is that of `end`."""
        if change != self._change or len(self._places) > self._room:
            self.clear()

    def end(self, change: int) -> None:
        """End the batch; `change` is the newest change number now."""
        self._change = change

    def clear(self) -> None:
        """Drop everything: versions were moved, or a batch was not committed."""
        self._change = None
        self._places.clear()
        self._dispatches.clear()

    def find(self, connection: Connection, ids: Iterable[int]) -> dict[int, DispatchRef]:
        """The dispatches of versions; unknown ids are left out."""
        wanted = list(ids)
        unknown = [version for version in wanted if version not in self._places]
        if unknown:
            for version, place in read_dispatch_refs(connection, unknown).items():
                self.put(version, place)
        return {
            version: self._dispatches[self._places[version]] for version in wanted if version in self._places
        }

    def find_dispatch(self, connection: Connection, dispatch_id: str) -> DispatchRef:
        """The dispatch itself and its founder, or what it was merged into."""
        if dispatch_id not in self._dispatches:
            self._dispatches[dispatch_id] = follow_dispatch(connection, dispatch_id)
        return self._dispatches[dispatch_id]

    def put(self, version: int, place: DispatchRef) -> None:
        """Keep the dispatch of a version."""
        self._places[version] = place.dispatch_id
        self._dispatches[place.dispatch_id] = place

    def begin_with(self, place: DispatchRef) -> None:
        """Keep another founder of a dispatch."""
        self._dispatches[place.dispatch_id] = place

    def move(self, versions: Iterable[int], emptied: str, place: DispatchRef) -> None:
        """Move all versions of a dispatch to another one."""
        for version in versions:
            self.put(version, place)
        self._dispatches[emptied] = place
