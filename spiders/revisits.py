"""Visits a source's stored pages again, in its runs and after everything fresh: silent edits become versions.

A page that is gone, that now shows a wall or another story is noted; its story stays as it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from copytaster.errors import BusyError, ParserStartError, RefusedError, StoreError
from copytaster.identity import content_digest
from copytaster.store.books import book, ends_at
from copytaster.store.entries import EntrySeen, keep_validators
from copytaster.store.find_story import find_story
from copytaster.store.intake import keep_story
from copytaster.store.revisits import (
    CHANGED,
    GONE,
    OTHER_STORY,
    UNCHANGED,
    WALL,
    Visit,
    begin_ladder,
    claim_due,
    end_visit,
)
from spiders.article_pages import ArticleRun, read_article
from spiders.net.challenges import is_challenge
from spiders.net.conditional import NOT_MODIFIED, conditional_headers
from spiders.net.reasons import LaterError, reason_of
from spiders.net.responses import raw_page, validators_of
from spiders.page_context import carry_claims, stored_context
from spiders.turns import BACKFILL
from spiders.walls import hides_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from scrapy import Request
    from scrapy.http import Response
    from sqlalchemy import Connection

    from copytaster.store.books import Gate
    from copytaster.store.intake import IntakeResult
    from copytaster.values import ParsedStory, RawPage
    from settings import RevisitSettings
    from spiders.items import StoryItem
    from spiders.publishers import Publisher
    from spiders.run_books import RunBooks

log = structlog.get_logger(__name__)

PRIORITY = -1000  # below every page that the source lists
_GONE = frozenset({"http-404", "http-410"})
_WALLS = frozenset({"http-401", "http-402", "http-403", "http-451", "challenge"})


@dataclass(frozen=True, slots=True)
class VisitItem:
    """The end of a visit: a page with its story, or the outcome without one and the gate where it ended.

    Of an unchanged page, and of one that could not be had, nothing but the outcome is known.
    """

    visit: Visit
    outcome: str = ""
    gate: Gate = "stored"
    page: RawPage | None = None
    story: ParsedStory | None = None
    publisher: Publisher | None = None
    validators: tuple[str | None, str | None] = (None, None)


def ladder_of(settings: RevisitSettings) -> tuple[timedelta, ...]:
    """The ages at which a page is visited again."""
    return tuple(timedelta(hours=hours) for hours in settings.after_hours)


class SourceRun(ArticleRun, Protocol):
    """What visits need of the run that they are part of."""

    books: RunBooks
    run_id: int | None

    def request(self, url: str, *, headers: Mapping[str, str], urgency: int, **arguments: Any) -> Request:
        """Make a request with the source's own limits."""
        ...

    def is_in_time(self) -> bool:
        """False once the run has to end."""
        ...

    def give_up(self, error: ParserStartError) -> NoReturn:
        """End the run because no parser can be started."""
        ...


class Revisits:
    """The visits of one run.

    Args:
        spider: whose run it is.
    """

    def __init__(self, spider: SourceRun) -> None:
        self._spider = spider
        self._settings = spider.resources.settings.revisits
        self._steps = ladder_of(self._settings)
        self._open: set[int] = set()  # stories
        self._ended: Counter[str] = Counter()

    @property
    def is_on(self) -> bool:
        """True if pages of this source are visited again."""
        return self._settings.enabled and self._spider.source.revisit

    @property
    def left(self) -> int:
        """How many visits the run did not end."""
        return len(self._open)

    def describe(self) -> str | None:
        """What the visits found, in a line; None without any."""
        if not self._ended:
            return None
        found = ", ".join(f"{outcome} ({number})" for outcome, number in sorted(self._ended.items()))
        return f"visited pages again: {found}"

    def begin(self, connection: Connection, item: StoryItem, kept: IntakeResult, now: datetime) -> None:
        """Begin the ladder of a page that brought a version."""
        if self.is_on and kept.outcome == "stored" and not item.instead_of:
            begin_ladder(
                connection,
                kept.story_id,
                source=self._spider.source.name,
                entry=item.entry.key,
                url=item.entry.url,
                now=now,
                steps=self._steps,
            )

    # --- requests ------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """Yield the requests for the pages that are due, within the budget of their hosts."""
        if not self.is_on:
            return
        for visit in await self._spider.resources.write(self._claim, self._spider.source.name):
            self._open.add(visit.story_id)
            yield self._spider.request(
                visit.url,
                headers=conditional_headers(visit.etag, visit.last_modified),
                callback=self._read,
                errback=self._fail,
                cb_kwargs={"visit": visit},
                priority=PRIORITY,
                urgency=BACKFILL,
            )

    def _claim(self, connection: Connection) -> list[Visit]:
        spider = self._spider
        found = claim_due(
            connection, spider.source.name, now=datetime.now(UTC), per_hour=self._settings.per_host_hour
        )
        book(connection, spider.source.name, spider.books.hour, {("revisited", ""): len(found)})
        return found

    async def _read(self, response: Response, visit: Visit) -> AsyncIterator[VisitItem]:
        if response.status == NOT_MODIFIED:
            yield VisitItem(visit, UNCHANGED, "parsed", validators=(visit.etag, visit.last_modified))
            return
        spider = self._spider
        page = carry_claims(raw_page(response), visit.known.headers)
        context, publisher = stored_context(page, spider.resources.publishers, spider.source)
        try:
            page, story = await read_article(
                spider, page, context, urgency=BACKFILL, is_wanted=spider.is_in_time
            )
        except LaterError:
            return
        except RefusedError as error:
            is_wall = is_challenge(page.status, page.body)
            yield VisitItem(visit, WALL if is_wall else error.reason, "parsed")
        except ParserStartError as error:
            spider.give_up(error)
        else:
            yield VisitItem(
                visit, page=page, story=story, publisher=publisher, validators=validators_of(response)
            )

    async def _fail(self, failure: Any) -> AsyncIterator[VisitItem]:
        if isinstance(failure.value, LaterError):
            return
        reason = reason_of(failure.value)
        outcome = GONE if reason in _GONE else WALL if reason in _WALLS else reason
        yield VisitItem(failure.request.cb_kwargs["visit"], outcome, "fetched")

    # --- their ends ----------------------------------------------------------------------------------------

    async def settle(self, item: VisitItem) -> None:
        """Note the end of a visit, and store what has changed. What the store cannot write is due again later."""
        spider, visit = self._spider, item.visit
        try:
            outcome, kept = await spider.resources.write(
                lambda connection: self._settle(connection, item), spider.source.name
            )
        except (StoreError, BusyError, SQLAlchemyError, UnicodeError, RefusedError):
            log.exception("revisit.not-stored", source=spider.source.name, run=spider.run_id, url=visit.url)
            return
        self._open.discard(visit.story_id)
        self._ended[outcome] += 1
        if outcome != UNCHANGED:
            log.info("revisit.ended", source=spider.source.name, url=visit.url, outcome=outcome)
        if kept is not None and kept.outcome == "stored":
            spider.resources.announce(spider.source.name, kept.version_id)

    def _settle(self, connection: Connection, item: VisitItem) -> tuple[str, IntakeResult | None]:
        now, visit, source = datetime.now(UTC), item.visit, self._spider.source
        outcome, kept = item.outcome, None
        if item.story is not None:
            outcome, kept = self._compare(connection, item)
        if kept is None:
            reason = "not-modified" if outcome == UNCHANGED else outcome
            book(
                connection,
                source.name,
                self._spider.books.hour,
                ends_at(item.gate, reason, since="fetched"),
            )
        if item.gate != "fetched":
            etag, last_modified = item.validators
            keep_validators(
                connection, source.name, visit.entry, etag=etag, last_modified=last_modified, now=now
            )
        end_visit(connection, visit.story_id, outcome, now=now, steps=self._steps)
        return outcome, kept

    def _compare(self, connection: Connection, item: VisitItem) -> tuple[str, IntakeResult | None]:
        """What the page shows now; the result where it is still the story's."""
        assert item.story is not None and item.page is not None  # noqa: PT018  narrows the types
        visit, source, story = item.visit, self._spider.source, item.story
        if hides_story(visit.known, story):
            return WALL, None
        entry = EntrySeen(visit.entry, visit.url, "")
        found = find_story(
            connection, story, content_digest(story), page_url=item.page.url, source=source.name, entry=entry
        )
        if found.story_id != visit.story_id:
            return OTHER_STORY, None
        kept = keep_story(
            connection,
            page=item.page,
            story=story,
            source=source.name,
            channel=source.kind,
            family=item.publisher.family if item.publisher else None,
            publisher_by_host=item.publisher.by_host if item.publisher else False,
            folds=item.publisher.folds if item.publisher else False,
            hour=self._spider.books.hour,
            since="fetched",
            answered_at=item.page.fetched_at,
            found=found,
        )
        return (CHANGED if kept.outcome == "stored" else UNCHANGED), kept
