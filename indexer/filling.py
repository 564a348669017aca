"""A flag in the store, "the index is being filled": while it is set, the index lacks dispatches, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.store import outbox
from copytaster.store.dispatches import count_dispatches
from copytaster.store.installation import drop_fact, keep_fact, read_fact

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.engine import Store

FLAG = "index_filling"  # its name in every store


def begin_filling(connection: Connection) -> int:
    """Queue every dispatch for a new index, and set the flag; returns how many are queued."""
    queued = outbox.enqueue_since(connection, 0, at=datetime.now(UTC))
    if queued:
        keep_fact(connection, FLAG, "1")
    return queued


@dataclass(frozen=True, slots=True)
class Filling:
    """How far an index is filled: dispatches that wait for it, of all."""

    waiting: int
    total: int

    def __str__(self) -> str:
        return f"{max(0, self.total - self.waiting)} of {self.total}"


def read_filling(connection: Connection) -> Filling | None:
    """How far the index is filled; None unless it is being filled."""
    if not is_filling(connection) or not (waiting := outbox.read_backlog(connection).waiting):
        return None
    return Filling(waiting, count_dispatches(connection))


def is_filling(connection: Connection) -> bool:
    """True until everything that waited for a new index was written to it."""
    return read_fact(connection, FLAG) is not None


def end_filling(store: Store) -> None:
    """Clear the flag if nothing waits in any part of the outbox."""
    with store.read() as connection:
        if not is_filling(connection) or outbox.read_backlog(connection).waiting:
            return
    with store.write() as connection:
        drop_fact(connection, FLAG)
