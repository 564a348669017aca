"""Parses the raw page of a version again, as today's crawl of its source would."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from copytaster.errors import RefusedError, UnparsableError
from copytaster.identity import content_digest
from copytaster.store.embargoes import RELEASED, free
from copytaster.store.intake import version_values
from copytaster.store.readings import NewReading
from newsdesk.operations.replay import LISTERS
from spiders.own_text import as_feed_story
from spiders.page_context import has_claims, stored_context
from spiders.page_templates import PageTemplates
from spiders.publishers import Publishers
from spiders.receiving.mail_verdict import WARNINGS as OF_SENDERS
from spiders.sandbox.start import cores, make_parsers
from spiders.warc.pages import is_archived

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from copytaster.store.engine import Store
    from copytaster.store.readings import Reading
    from copytaster.values import ParsedStory, RawPage
    from settings import Settings
    from spiders.parsing.context import ParseContext
    from spiders.sources.config import Source

GUESSED = "date-guessed"  # of a page without a date, whose feed gave none either


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What reading a version's page again gave.

    Attributes:
        change: what differs; None where nothing does, or where `refused` says why there is no story.
        claims_known: False where a release before this one kept nothing of what the feed said of the page.
    """

    reading: Reading
    change: NewReading | None = None
    refused: RefusedError | None = None
    held_until: str | None = None
    claims_known: bool = True


class PageReader:
    """Reads pages again in parsing processes, as many at once as there are processors. Close it after use."""

    def __init__(self, store: Store, settings: Settings, sources: Iterable[Source]) -> None:
        self._templates = PageTemplates(store)
        self._pool = make_parsers(settings)
        self._threads = ThreadPoolExecutor(cores(), thread_name_prefix="parse")
        self.sources = {source.name: source for source in sources}
        self._publishers = Publishers(self.sources.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._pool.close()

    def read_all(self, versions: Sequence[tuple[Reading, RawPage]]) -> list[ReadAgain]:
        """Read the pages of versions again, in their order; blocks."""
        return list(self._threads.map(self._read, versions))

    def try_page(self, page: RawPage, source: str) -> str | None:
        """Why a page that gave no story gives none today; None if it gives one."""
        context, _ = stored_context(page, self._publishers, self.sources.get(source))
        try:
            self._pool.parse(page, context)
        except RefusedError as error:
            return error.reason
        return None

    def _read(self, version: tuple[Reading, RawPage]) -> ReadAgain:
        reading, page = version
        known = has_claims(page) or is_archived(page) or reading.values["extractor"] == "wire-format"
        try:
            story = self._parse(reading, page, claims_known=known)
        except RefusedError as error:
            return ReadAgain(reading, refused=error, claims_known=known)
        if story.is_held(datetime.now(UTC)):
            until = story.embargoed_until
            return ReadAgain(
                reading, held_until=until.isoformat() if until else "unknown", claims_known=known
            )
        values = version_values(story, content_digest(story))
        return ReadAgain(reading, compare(reading, values), claims_known=known)

    def _parse(self, reading: Reading, page: RawPage, *, claims_known: bool) -> ParsedStory:
        stored = reading.values
        context = self._find_context(reading, page)
        guesses = not claims_known
        if guesses:
            context = _guess_claims(context, reading, page)
        story = self._pool.parse(page, context)
        if guesses:
            story = _keep_claims(story, stored)
        if stored["extractor"] == "feed":
            of_feed = as_feed_story(story)
            if of_feed is None:
                raise UnparsableError("the feed's text is a teaser", reason="teaser", resource=page.url)
            story = of_feed
        if RELEASED in stored["warnings"]:
            story = free(story)
        warned = [name for name in stored["warnings"] if name in OF_SENDERS]
        return replace(story, warnings=(*story.warnings, *warned))

    def _find_context(self, reading: Reading, page: RawPage) -> ParseContext:
        """The context as it is configured today, but for the publisher, who is the story's."""
        source = self.sources.get(reading.source)
        context, _ = stored_context(page, self._publishers, source)
        if context.publisher is not None or (source is None and reading.channel in LISTERS):
            context = replace(context, publisher=reading.publisher)
        if reading.values["extractor"] == "learned":  # read whole it may differ in what is around the story
            context = self._templates.prepare(page, context)
        return context


def compare(reading: Reading, values: dict[str, Any]) -> NewReading | None:
    """The columns that differ; None if none does."""
    after = {name: value for name, value in values.items() if _plain(value) != _plain(reading.values[name])}
    if after.keys() <= {"template_version"}:  # another version of the template read the same
        return None
    return NewReading(reading.version_id, {name: reading.values[name] for name in after}, after)


def _guess_claims(context: ParseContext, reading: Reading, page: RawPage) -> ParseContext:
    """What the feed may have said of a page from before that was kept: the date and the authors that are stored."""
    stored = reading.values
    at = None if GUESSED in stored["warnings"] else stored["published_at"]
    url = reading.url if page.url.startswith("file:") and reading.url.startswith("http") else None
    return replace(
        context,
        published_at=at,
        published_zone=stored["published_zone"] if at else "",
        feed_byline=tuple(stored["byline"]),
        url=url,
    )


def _keep_claims(story: ParsedStory, stored: Any) -> ParsedStory:
    """The story with the stored date and authors, which may be the feed's."""
    if stored["byline"]:
        story = replace(story, byline=tuple(stored["byline"]))
    if stored["published_at"] is None or GUESSED in stored["warnings"]:
        return story
    return replace(story, published_at=stored["published_at"], published_zone=stored["published_zone"])


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value)) if isinstance(value, list | tuple | dict) else value
