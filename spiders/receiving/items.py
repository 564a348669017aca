"""From the bytes of a delivery to stories in the store: the items of a file, each parsed in a worker, each kept or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from copytaster.errors import RefusedError
from copytaster.store.books import book, ends_at, hour_of
from copytaster.store.intake import keep_story, refuse
from spiders.page_context import note_claims
from spiders.parsing.file_items import item_address, may_have_items, whole_file
from spiders.sandbox.jobs import count_job, page_job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from copytaster.store.books import Gate
    from copytaster.values import ParsedStory, RawPage
    from spiders.parsing.context import ParseContext
    from spiders.publishers import Publisher
    from spiders.sandbox.jobs import Job
    from spiders.sandbox.pool import ParsingPool

    MakeJob = Callable[[RawPage, ParseContext], Job[ParsedStory]]

log = structlog.get_logger(__name__)

TAKEN = frozenset({"stored", "unchanged"})
_WAITS = frozenset({"embargoed", "taken-down"})  # neither taken nor at fault
_KIND = "kind-"  # begins the reason why an item that is no text was refused


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """An item of a file with its story, or with the reason for its refusal."""

    page: RawPage
    story: ParsedStory | None = None
    refused: RefusedError | None = None


@dataclass(frozen=True, slots=True)
class KeptItem:
    """How one item ended.

    Attributes:
        outcome: `stored`, `unchanged`, `taken-down`, `embargoed`, or the reason of its refusal.
        why: the reason in words; empty for an item that was taken.
        story, version, number: ids and number of the version; 0 where nothing is stored.
    """

    outcome: str
    why: str = ""
    story: int = 0
    version: int = 0
    number: int = 0


def list_faults(kept: Sequence[KeptItem]) -> list[KeptItem]:
    """The items because of which a delivery is at fault.

    Pictures and other kinds beside a text that was taken are not; quarantine and books have them all the same.
    """
    refused = [item for item in kept if item.outcome not in TAKEN | _WAITS]
    if len(refused) == len(kept):
        return refused
    return [item for item in refused if not item.outcome.startswith(_KIND)]


def parse_items(
    parsers: ParsingPool, page: RawPage, context: ParseContext, make_job: MakeJob = page_job
) -> list[ParsedItem]:
    """Parse every item of a page or file in worker processes, in order; blocks. The pages keep the claims of the context."""
    page = note_claims(page, context)
    try:
        count = parsers.do(count_job(page)) if may_have_items(page.body) else 1
    except RefusedError as error:
        return [ParsedItem(page, refused=error)]
    return [
        parse_item(parsers, replace(page, url=item_address(page.url, number + 1, count)), context, make_job)
        for number in range(count)
    ]


def parse_item(
    parsers: ParsingPool, page: RawPage, context: ParseContext, make_job: MakeJob = page_job
) -> ParsedItem:
    """Parse one item in a worker process; blocks."""
    try:
        return ParsedItem(page, parsers.do(make_job(page, context)))
    except RefusedError as error:
        return ParsedItem(page, refused=error)


def keep_item(
    connection: Connection,
    item: ParsedItem,
    *,
    source: str,
    channel: str,
    publisher: Publisher | None = None,
    run_id: int | None = None,
    arrived_at: datetime | None = None,
) -> KeptItem:
    """Store one item, or the reason for its refusal, in the caller's transaction; an error of one item spoils no other.

    `arrived_at`: when it was found, of copy that arrives by itself.
    """
    gate: Gate = "parsed" if item.story is None else "stored"  # at which an item without a version ends
    try:
        with connection.begin_nested():
            if item.story is not None:
                kept = keep_story(
                    connection,
                    page=item.page,
                    story=item.story,
                    source=source,
                    channel=channel,
                    family=publisher.family if publisher else None,
                    publisher_by_host=publisher is not None and publisher.by_host,
                    folds=publisher is not None and publisher.folds,
                    answered_at=arrived_at,
                )
                why = _say_held(item.story) if kept.outcome == "embargoed" else ""
                return KeptItem(kept.outcome, why, kept.story_id, kept.version_id, kept.number)
    except RefusedError as error:
        refused: RefusedError | None = error
    except (SQLAlchemyError, UnicodeError) as error:
        log.exception("item.not-stored", source=source, url=item.page.url)
        _refuse(connection, item.page, source, "not-stored", str(error), run_id)
        _book(connection, source, gate, "not-stored")
        return KeptItem("not-stored", "the store could not write it")
    else:
        refused = item.refused
    reason = refused.reason if refused else "internal"
    why = refused.message if refused else ""
    _refuse(connection, item.page, source, reason, why, run_id)
    _book(connection, source, gate, reason)
    return KeptItem(reason, why)


def refuse_unread(
    connection: Connection, refused: RefusedError | None, *, source: str, url: str, run_id: int | None = None
) -> KeptItem:
    """Keep the reason why a file or message could not be read at all, in the caller's transaction."""
    reason, why = (refused.reason, refused.message) if refused else ("internal", "")
    refuse(connection, source=source, url=url, reason=reason, detail=why, run_id=run_id)
    _book(connection, source, "fetched", reason)
    return KeptItem(reason, why)


def _book(connection: Connection, source: str, gate: Gate, reason: str) -> None:
    book(connection, source, hour_of(datetime.now(UTC)), ends_at(gate, reason))


def _say_held(story: ParsedStory) -> str:
    until = story.embargoed_until
    if until is None:
        return "embargoed, and the hour cannot be read: `copytaster embargo release ID` stores it"
    return f"embargoed until {until:%Y-%m-%d %H:%M} UTC, stored by itself then"


def _refuse(
    connection: Connection, page: RawPage, source: str, reason: str, detail: str, run_id: int | None
) -> None:
    kept = whole_file(page)  # not once for each of its items
    refuse(connection, source=source, url=page.url, reason=reason, detail=detail, page=kept, run_id=run_id)
