"""Cursors: where the next page begins, signed, good for one query only."""

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
FINGERPRINT = (
    5  # bytes of a dispatch id; two of 1,000 shown and 100,000 found collide once in 10,000 searches
)
_MOMENT = 8  # bytes


@dataclass(frozen=True, slots=True)
class After:
    """Newest first: the page begins after this hit."""

    last_changed: int
    id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """By relevance: what was shown is left out. Scores move with every document written; what was shown does not."""

    fingerprints: frozenset[bytes]

    def has(self, dispatch_id: str) -> bool:
        """Whether a dispatch was shown."""
        return bool(self.fingerprints) and fingerprint(dispatch_id) in self.fingerprints


def fingerprint(dispatch_id: str) -> bytes:
    """A short hash of an id."""
    return hashlib.blake2b(dispatch_id.encode(), digest_size=FINGERPRINT).digest()


def write_cursor(position: After | Shown, query: SearchQuery, secret: bytes) -> str:
    """A cursor for the page after `position` of this query."""
    if isinstance(position, After):
        payload = b"n" + position.last_changed.to_bytes(_MOMENT, signed=True) + position.id.encode()
    else:
        payload = b"r" + b"".join(sorted(position.fingerprints))
    signed = payload + _sign(payload, query, secret)
    return urlsafe_b64encode(signed).rstrip(b"=").decode()


def read_cursor(cursor: str, query: SearchQuery, secret: bytes) -> After | Shown:
    """What a cursor of this query says.

    Raises:
        QueryError: not a cursor, changed by someone, or of another query.
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
    parts = (rest[start : start + FINGERPRINT] for start in range(0, len(rest), FINGERPRINT))
    return Shown(frozenset(parts))


def _sign(payload: bytes, query: SearchQuery, secret: bytes) -> bytes:
    # how a page is shown may change between pages, what is searched may not
    same = replace(query, cursor=None, offset=0, limit=1, facets=(), timezone="UTC", highlight=True)
    return hmac.digest(secret, payload + b"\0" + repr(same).encode("utf-8", "surrogatepass"), "sha256")[
        :SIGNATURE
    ]
