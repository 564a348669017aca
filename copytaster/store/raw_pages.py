"""Raw pages: what was fetched or handed over, compressed, with its headers. Each once, however often it comes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import zstandard
from sqlalchemy import bindparam, select

from copytaster.errors import NotFoundError
from copytaster.store.numbering import next_id
from copytaster.store.tables import raw_pages, versions
from copytaster.values import RawPage

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

ZSTD_LEVEL = 3
_ADD_PAGE = raw_pages.insert().returning(raw_pages.c.id)
_FIND_PAGE = (
    select(raw_pages.c.id)
    .where(raw_pages.c.sha256 == bindparam("sha256"), raw_pages.c.url == bindparam("url"))
    .limit(1)
)


def keep_raw_page(connection: Connection, page: RawPage) -> int:
    """Keep a page's bytes, once for each address and content; returns its id."""
    sha256 = hashlib.sha256(page.body).hexdigest()
    known = connection.scalar(_FIND_PAGE, {"sha256": sha256, "url": page.url})
    if known is not None:
        return int(known)
    values = {
        "sha256": sha256,
        "url": page.url,
        "fetched_at": page.fetched_at,
        "status": page.status,
        "headers": [list(pair) for pair in page.headers],
        "bytes": len(page.body),
        "body": zstandard.compress(page.body, ZSTD_LEVEL),
        **next_id(connection, raw_pages),
    }
    return int(connection.execute(_ADD_PAGE, values).scalar_one())


def read_raw_page(connection: Connection, raw_page_id: int) -> RawPage:
    """A kept page with its bytes as received.

    Raises:
        NotFoundError: no page has this id, its bytes left by retention, or they do not match their digest.
    """
    row = connection.execute(select(raw_pages).where(raw_pages.c.id == raw_page_id)).one_or_none()
    if row is None:
        raise NotFoundError("no such raw page", resource=f"raw page {raw_page_id}")
    if row.removed_at is not None:
        raise NotFoundError(
            f"its bytes left the store on {row.removed_at:%Y-%m-%d}", resource=f"raw page {raw_page_id}"
        )
    body = _unpack(row)
    if body is None:
        raise NotFoundError(
            "its bytes are not those that were kept",
            resource=f"raw page {raw_page_id}",
            hint="restore it from a backup",
        )
    headers = tuple((name, value) for name, value in row.headers)
    return RawPage(row.url, body, row.fetched_at, row.status, headers)


def read_page_headers(connection: Connection, version_id: int) -> list[tuple[str, str]]:
    """The headers of the page or file that gave a version; none once it was removed."""
    query = select(raw_pages.c.headers).join(versions, versions.c.raw_page_id == raw_pages.c.id)
    found = connection.scalar(query.where(versions.c.id == version_id))
    return [(name, value) for name, value in found or ()]


def list_raw_pages(connection: Connection, *, after: int, limit: int) -> list[int]:
    """The next raw pages after an id that have their bytes."""
    query = (
        select(raw_pages.c.id)
        .where(raw_pages.c.id > after, raw_pages.c.removed_at.is_(None))
        .order_by(raw_pages.c.id)
        .limit(limit)
    )
    return list(connection.scalars(query))


def is_whole_page(connection: Connection, raw_page_id: int) -> bool:
    """True if a page's bytes match their digest."""
    return (
        _unpack(connection.execute(select(raw_pages).where(raw_pages.c.id == raw_page_id)).one()) is not None
    )


def _unpack(row: Any) -> bytes | None:
    """The bytes of a raw page as received; None if they are not those that were kept."""
    try:
        body = zstandard.decompress(row.body, max_output_size=row.bytes)
    except zstandard.ZstdError:
        return None
    return body if hashlib.sha256(body).hexdigest() == row.sha256 else None
