"""A search index that several processes write, in tables beside the store: it notes who wrote and who settled which change.

It has what a search server has: an older document never replaces a newer one. Run as a program it is `copytaster` with
this index; `UNSHARED` as the first argument lets each process write the whole outbox.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import text

import indexer.drain
import newsdesk.service
from copytaster.process_id import this_process
from copytaster.store import outbox
from indexer.port import IndexMark, IndexState, ItemResult, WriteOutcome
from newsdesk.cli import main
from newsdesk.outbox_shares import OutboxShares

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.outbox import OutboxRow
    from indexer.port import IndexAction
    from settings import Settings

UNSHARED = "--unshared"
BATCH = 4  # documents: so that faults fall between and within many of them
WRITE_S = 0.1  # that a batch takes
TABLES = """
    CREATE TABLE trial_documents (id text PRIMARY KEY, version bigint NOT NULL);
    CREATE TABLE trial_settled (id text NOT NULL, version bigint NOT NULL, holder text NOT NULL);
"""
_WRITE = """
    INSERT INTO trial_documents VALUES (%s, %s)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE trial_documents.version < excluded.version
"""
_SETTLE = text("INSERT INTO trial_settled VALUES (:id, :version, :holder)")


class NotedIndex:
    """As far as the service needs an index to write."""

    claimed: IndexMark | None = None
    written = 0
    find_delay_s = 0.0
    lanes = 1

    def __init__(self, store_url: str) -> None:
        self._url = store_url.replace("+psycopg", "")

    def close(self) -> None:
        """Nothing stays open."""

    def exists(self) -> bool:
        """The trial made it."""
        return True

    def read_state(self, *, refresh: bool = False) -> IndexState:
        """Nothing that the store does not know."""
        del refresh
        return IndexState(0, self.claimed)

    def read_identity(self) -> None:
        """It cannot say."""

    def claim(self, mark: IndexMark) -> None:
        """Every process is of one store."""
        self.claimed = mark

    def remove(self, versions: Mapping[str, int]) -> None:
        """No dispatch leaves in the trial."""

    def refresh(self) -> None:
        """Nothing to do."""

    def write(self, actions: Iterable[IndexAction], *, refresh: bool = True) -> WriteOutcome:
        """Write what is newer, after a while."""
        del refresh
        found = [(action.id, action.version) for action in actions]
        time.sleep(WRITE_S)
        with psycopg.connect(self._url) as connection, connection.cursor() as cursor:
            cursor.executemany(_WRITE, found)
        self.written = max((version for _, version in found), default=self.written)
        return WriteOutcome(tuple(ItemResult(name, "done") for name, _ in found))


def _note_settled(connection: Connection, written: Sequence[tuple[OutboxRow, int]]) -> None:
    rows = [{"id": row.dispatch_id, "version": version, "holder": this_process()} for row, version in written]
    if rows:
        connection.execute(_SETTLE, rows)
    _remove(connection, written)


_remove = outbox.remove_all_written


def _replace(place: Any, **by: Any) -> None:
    for name, value in by.items():
        setattr(place, name, value)


def _open(settings: Settings) -> NotedIndex:
    return NotedIndex(settings.store_url)


def read_faults(url: str) -> Iterator[tuple[str, int]]:
    """What the tables say is wrong, with how often: `lost`, or `doubled` (settled twice)."""
    lost = "SELECT count(*) FROM dispatches d LEFT JOIN trial_documents t USING (id) WHERE t.version IS DISTINCT FROM d.change"
    doubled = (
        "SELECT count(*) FROM (SELECT 1 FROM trial_settled GROUP BY id, version HAVING count(*) > 1) twice"
    )
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for name, query in (("lost", lost), ("doubled", doubled)):
            row = connection.execute(query).fetchone()
            yield name, row[0] if row else 0


if __name__ == "__main__":
    _replace(newsdesk.service, open_index=_open)
    _replace(outbox, remove_all_written=_note_settled)
    _replace(indexer.drain, BATCH=BATCH)
    if sys.argv[1] == UNSHARED:
        del sys.argv[1]
        _replace(
            OutboxShares,
            write=lambda _self, work, should_end: work(should_end, None),
            confirm=lambda _self, _connection: None,
        )
    main()
