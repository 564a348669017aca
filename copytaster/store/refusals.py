"""The refusals table: pages and entries that gave no story, read, changed and removed. `intake.refuse` adds them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.masking.text import mask_secrets
from copytaster.store.intake import DETAIL_LENGTH
from copytaster.store.left_counts import count_left, read_left
from copytaster.store.tables import raw_pages, refusals

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Refusal:
    """One page or entry that gave no story; `raw_page_id` and `bytes` are None where the store has no raw page."""

    id: int
    source: str
    url: str
    reason: str
    detail: str
    at: datetime
    run_id: int | None
    raw_page_id: int | None
    bytes: int | None


_COLUMNS = tuple(refusals.c[name] for name in Refusal.__slots__ if name != "bytes")
_READ = select(*_COLUMNS, raw_pages.c.bytes).outerjoin(raw_pages, raw_pages.c.id == refusals.c.raw_page_id)


def list_refusals(connection: Connection, *, source: str | None = None, limit: int = 100) -> list[Refusal]:
    """Refusals, the newest first, of one source or of all."""
    query = _READ.order_by(refusals.c.id.desc()).limit(limit)
    if source is not None:
        query = query.where(refusals.c.source == source)
    return [Refusal(**row) for row in connection.execute(query).mappings()]


def list_replayable(
    connection: Connection,
    *,
    after: int,
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    limit: int,
) -> list[Refusal]:
    """The next refusals after an id whose raw page is named, of a period and of one source or all; in order."""
    query = _READ.where(refusals.c.id > after, refusals.c.raw_page_id.is_not(None)).order_by(refusals.c.id)
    if since is not None:
        query = query.where(refusals.c.at >= since)
    if until is not None:
        query = query.where(refusals.c.at < until)
    if source is not None:
        query = query.where(refusals.c.source == source)
    return [Refusal(**row) for row in connection.execute(query.limit(limit)).mappings()]


def read_refusal(connection: Connection, refusal_id: int) -> Refusal | None:
    """One refusal by its id."""
    row = connection.execute(_READ.where(refusals.c.id == refusal_id)).mappings().one_or_none()
    return None if row is None else Refusal(**row)


def change_reason(connection: Connection, refusal_id: int, *, reason: str, detail: str) -> None:
    """Replace why a page gave no story, after another try failed; `detail` is cut to DETAIL_LENGTH characters."""
    _count_out(connection, refusal_id)
    chosen = refusals.update().where(refusals.c.id == refusal_id)
    connection.execute(chosen.values(reason=reason, detail=mask_secrets(detail)[:DETAIL_LENGTH]))


def remove_refusal(connection: Connection, refusal_id: int) -> None:
    """Delete a refusal whose page gave a story after all."""
    _count_out(connection, refusal_id)
    connection.execute(refusals.delete().where(refusals.c.id == refusal_id))


def _count_out(connection: Connection, refusal_id: int) -> None:
    """Count a refusal that is about to lose its reason, so that the counter of that reason does not fall."""
    reason = connection.scalar(select(refusals.c.reason).where(refusals.c.id == refusal_id))
    if reason is not None:
        count_left(connection, "refusals", {reason: 1})


def count_replayable(connection: Connection) -> int:
    """Refusals whose raw page the store keeps."""
    return connection.scalar(select(func.count()).where(refusals.c.raw_page_id.is_not(None))) or 0


def count_by_reason(connection: Connection) -> dict[str, int]:
    """Refusals by reason."""
    rows = connection.execute(
        select(refusals.c.reason, func.count().label("number")).group_by(refusals.c.reason)
    )
    return {row.reason: row.number for row in rows}


def count_ever(connection: Connection) -> dict[str, int]:
    """Refusals by reason, those too that have left or have another reason now: no number ever falls."""
    return dict(Counter(count_by_reason(connection)) + Counter(read_left(connection, "refusals")))
