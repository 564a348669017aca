"""The walk over the pages of an article, within bounds: what follows which, and when it ends. Who drives it fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copytaster.errors import RefusedError
from copytaster.identity import canonical_url
from spiders.parsing.following import agree
from spiders.parsing.part import PARTIAL
from spiders.parsing.parts import MOST_PAGES, Pages, join_pages
from spiders.receiving.items import parse_item
from spiders.sandbox.jobs import Following, Job, next_job

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from copytaster.values import RawPage
    from spiders.parsing.context import ParseContext
    from spiders.receiving.items import ParsedItem
    from spiders.sandbox.pool import ParsingPool

    Found = tuple[RawPage | None, str]  # a page, or why it cannot be had
    Answer = Following | Found | None
    Walk = Generator[Job[Following] | str, Answer, Pages]


def complete_item(
    parsers: ParsingPool,
    item: ParsedItem,
    context: ParseContext,
    *,
    find: Callable[[str], RawPage],
    max_bytes: int,
) -> ParsedItem:
    """A parsed page; where it is the first of several, all of them as one story, with the reason where one is missing. Blocks.

    `find` gets the page at an address, or raises a RefusedError, whose reason becomes the story's warning.
    """
    if item.story is None or PARTIAL not in item.story.warnings:
        return item
    whole = join_walked(walk_now(parsers, item.page, find, max_bytes=max_bytes))
    if whole is None:
        return item
    joined = parse_item(parsers, whole, context)
    return joined if joined.story is not None else item


def walk_now(parsers: ParsingPool, page: RawPage, find: Callable[[str], RawPage], *, max_bytes: int) -> Pages:
    """The pages of an article, each got by `find` as in `complete_item`. Blocks."""
    walk = walk_pages(page, max_bytes=max_bytes)
    answer: Answer = None
    while True:
        try:
            step = walk.send(answer)
        except StopIteration as ended:
            pages: Pages = ended.value
            return pages
        if isinstance(step, Job):
            answer = parsers.do(step)
            continue
        try:
            answer = find(step), ""
        except RefusedError as error:
            answer = None, error.reason


def join_walked(found: Pages) -> RawPage | None:
    """All pages as one; None where there is only the first, and nothing says that another is missing."""
    return join_pages(found) if len(found.pages) > 1 or found.missing or found.is_alone else None


def walk_pages(page: RawPage, *, max_bytes: int) -> Walk:
    """The page and those after it, in order, on its own host; up to the first that cannot be had, or is another story's.

    Fetches nothing: yields a job that finds the next address and takes its result, or an address and takes what was found there.
    """
    pages = [page]
    met = {canonical_url(page.url)}
    names: tuple[str, ...] = ()
    while True:
        number = len(pages) + 1
        following = yield next_job(pages[-1], number)
        assert isinstance(following, Following)
        names = names or following.names
        if not agree(names, following.names):
            return Pages(tuple(pages[:-1]), is_alone=len(pages) == 2)  # noqa: PLR2004
        url = following.url
        if url is None or canonical_url(url) in met:  # the last page, or one that leads back
            return Pages(tuple(pages))
        met.add(canonical_url(url))
        reason = "over-limit" if number > MOST_PAGES else ""
        if not reason and not _same_host(url, page.url):
            reason = "other-host"
        found: RawPage | None = None
        if not reason:
            answer = yield url
            assert isinstance(answer, tuple)
            found, reason = answer
            if found is not None and not _same_host(found.url, page.url):
                reason = "other-host"
            elif found is not None and found.url != url and canonical_url(found.url) in met:
                return Pages(tuple(pages))  # a page beyond the last leads back to the first
            elif found is not None and sum(len(one.body) for one in (*pages, found)) > max_bytes:
                reason = "too-large"
        if reason or found is None:
            return Pages(tuple(pages), f"page-{number}-{reason}")
        met.add(canonical_url(found.url))
        pages.append(found)


def _same_host(one: str, other: str) -> bool:
    return urlsplit(one).netloc.lower() == urlsplit(other).netloc.lower()
