"""The outlets' feeds: RSS 2.0, 1.0 and 0.91, Atom and JSON Feed, with the habits and faults of real feeds."""

from __future__ import annotations

import json
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from datetime import datetime

    from newsdesk.demo.outlets import Outlet
    from newsdesk.demo.pages import Edition

CONTENT_TYPES = {
    "rss2": "application/rss+xml; charset=utf-8",
    "rss1": "application/rdf+xml; charset=utf-8",
    "rss091": "text/xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_TRACKING = "utm_source=rss&utm_medium=feed&utm_campaign=top"
# what a download leaves that breaks off in an entry before its link
_TORN_ENTRY = "<item>\n<title>Sponsored: the city in your pocket &amp; the o"


def render_feed(outlet: Outlet, editions: list[Edition], *, origin: str) -> str:
    """These editions as a feed of the outlet's kind."""
    if outlet.feed.kind == "json":
        return json.dumps(_json_feed(outlet, editions, origin), ensure_ascii=False, indent=1)
    text: str = (
        _environment()
        .get_template(f"{outlet.feed.kind}.xml")
        .render(
            outlet=outlet,
            editions=editions,
            origin=origin,
            link=write_link,
            moment=lambda moment: _moment(outlet, moment),
        )
    )
    if outlet.feed.broken:
        return text[: text.rindex("</item>") + len("</item>\n")] + _TORN_ENTRY if "</item>" in text else text
    return text


def write_link(edition: Edition) -> str:
    """The link of an entry: relative, with tracking parameters, or unchanged."""
    style = edition.outlet.feed.links
    if style == "relative":
        return edition.page.path
    if style == "tracked":
        return f"{edition.url}{'&' if '?' in edition.url else '?'}{_TRACKING}"
    return edition.url


def _moment(outlet: Outlet, moment: datetime) -> datetime:
    return moment.astimezone(outlet.zone) if outlet.feed.local_dates else moment


def _json_feed(outlet: Outlet, editions: list[Edition], origin: str) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": origin + "/",
        "feed_url": origin + outlet.feed.path,
        "language": outlet.language,
        "items": [
            {
                "id": str(edition.page.number),
                "url": write_link(edition),
                "title": edition.story.headline,
                "summary": edition.summary,
                "date_published": edition.published_at.isoformat(),
                "date_modified": edition.updated_at.isoformat(),
            }
            for edition in editions
        ],
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("newsdesk.demo", "feeds"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["rfc822"] = format_datetime
    return environment
