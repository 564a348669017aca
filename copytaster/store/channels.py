"""One story of one publisher that comes through several channels: found by its text, listed, shown by the best copy.

Every function works inside the caller's transaction; those that write, in a write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from copytaster.identity import hash_of
from copytaster.same_text import is_one_copy, letters_of
from copytaster.store.find_story import Found, list_identities
from copytaster.store.revisions import mark_stale
from copytaster.store.tables import channel_keys, stories, story_channels, versions
from copytaster.store.upsert import insert_or_ignore, insert_or_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.values import ParsedStory

FOLD_WITHIN = timedelta(hours=48)  # between two channels of one story
MOST_ALIKE = 20  # stories of one key that are compared
_OPENING = 160  # letters of a text's opening
_LEAST = 200  # letters of a text by which a story is found
_PARTIAL = "partial"
_RANKS = {"wire-format": 2, "feed": 0}  # by extractor; a page has 1
_BATCH = 500
_TEXT = (
    select(stories.c.id, stories.c.identity, stories.c.url, versions.c.headline, versions.c.body)
    .select_from(stories)
    .join(versions, (versions.c.story_id == stories.c.id) & (versions.c.number == stories.c.version_count))
)


@dataclass(frozen=True, slots=True)
class StoryChannel:
    """A channel through which a story came; `shown` is true if its last text is a version of the story."""

    story_id: int
    source: str
    channel: str
    url: str
    first_seen_at: datetime
    last_seen_at: datetime
    shown: bool


def find_folded(
    connection: Connection, found: Found, story: ParsedStory, *, source: str, now: datetime
) -> Found | None:
    """The publisher's story that copy without one of its own belongs to: known by an earlier coming, or by its text."""
    mine = story_channels.c.identity.in_([found.identity, *list_identities(story)])
    known = select(story_channels.c.story_id).where(mine, story_channels.c.source == source)
    row = connection.execute(
        _TEXT.where(stories.c.id.in_(known), stories.c.publisher == story.publisher)
    ).first()
    if row is None:
        row = _find_by_text(connection, story, source=source, now=now)
    return None if row is None else Found(row.id, row.identity, row.url)


def _find_by_text(connection: Connection, story: ParsedStory, *, source: str, now: datetime) -> Any:
    """The story of another source that the same copy gave, the one with the most of its text first."""
    keys = _keys_of(story)
    named = select(channel_keys.c.story_id).where(
        channel_keys.c.key.in_(keys), channel_keys.c.at > now - FOLD_WITHIN
    )
    own = select(story_channels.c.story_id).where(story_channels.c.source == source)
    query = _TEXT.where(
        stories.c.id.in_(named),
        stories.c.publisher == story.publisher,
        stories.c.source != source,  # two items of one source are two stories
        stories.c.id.not_in(own),
    )
    rows = connection.execute(query.order_by(stories.c.id.desc()).limit(MOST_ALIKE)).all() if keys else []
    return next((row for row in rows if is_one_copy(row.body, story.body)), None)


def _keys_of(story: ParsedStory) -> list[str]:
    letters = letters_of(story.body)
    if len(letters) < _LEAST:
        return []
    headline = letters_of(story.headline)
    keys = [hash_of(("opening", story.publisher, letters[:_OPENING]))]
    return [*keys, hash_of(("headline", story.publisher, headline))] if headline else keys


def add_keys(connection: Connection, story_id: int, story: ParsedStory, now: datetime) -> None:
    """Let copy of other channels find a new story for some days; those of before are forgotten."""
    connection.execute(delete(channel_keys).where(channel_keys.c.at < now - FOLD_WITHIN))
    rows = [{"key": key, "story_id": story_id, "at": now} for key in _keys_of(story)]
    if rows:
        connection.execute(insert_or_ignore(connection, channel_keys, rows))


def note_channel(
    connection: Connection,
    story_id: int,
    *,
    source: str,
    channel: str,
    identity: str,
    url: str,
    now: datetime,
    shown: bool,
) -> None:
    """Note that a story came through this source; its dispatches get a new revision where that is news."""
    first = connection.execute(select(stories.c.source).where(stories.c.id == story_id)).scalar_one()
    if first == source:
        return
    mine = (story_channels.c.story_id == story_id) & (story_channels.c.source == source)
    before = connection.scalar(select(story_channels.c.shown).where(mine))
    values = {
        "story_id": story_id,
        "source": source,
        "channel": channel,
        "identity": identity,
        "url": url,
        "first_seen_at": now,
        "last_seen_at": now,
        "shown": shown,
    }
    changed = ["channel", "identity", "url", "last_seen_at", "shown"]
    connection.execute(insert_or_update(connection, story_channels, values, update=changed))
    if before is None or before != shown:
        mark_stale(connection, story_id)


def may_replace(connection: Connection, version_id: int, story: ParsedStory) -> bool:
    """True if copy may become the version after the story's last one.

    An agency's format goes before a page, a page before the excerpt of a feed; a later version of one item before an earlier
    one, whatever came last; a whole text before one that is cut.
    """
    columns = (versions.c.extractor, versions.c.warnings, versions.c.wire, versions.c.body)
    last = connection.execute(select(*columns).where(versions.c.id == version_id)).one()
    ours, theirs = _rank(story.extractor), _rank(last.extractor)
    if ours != theirs:
        return ours > theirs
    said, known = story.wire, last.wire or {}
    if said is not None and said.guid and said.guid == known.get("guid"):
        return _number(said.version) >= _number(known.get("version"))
    is_cut = _PARTIAL in story.warnings and _PARTIAL not in (last.warnings or ())
    return not (is_cut and len(story.body) < len(last.body))


def _rank(extractor: str) -> int:
    return _RANKS.get(extractor, 1)


def _number(version: str | None) -> int:
    return int(version) if version and version.isdecimal() else 0


def list_channels(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[StoryChannel]]:
    """Every channel of the stories that came through several, the first one first."""
    further: dict[int, list[StoryChannel]] = {}
    for start in range(0, len(story_ids), _BATCH):
        some = story_ids[start : start + _BATCH]
        columns = [story_channels.c[name] for name in StoryChannel.__slots__]
        query = select(*columns).where(story_channels.c.story_id.in_(some))
        for row in connection.execute(
            query.order_by(story_channels.c.first_seen_at, story_channels.c.source)
        ):
            further.setdefault(row.story_id, []).append(StoryChannel(*row))
    first = _list_first(connection, further) if further else {}
    return {story_id: [first[story_id], *others] for story_id, others in further.items()}


def _list_first(connection: Connection, further: Mapping[int, Any]) -> dict[int, StoryChannel]:
    found = {}
    ids = sorted(further)
    for start in range(0, len(ids), _BATCH):
        rows = connection.execute(select(stories).where(stories.c.id.in_(ids[start : start + _BATCH])))
        for row in rows:
            found[row.id] = StoryChannel(
                row.id, row.source, row.channel, row.url, row.first_seen_at, row.last_seen_at, shown=True
            )
    return found


def forget_channels(connection: Connection, story_ids: Iterable[int]) -> None:
    """Delete what is known of the channels of stories that leave the store."""
    ids = sorted(story_ids)
    for table in (story_channels, channel_keys):
        for start in range(0, len(ids), _BATCH):
            connection.execute(delete(table).where(table.c.story_id.in_(ids[start : start + _BATCH])))


def list_channel_identities(connection: Connection, story_id: int) -> list[tuple[str, str]]:
    """(identity, address) under which a story came through its further channels."""
    query = select(story_channels.c.identity, story_channels.c.url).where(
        story_channels.c.story_id == story_id
    )
    return [(row.identity, row.url) for row in connection.execute(query.order_by(story_channels.c.source))]
