"""A rehearsal: what a decision would do, done in a transaction that is taken back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from copytaster.store.engine import Store


class Rehearsal:
    """Stands in for a store while a decision is tried: all its transactions are one, which is never committed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one transaction."""
        yield self._connection

    read = write


@contextmanager
def rehearse(store: Store) -> Iterator[Rehearsal]:
    """Try decisions out. Others wait for the write lock meanwhile; at the end nothing has happened.

    Raises:
        BusyError: another process held the write lock for the whole waiting time.
        StoreError: the store cannot be read or written.
    """
    with store.write() as connection:
        trial = connection.begin_nested()
        try:
            yield Rehearsal(connection)
        finally:
            trial.rollback()
