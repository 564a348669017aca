"""Intake: a parsed story with its raw page and its entry, or the reason why a page gave no story.

Every function works inside the caller's write transaction. Nothing counts as taken in before it commits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, select

from copytaster.identity import content_digest
from copytaster.masking.text import mask_secrets
from copytaster.same_text import is_one_copy
from copytaster.store.books import book, book_version, ends_at, hour_of
from copytaster.store.channels import add_keys, find_folded, may_replace, note_channel
from copytaster.store.embargoes import REASON as EMBARGOED
from copytaster.store.embargoes import drop_hold, free, hold_story, list_due, read_held
from copytaster.store.entries import note_entry
from copytaster.store.find_story import Found, find_story, list_identities
from copytaster.store.numbering import next_id
from copytaster.store.raw_pages import keep_raw_page
from copytaster.store.revisions import mark_stale
from copytaster.store.tables import raw_pages, refusals, stories, versions
from copytaster.store.takedowns import REASON, is_taken_down
from copytaster.store.upsert import insert_or_ignore
from copytaster.values import ParsedStory, RawPage, record_to_json, to_json

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from copytaster.store.books import Gate
    from copytaster.store.embargoes import HeldCopy
    from copytaster.store.entries import EntrySeen

DETAIL_LENGTH = 500
NAME_LENGTH = 255
# Made once: SQLAlchemy compiles a statement that carries its values again for each row.
_INSERT_VERSION = versions.insert().returning(versions.c.id)
# Locks the row until the transaction ends: two writers cannot both find version 1 the last.
_FIND_STORY = select(stories.c.id).where(stories.c.identity == bindparam("identity")).with_for_update()
_LAST_VERSION = (
    select(versions.c.id, versions.c.number, versions.c.digest)
    .where(versions.c.story_id == bindparam("story_id"))
    .order_by(versions.c.number.desc())
    .limit(1)
)
_TEXT_OF = select(versions.c.body, versions.c.extractor).where(versions.c.id == bindparam("version_id"))
_VERSION_OF_FILE = (
    select(versions.c.id, versions.c.number)
    .join(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
    .where(versions.c.story_id == bindparam("story_id"), raw_pages.c.sha256 == bindparam("sha256"))
    .order_by(versions.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The result for one story: a new version, the same content as its last one, or no version.

    `embargoed`: it is kept in `copytaster.store.embargoes` until its hour. `taken-down`: nothing was stored.
    """

    outcome: Literal["stored", "unchanged", "taken-down", "embargoed"]
    story_id: int
    version_id: int
    number: int


def keep_story(
    connection: Connection,
    *,
    page: RawPage,
    story: ParsedStory,
    source: str,
    channel: str,
    family: str | None = None,
    publisher_by_host: bool = False,
    entry: EntrySeen | None = None,
    is_free: bool = False,
    hour: datetime | None = None,
    since: Gate = "found",
    answered_at: datetime | None = None,
    found: Found | None = None,
    folds: bool = False,
) -> IntakeResult:
    """Store a story's raw page, the story and, where the content differs from its last version, a new version.

    The story is known by its wire id, its `url` or its entry's id; see `copytaster.store.find_story`. Source and channel are those of its first coming. So are publisher
    and family, unless the page's host decides who published it: that corrects what an earlier lister said, and marks
    the story's dispatches for a new revision. `entry` is remembered in the same transaction. Of a story that was taken
    down nothing is stored; one under embargo is held, unless it `is_free`; the ids of the result are then 0. It is booked under
    `hour`, by default the present one, from the gate `since` on: the caller has booked those before.
    `answered_at` is when the answer came that brought it, from which its way to the index is timed; None where nobody knows,
    as for what is read again or comes by hand. `found`: what `find_story` gave the caller in this transaction. `folds`: the publisher has several
    channels; copy of one story through all of them is one story then, see `copytaster.store.channels`.
    """
    now = datetime.now(UTC)
    hour = hour or hour_of(now)
    digest = content_digest(story)
    found = found or find_story(connection, story, digest, page_url=page.url, source=source, entry=entry)
    claimed = found
    if folds and found.story_id is None:
        found = find_folded(connection, found, story, source=source, now=now) or found
    held = _hold_back(
        connection,
        found,
        page=page,
        story=story,
        source=source,
        channel=channel,
        family=family,
        publisher_by_host=publisher_by_host,
        is_free=is_free,
        now=now,
    )
    if held is not None:
        if entry is not None:
            note_entry(connection, source, entry, held, now=now, fetched=True)
        book(connection, source, hour, ends_at("stored", held, since=since))
        return IntakeResult("taken-down" if held == REASON else "embargoed", 0, 0, 0)
    drop_hold(connection, found.identity)
    story_id = found.story_id
    if story_id is None:
        story_id = _add_story(
            connection, found, story, source=source, channel=channel, family=family, now=now
        )
        if folds:
            add_keys(connection, story_id, story, now)
    if publisher_by_host:
        _correct_publisher(connection, story_id, story.publisher, family)
    last = _last_version(connection, story_id)
    known = _known_version(connection, story_id, last, page, story, digest, folds=folds)
    if known is not None:
        kept = IntakeResult("unchanged", story_id, known, last.number)
    else:
        kept = _add_version(connection, story_id, last, page, story, digest, now)
        book_version(connection, kept.version_id, source, hour, answered_at)
    if folds:
        note_channel(
            connection,
            story_id,
            source=source,
            channel=channel,
            identity=claimed.identity,
            url=claimed.url,
            now=now,
            shown=known is None or last.digest == digest,
        )
    is_new = kept.outcome == "stored"
    book(connection, source, hour, ends_at("stored", "" if is_new else kept.outcome, since=since))
    connection.execute(
        stories.update().where(stories.c.id == story_id).values(last_seen_at=now, version_count=kept.number)
    )
    if entry is not None:
        # the link leads to the story
        followed = replace(entry, url=found.entry_url) if found.entry_url else entry
        note_entry(connection, source, followed, kept.outcome, now=now, fetched=True)
    return kept


def _hold_back(
    connection: Connection,
    found: Found,
    *,
    page: RawPage,
    story: ParsedStory,
    source: str,
    channel: str,
    family: str | None,
    publisher_by_host: bool,
    is_free: bool,
    now: datetime,
) -> str | None:
    """Why a story is not stored now: it was taken down, or waits for its hour, kept apart; None if it is stored."""
    if is_taken_down(connection, [found.identity, *list_identities(story)]):
        return REASON
    if not story.is_held(now) or is_free:
        return None
    hold_story(
        connection,
        identity=found.identity,
        page=page,
        story=story,
        source=source,
        channel=channel,
        family=family,
        publisher_by_host=publisher_by_host,
        now=now,
    )
    return EMBARGOED


def _known_version(
    connection: Connection,
    story_id: int,
    last: Any,
    page: RawPage,
    story: ParsedStory,
    digest: str,
    *,
    folds: bool,
) -> int | None:
    """The version that already has this content, or that other channels of the publisher do not replace; None for a new one."""
    again = _same_file(connection, story_id, page) if story.extractor == "wire-format" else None
    if again is not None:
        return int(again.id)
    if last is not None and (
        last.digest == digest
        or (folds and not may_replace(connection, last.id, story))
        or (story.extractor == "feed" and _is_in_page(connection, last.id, story))
    ):
        return int(last.id)
    return None


def _is_in_page(connection: Connection, version_id: int, story: ParsedStory) -> bool:
    """True if a feed's text stands in the text that its page showed, which may be gone since."""
    text, extractor = connection.execute(_TEXT_OF, {"version_id": version_id}).one()
    return extractor != "feed" and len(story.body) <= len(text) and is_one_copy(story.body, text)


def _add_version(
    connection: Connection,
    story_id: int,
    last: Any,
    page: RawPage,
    story: ParsedStory,
    digest: str,
    now: datetime,
) -> IntakeResult:
    number = 1 if last is None else last.number + 1
    page_id = keep_raw_page(connection, page)
    values = version_values(story, digest) | {"raw_page_id": page_id, "seen_at": now, "grouped": False}
    values |= next_id(connection, versions)
    inserted = connection.execute(
        _INSERT_VERSION, {"story_id": story_id, "number": number, **values}
    ).scalar_one()
    return IntakeResult("stored", story_id, inserted, number)


def release_due(connection: Connection, now: datetime) -> int:
    """Store the stories whose embargo has ended, some at a time; how many left the hold."""
    due = list_due(connection, now)
    for held in due:
        _release(connection, held, held.story)
    return len(due)


def release_story(connection: Connection, embargo_id: int) -> IntakeResult:
    """Store a story under embargo at once: its sender has freed it, or said its hour otherwise.

    Raises:
        NotFoundError: nothing is held under this id.
    """
    held = read_held(connection, embargo_id)
    return _release(connection, held, free(held.story))


def _release(connection: Connection, held: HeldCopy, story: ParsedStory) -> IntakeResult:
    drop_hold(connection, held.identity)
    book(connection, held.facts.source, hour_of(datetime.now(UTC)), {("released", ""): 1})
    return keep_story(
        connection,
        page=held.page,
        story=story,
        source=held.facts.source,
        channel=held.facts.channel,
        family=held.facts.family,
        publisher_by_host=held.publisher_by_host,
        is_free=True,
        since="stored",
    )


def _add_story(
    connection: Connection,
    found: Found,
    story: ParsedStory,
    *,
    source: str,
    channel: str,
    family: str | None,
    now: datetime,
) -> int:
    values = {
        "identity": found.identity,
        "publisher": story.publisher,
        "family": family,
        "claimed_publisher": (story.claimed_publisher or "")[:NAME_LENGTH] or None,
        "url": found.url,
        "wire_id": story.wire_id,
        "slug": story.slug,
        "source": source,
        "channel": channel,
        "first_seen_at": now,
        "last_seen_at": now,
        "version_count": 0,
    }
    connection.execute(insert_or_ignore(connection, stories, values | next_id(connection, stories)))
    return int(connection.execute(_FIND_STORY, {"identity": found.identity}).scalar_one())


def _correct_publisher(connection: Connection, story_id: int, publisher: str, family: str | None) -> None:
    corrected = connection.execute(
        stories.update()
        .where(stories.c.id == story_id, stories.c.publisher != publisher)
        .values(publisher=publisher, family=family)
    )
    if corrected.rowcount:
        mark_stale(connection, story_id)


def _last_version(connection: Connection, story_id: int) -> Any:
    return connection.execute(_LAST_VERSION, {"story_id": story_id}).one_or_none()


def _same_file(connection: Connection, story_id: int, page: RawPage) -> Any:
    """The version that these very bytes gave before. A folder read again brings its old versions in again."""
    return connection.execute(
        _VERSION_OF_FILE, {"story_id": story_id, "sha256": hashlib.sha256(page.body).hexdigest()}
    ).one_or_none()


def version_values(story: ParsedStory, digest: str) -> dict[str, Any]:
    """The columns of a version that follow from its story."""
    return {
        "digest": digest,
        "published_at": story.published_at,
        "published_zone": story.published_zone,
        "updated_at": story.updated_at,
        "headline": story.headline,
        "markers": to_json(story.markers),
        "change_note": story.change_note,
        "body": story.body,
        "dateline": to_json(story.dateline),
        "agency": story.credit.agency,
        "agency_confidence": story.credit.confidence,
        "agency_evidence": to_json(story.credit.evidence),
        "byline": list(story.byline),
        "signoff": story.signoff,
        "captions": to_json(story.captions),
        "language": story.language,
        "extractor": story.extractor,
        "warnings": list(story.warnings),
        "kind": story.kind,
        "embargoed_until": story.embargoed_until,
        "usage_terms": story.usage_terms,
        "editors_note": story.editors_note,
        "wire": None if story.wire is None else record_to_json(story.wire),
        "template_version": story.template_version,
    }


def refuse(
    connection: Connection,
    *,
    source: str,
    url: str,
    reason: str,
    detail: str = "",
    page: RawPage | None = None,
    entry: EntrySeen | None = None,
    run_id: int | None = None,
) -> None:
    """Keep the reason why a page or entry gave no story, with the raw page if there is one, for replay.

    The same refusal of the same bytes is kept once.
    """
    now = datetime.now(UTC)
    page_id = None if page is None else keep_raw_page(connection, page)
    known = connection.execute(
        select(refusals.c.id).where(
            refusals.c.source == source,
            refusals.c.url == url,
            refusals.c.reason == reason,
            refusals.c.raw_page_id.is_(None) if page_id is None else refusals.c.raw_page_id == page_id,
        )
    ).first()
    if known is None:
        values = {
            "source": source,
            "url": url,
            "reason": reason,
            "detail": mask_secrets(detail)[:DETAIL_LENGTH],
        }
        connection.execute(refusals.insert().values(raw_page_id=page_id, run_id=run_id, at=now, **values))
    if entry is not None:
        note_entry(connection, source, entry, reason, now=now, fetched=page is not None)
