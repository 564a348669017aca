"""What retention took out, kept whole until its grace period is over."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import zstandard
from sqlalchemy import LargeBinary, delete, func, select

from copytaster.store.moment import Moment
from copytaster.store.tables import gone, metadata, removals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from copytaster.store.removals import Rows


@dataclass(frozen=True, slots=True)
class Removal:
    """One removal by retention that can still be undone; `bytes` is what it takes on the disk."""

    id: int
    dispatch_id: str
    rule: str
    at: datetime
    purge_at: datetime
    bytes: int


_REMOVAL = (*(removals.c[name] for name in ("id", "dispatch_id", "rule", "at", "purge_at")),)


def open_removal(
    connection: Connection, dispatch_id: str, *, rule: str, at: datetime, purge_at: datetime
) -> int:
    """Begin a removal; `keep_rows` completes it in the same transaction. Returns its id."""
    row = {"dispatch_id": dispatch_id, "rule": rule, "at": at, "purge_at": purge_at, "content": b""}
    return int(connection.execute(removals.insert().values(row).returning(removals.c.id)).scalar_one())


def keep_rows(connection: Connection, removal_id: int, rows: Rows) -> None:
    """Keep the rows that a removal took out."""
    chosen = removals.update().where(removals.c.id == removal_id)
    connection.execute(chosen.values(content=_pack(rows)))


def read_rows(connection: Connection, removal_id: int) -> Rows:
    """The rows that a removal took out."""
    return _unpack(
        connection.execute(select(removals.c.content).where(removals.c.id == removal_id)).scalar_one()
    )


def list_removals(
    connection: Connection, *, dispatch_id: str | None = None, limit: int = 100
) -> list[Removal]:
    """Removals that can be undone, newest first; of one dispatch, under whatever id led to it."""
    query = select(*_REMOVAL, func.length(removals.c.content).label("bytes"))
    if dispatch_id is not None:
        named = select(gone.c.removal_id).where(gone.c.key == dispatch_id)
        query = query.where((removals.c.dispatch_id == dispatch_id) | removals.c.id.in_(named))
    rows = connection.execute(query.order_by(removals.c.id.desc()).limit(limit)).mappings()
    return [Removal(**row) for row in rows]


def list_ids(connection: Connection) -> list[int]:
    """Every removal that can be undone."""
    return list(connection.scalars(select(removals.c.id).order_by(removals.c.id)))


def drop_removal(connection: Connection, removal_id: int) -> None:
    """Forget a removal: it was undone, or what it took out must not come back."""
    connection.execute(delete(gone).where(gone.c.removal_id == removal_id))
    connection.execute(delete(removals).where(removals.c.id == removal_id))


def purge(connection: Connection, *, now: datetime, limit: int) -> int:
    """Delete removals whose grace period is over, at most `limit`; returns how many."""
    due = select(removals.c.id).where(removals.c.purge_at <= now).order_by(removals.c.id).limit(limit)
    ids = list(connection.scalars(due))
    for removal_id in ids:
        drop_removal(connection, removal_id)
    return len(ids)


def count_over(connection: Connection, *, now: datetime) -> int:
    """How many removals have no grace period any longer."""
    return connection.scalar(select(func.count()).where(removals.c.purge_at <= now)) or 0


def _pack(rows: Rows) -> bytes:
    plain = {
        name: [{column: _to_plain(value) for column, value in row.items()} for row in listed]
        for name, listed in rows.items()
    }
    return zstandard.compress(json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass"), 3)


def _to_plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _unpack(content: bytes) -> Rows:
    plain: Rows = json.loads(zstandard.decompress(content).decode("utf-8", "surrogatepass"))
    return {name: _restore(name, listed) for name, listed in plain.items()}


def _restore(name: str, listed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    types = {column.name: column.type for column in metadata.tables[name].columns}
    return [
        {column: _from_plain(value, types[column]) for column, value in row.items() if column in types}
        for row in listed
    ]


def _from_plain(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if isinstance(kind, Moment) else value
