"""Copy under embargo: kept whole in a table of its own, where nothing searches, groups, compares or exports it.

Until its hour a story is no version, so that its text leaves by no door. `release_due` stores it as one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import zstandard
from sqlalchemy import func, select

from copytaster.errors import NotFoundError
from copytaster.store.tables import embargoes, stories
from copytaster.story_json import story_from_json
from copytaster.values import UNREADABLE_EMBARGO, RawPage, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from copytaster.values import ParsedStory

REASON = "embargoed"  # why an entry gave no story yet
RELEASED = "embargo-released"  # the warning of a story that somebody freed
_LEVEL = 3
BATCH = 500  # ids a statement
_FACTS = (
    "id",
    "source",
    "channel",
    "publisher",
    "family",
    "agency",
    "kind",
    "language",
    "until",
    "received_at",
)


@dataclass(frozen=True, slots=True)
class Embargo:
    """What may be shown of a story under embargo: who sent what sort of copy, and when it is free.

    `until` is None where the hour cannot be read: then somebody must release it, or its sender send it again.
    """

    id: int
    source: str
    channel: str
    publisher: str
    family: str | None
    agency: str | None
    kind: str | None
    language: str | None
    until: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HeldCopy:
    """A story under embargo with its text, for its release and for those who may read it."""

    facts: Embargo
    identity: str
    publisher_by_host: bool
    story: ParsedStory
    page: RawPage


def hold_story(
    connection: Connection,
    *,
    identity: str,
    page: RawPage,
    story: ParsedStory,
    source: str,
    channel: str,
    family: str | None,
    publisher_by_host: bool,
    now: datetime,
) -> None:
    """Keep a story under embargo; a newer version of it takes its place."""
    row = {
        "identity": identity,
        "source": source,
        "channel": channel,
        "publisher": story.publisher,
        "family": family,
        "publisher_by_host": publisher_by_host,
        "agency": story.credit.agency,
        "kind": story.kind,
        "language": story.language,
        "until": story.embargoed_until,
        "received_at": now,
        "story": _pack(to_json(story)),
        "page": _pack_page(page),
    }
    drop_hold(connection, identity)
    connection.execute(embargoes.insert().values(row))


def drop_hold(connection: Connection, identity: str) -> None:
    """Forget what is held of a story: its sender has sent it without an embargo since."""
    connection.execute(embargoes.delete().where(embargoes.c.identity == identity))


def list_embargoes(connection: Connection, *, limit: int = 1000) -> list[Embargo]:
    """What is under embargo, the next hour first; hours that cannot be read come first of all."""
    rows = connection.execute(
        select(*(embargoes.c[name] for name in _FACTS))
        .order_by(embargoes.c.until.is_not(None), embargoes.c.until, embargoes.c.id)
        .limit(limit)
    )
    return [Embargo(*row) for row in rows]


def list_embargoes_of(connection: Connection, story_ids: Sequence[int]) -> list[Embargo]:
    """What is held of these stories: newer versions of them, the next hour first."""
    held: list[Embargo] = []
    for start in range(0, len(story_ids), BATCH):
        chosen = stories.c.id.in_(story_ids[start : start + BATCH])
        joined = embargoes.join(stories, stories.c.identity == embargoes.c.identity)
        rows = connection.execute(
            select(*(embargoes.c[name] for name in _FACTS)).select_from(joined).where(chosen)
        )
        held += [Embargo(*row) for row in rows]
    return sorted(held, key=lambda one: (one.until is not None, one.until, one.id))


def count_embargoes(connection: Connection) -> int:
    """Stories under embargo."""
    return connection.scalar(select(func.count()).select_from(embargoes)) or 0


def read_held(connection: Connection, embargo_id: int) -> HeldCopy:
    """A story under embargo with its text. Show it only to whom its sender lets read it.

    Raises:
        NotFoundError: nothing is held under this id.
    """
    row = connection.execute(select(embargoes).where(embargoes.c.id == embargo_id)).one_or_none()
    if row is None:
        raise NotFoundError(
            "nothing is held under this id; it may be free since",
            resource=f"embargo {embargo_id}",
            hint="list ids with `copytaster embargo list`",
        )
    return _read(row)


def list_due(connection: Connection, now: datetime, *, limit: int = 100) -> list[HeldCopy]:
    """Held stories whose hour has come, the earliest first."""
    due = select(embargoes).where(embargoes.c.until <= now).order_by(embargoes.c.until).limit(limit)
    return [_read(row) for row in connection.execute(due)]


def next_hour(connection: Connection) -> datetime | None:
    """When the next story is free; None where none has a readable hour."""
    hour: datetime | None = connection.scalar(select(func.min(embargoes.c.until)))
    return hour


def _read(row: Any) -> HeldCopy:
    facts = Embargo(*(getattr(row, name) for name in _FACTS))
    story = story_from_json(_unpack(row.story))
    return HeldCopy(facts, row.identity, row.publisher_by_host, story, _unpack_page(row.page))


def free(story: ParsedStory) -> ParsedStory:
    """The story as it is stored once somebody has released it before its hour, or without one."""
    warnings = tuple(name for name in story.warnings if name != UNREADABLE_EMBARGO)
    return replace(story, embargoed_until=None, warnings=(*warnings, RELEASED))


def _pack(value: Any) -> bytes:
    return zstandard.compress(json.dumps(value, separators=(",", ":")).encode(), _LEVEL)


def _unpack(packed: bytes) -> Any:
    return json.loads(zstandard.ZstdDecompressor().decompressobj().decompress(packed))


def _pack_page(page: RawPage) -> bytes:
    head = [page.url, page.fetched_at.astimezone(UTC).isoformat(), page.status, list(page.headers)]
    text = json.dumps(head).encode()
    return zstandard.compress(len(text).to_bytes(4, "big") + text + page.body, _LEVEL)


def _unpack_page(packed: bytes) -> RawPage:
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    size = int.from_bytes(plain[:4], "big")
    url, fetched_at, status, headers = json.loads(plain[4 : 4 + size])
    pairs = tuple((name, value) for name, value in headers)
    return RawPage(url, plain[4 + size :], datetime.fromisoformat(fetched_at), status, pairs)
