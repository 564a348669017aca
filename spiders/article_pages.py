"""Follows an article over its pages, within bounds, and reads them as one story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from copytaster.identity import canonical_url
from spiders.net.reasons import LaterError, reason_of
from spiders.net.responses import raw_page
from spiders.parsing.part import PARTIAL
from spiders.parsing.parts import MOST_PAGES, Pages, join_pages
from spiders.sandbox.jobs import next_job, page_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.http import Response

    from copytaster.values import ParsedStory, RawPage
    from spiders.parsing.context import ParseContext
    from spiders.resources import Resources
    from spiders.sources.config import Source

_OK = 200


class ArticleRun(Protocol):
    """What following pages needs of the run that it is part of."""

    source: Source
    resources: Resources

    async def fetch(self, url: str, *, urgency: int) -> Response:
        """The answer to a request with the source's own limits, whatever its status."""
        ...


async def read_article(
    run: ArticleRun,
    page: RawPage,
    context: ParseContext,
    *,
    urgency: int,
    is_wanted: Callable[[], bool],
) -> tuple[RawPage, ParsedStory]:
    """The story of a page, and the page; of an article over several, both with all its pages.

    Raises:
        RefusedError: see `Resources.do`; LaterError also where its further pages are left for the next run.
    """
    resources, name = run.resources, run.source.name
    story = await resources.do(
        await resources.page_job(page, context), name, urgency=urgency, is_wanted=is_wanted
    )
    if PARTIAL not in story.warnings:
        return page, story
    found = await _follow(run, page, urgency=urgency, max_bytes=_max_bytes(run))
    if len(found.pages) == 1 and not found.missing:
        return page, story
    whole = join_pages(found)
    return whole, await resources.do(page_job(whole, context), name, urgency=urgency, is_wanted=is_wanted)


def _max_bytes(run: ArticleRun) -> int:
    return run.source.limits.max_bytes or run.resources.settings.crawl.max_bytes


async def _follow(run: ArticleRun, page: RawPage, *, urgency: int, max_bytes: int) -> Pages:
    """The page and those after it, in order, on its own host; up to the first that cannot be had."""
    pages = [page]
    met = {canonical_url(page.url)}
    while True:
        number = len(pages) + 1
        url = await run.resources.do(next_job(pages[-1], number), run.source.name, urgency=urgency)
        if url is None or canonical_url(url) in met:  # the last page, or one that leads back
            return Pages(tuple(pages))
        met.add(canonical_url(url))
        reason = "over-limit" if number > MOST_PAGES else ""
        if not reason and not _same_host(url, page.url):
            reason = "other-host"
        if not reason:
            found, reason = await _fetch(run, url, urgency)
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


async def _fetch(run: ArticleRun, url: str, urgency: int) -> tuple[RawPage | None, str]:
    """The page at an address, or why it cannot be had."""
    try:
        response = await run.fetch(url, urgency=urgency)
    except LaterError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the downloader raises has a reason
        return None, reason_of(error)
    if response.status != _OK:
        return None, f"http-{response.status}"
    return raw_page(response), ""


def _same_host(one: str, other: str) -> bool:
    return urlsplit(one).netloc.lower() == urlsplit(other).netloc.lower()
