"""What configuration and feed say about a page before it is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from spiders.parsing.template_values import Template

UNNAMED_TYPE = "application/octet-stream"  # of files whose name does not say that they hold plain text


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS selectors of one source; what they find overrides everything but the text in JSON-LD.

    The elements that `remove` finds are deleted first; the other four name the elements that hold a field.
    """

    headline: str | None = None
    body: str | None = None
    byline: str | None = None
    published: str | None = None
    remove: str | None = None


@dataclass(frozen=True, slots=True)
class ParseContext:
    """The claims of source and feed entry; every field may be missing.

    Attributes:
        publisher: who published it, by configuration or by the page's host.
        claimed_publisher: who published it by the feed's account, where that is another.
        language: of the source, e.g. `en`.
        published_at: aware; from the feed or the user.
        published_zone: the zone in which the feed printed it, `+03:00`; None: without one; empty: that of `published_at`.
        feed_title: the entry's title, a last resort for the headline.
        feed_byline: names of the entry's authors.
        url: the public address of a page that was read from a file.
        template: what the pages of its host print around their stories.
    """

    publisher: str | None = None
    language: str | None = None
    selectors: Selectors | None = None
    published_at: datetime | None = None
    feed_title: str | None = None
    feed_byline: tuple[str, ...] = ()
    url: str | None = None
    claimed_publisher: str | None = None
    published_zone: str | None = ""
    template: Template | None = None
