"""The jobs that a worker does: what is sent to it, and what its answer means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from spiders.parsing.context import ParseContext
from spiders.sandbox.feed_messages import unpack_feed, unpack_front_page
from spiders.sandbox.messages import describe_page, unpack_observation, unpack_story

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from copytaster.values import ParsedStory, RawPage
    from spiders.feeds import ParsedFeed
    from spiders.feeds.discovery import FrontPage
    from spiders.parsing.template_values import Observation

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Bytes from outside that a worker reads.

    Attributes:
        kind: a name in `spiders.sandbox.answers`.
        about: where the bytes come from.
        body: the bytes.
        unpack: makes the result from the worker's answer.
        request: what else the worker needs.
    """

    kind: str
    about: str
    body: bytes
    unpack: Callable[[dict[str, Any]], T]
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Following:
    """The address of the page after one of an article, if there is one, and what that one calls its article."""

    url: str | None
    names: tuple[str, ...]


def page_job(
    page: RawPage, context: ParseContext, on_seen: Callable[[Observation | None], None] = lambda _: None
) -> Job[ParsedStory]:
    """Parse a page, as `spiders.parsing.parse` does; `on_seen` receives what it teaches, None if it was not read whole."""

    def unpack(message: dict[str, Any]) -> ParsedStory:
        story = unpack_story(message)
        on_seen(unpack_observation(message))
        return story

    return Job("page", page.url, page.body, unpack, describe_page(page, context))


def next_job(page: RawPage, number: int) -> Job[Following]:
    """Find the address of an article's page `number`, as `spiders.parsing.page.find_next` does."""

    def unpack(message: dict[str, Any]) -> Following:
        return Following(message["next"], tuple(message["names"]))

    return Job("next", page.url, page.body, unpack, describe_page(page, ParseContext()) | {"number": number})


def count_job(page: RawPage) -> Job[int]:
    """Count the items of a file, as `spiders.parsing.wire_file.count_items` does."""
    return Job("items", page.url, page.body, lambda message: int(message["items"]))


def feed_job(body: bytes, *, url: str, content_type: str | None, max_entries: int) -> Job[ParsedFeed]:
    """Read a feed, as `spiders.feeds.parse_feed` does."""
    request = {"url": url, "content_type": content_type, "max_entries": max_entries}
    return Job("feed", url, body, unpack_feed, request)


def listing_job(
    html: bytes, *, url: str, max_entries: int, selector: str = "", is_further: bool = False
) -> Job[ParsedFeed]:
    """Find the stories of a listing page, as `spiders.feeds.listing.read_listing` does."""
    request = {"url": url, "max_entries": max_entries, "selector": selector, "is_further": is_further}
    return Job("listing", url, html, unpack_feed, request)


def front_page_job(html: bytes, *, url: str) -> Job[FrontPage]:
    """Find the feeds of a page, as `spiders.feeds.discovery.read_front_page` does."""
    return Job("front-page", url, html, unpack_front_page, {"url": url})


def robots_job(body: bytes, agent: str, *, url: str) -> Job[str]:
    """Keep of a robots.txt what it says to one agent, as `spiders.net.robots_rules.keep_rules` does."""
    return Job("robots", url, body, lambda message: str(message["rules"]), {"agent": agent, "url": url})
