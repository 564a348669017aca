"""Cursors: where the next page begins, signed, valid for one query only."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from copytaster.errors import QueryError

if TYPE_CHECKING:
    from indexer.search import SearchQuery

SIGNATURE = 16  # bytes
# Bytes of a hashed id. With 1,000 hits shown of 100,000 found, one search in 10,000 has a collision.
HASHED_ID = 5
_MOMENT = 8  # bytes


@dataclass(frozen=True, slots=True)
class After:
    """Newest first: the page begins after this hit; `news_at` in the adapter's unit of time."""

    news_at: int
    id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """By relevance: the page leaves out the hits shown before. Scores move with every document written, ids do not."""

    hashes: frozenset[bytes]

    def has(self, dispatch_id: str) -> bool:
        """True if an earlier page showed the dispatch."""
        return bool(self.hashes) and hash_id(dispatch_id) in self.hashes


def hash_id(dispatch_id: str) -> bytes:
    """A hash of five bytes."""
    return hashlib.blake2b(dispatch_id.encode(), digest_size=HASHED_ID).digest()


def encode_cursor(position: After | Shown, query: SearchQuery, secret: bytes) -> str:
    """The cursor of the page at `position` of this query."""
    if isinstance(position, After):
        payload = b"n" + position.news_at.to_bytes(_MOMENT, signed=True) + position.id.encode()
    else:
        payload = b"r" + b"".join(sorted(position.hashes))
    signed = payload + _sign(payload, query, secret)
    return urlsafe_b64encode(signed).rstrip(b"=").decode()


def decode_cursor(cursor: str, query: SearchQuery, secret: bytes) -> After | Shown:
    """The position in a cursor of this query.

    Raises:
        QueryError: not a cursor, altered, or of another query.
    """
    try:
        signed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError:
        signed = b""
    payload, signature = signed[:-SIGNATURE], signed[-SIGNATURE:]
    if not payload or not hmac.compare_digest(signature, _sign(payload, query, secret)):
        raise QueryError("not a cursor of this search", resource="cursor", hint="begin at the first page")
    kind, rest = payload[:1], payload[1:]
    if kind == b"n":
        return After(int.from_bytes(rest[:_MOMENT], signed=True), rest[_MOMENT:].decode())
    return Shown(frozenset(rest[start : start + HASHED_ID] for start in range(0, len(rest), HASHED_ID)))


def _sign(payload: bytes, query: SearchQuery, secret: bytes) -> bytes:
    # a reader may change how pages look on the way, not what they list; ids come from marks, which people set meanwhile
    same = replace(query, cursor=None, offset=0, limit=1, facets=(), timezone="UTC", highlight=True)
    same = replace(same, ids=None, without_ids=())
    if same.moving:
        same = replace(same, since=None, until=None)
    return hmac.digest(secret, payload + b"\0" + repr(same).encode("utf-8", "surrogatepass"), "sha256")[
        :SIGNATURE
    ]
