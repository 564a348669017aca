"""The digest of each document that the index holds, kept in the transaction that takes the dispatch off the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from copytaster.store.tables import dispatches, outbox, seals
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

KIND = "documents"
CHUNK = 500  # ids a statement


def keep_digests(connection: Connection, digests: Mapping[str, bytes], *, changes: Mapping[str, int]) -> None:
    """Store the digests of the documents (dispatch id -> digest) that the index holds of these changes.

    A dispatch that changed since is left out: whoever writes its newer document stores that one's digest.
    """
    names = list(digests)
    rows = []
    for start in range(0, len(names), CHUNK):
        chosen = select(dispatches.c.id, dispatches.c.change)
        chosen = chosen.where(dispatches.c.id.in_(names[start : start + CHUNK]))
        rows += [
            {"kind": KIND, "key": row.id, "digest": digests[row.id]}
            for row in connection.execute(chosen)
            if row.change == changes[row.id]
        ]
    if rows:
        connection.execute(insert_or_update(connection, seals, update=["digest"]), rows)


def read_settled(connection: Connection, dispatch_ids: Sequence[str]) -> dict[str, bytes | None]:
    """Dispatch -> digest of its document, None if not yet known; those that wait in the outbox are left out."""
    queued = set(
        connection.scalars(select(outbox.c.dispatch_id).where(outbox.c.dispatch_id.in_(dispatch_ids)))
    )
    chosen = select(seals.c.key, seals.c.digest).where(seals.c.kind == KIND, seals.c.key.in_(dispatch_ids))
    known = {row.key: row.digest for row in connection.execute(chosen)}
    return {name: known.get(name) for name in dispatch_ids if name not in queued}


def forget_digests(connection: Connection, dispatch_ids: Sequence[str] | None = None) -> None:
    """Forget the digests of these documents, or of all: the next scrub compares them with the store."""
    chosen = delete(seals).where(seals.c.kind == KIND)
    if dispatch_ids is not None:
        chosen = chosen.where(seals.c.key.in_(dispatch_ids))
    connection.execute(chosen)
