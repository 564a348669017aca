"""In a crawl: follows an article over its pages and reads them as one story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from spiders.article_walk import join_walked, walk_pages
from spiders.net.reasons import LaterError, reason_of
from spiders.net.responses import raw_page
from spiders.parsing.part import PARTIAL
from spiders.sandbox.jobs import Job, page_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.http import Response

    from copytaster.values import ParsedStory, RawPage
    from spiders.article_walk import Answer, Found
    from spiders.parsing.context import ParseContext
    from spiders.parsing.parts import Pages
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
    whole = join_walked(await _follow(run, page, urgency=urgency))
    if whole is None:
        return page, story
    return whole, await resources.do(page_job(whole, context), name, urgency=urgency, is_wanted=is_wanted)


async def _follow(run: ArticleRun, page: RawPage, *, urgency: int) -> Pages:
    walk = walk_pages(page, max_bytes=run.source.limits.max_bytes or run.resources.settings.crawl.max_bytes)
    answer: Answer = None
    while True:
        try:
            step = walk.send(answer)
        except StopIteration as ended:
            pages: Pages = ended.value
            return pages
        if isinstance(step, Job):
            answer = await run.resources.do(step, run.source.name, urgency=urgency)
        else:
            answer = await _fetch(run, step, urgency)


async def _fetch(run: ArticleRun, url: str, urgency: int) -> Found:
    try:
        response = await run.fetch(url, urgency=urgency)
    except LaterError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the downloader raises has a reason
        return None, reason_of(error)
    if response.status != _OK:
        return None, f"http-{response.status}"
    return raw_page(response), ""
