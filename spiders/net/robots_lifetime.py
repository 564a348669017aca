"""What a response to a request for robots.txt means, and how long it holds (RFC 9309, 2.3 and 2.4). No I/O.

Both roads that fetch one, a crawl and a command, follow it; `copytaster.store.robots` keeps it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copytaster.errors import RefusedError
from copytaster.store.robots import LARGEST, OK, KeptRobots
from spiders.net.conditional import NOT_MODIFIED, conditional_headers

if TYPE_CHECKING:
    from copytaster.values import RawPage

PATH = "/robots.txt"
SHORTEST = timedelta(hours=1)  # whatever the server says: many forbid to keep anything at all
LONGEST = timedelta(hours=24)
_BUSY = 429
_FAILED = 500
_MOST_SECONDS = 9  # digits


class RobotsRefusedError(RefusedError):
    """The site's robots.txt disallows this address."""

    reason = "robots"


class RobotsUnreachableError(RefusedError):
    """robots.txt cannot be fetched, so no page may be fetched now (RFC 9309, 2.3.1.4)."""

    reason = "robots-unreachable"


def origin_of(url: str) -> str:
    """The site that an address belongs to, as `scheme://host:port`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_robots(url: str) -> bool:
    """True for the address of a site's robots.txt."""
    parts = urlsplit(url)
    return parts.path == PATH and not parts.query


def headers_for(former: KeptRobots | None) -> dict[str, str]:
    """The headers of the request that replaces a robots.txt which has expired."""
    return {} if former is None else conditional_headers(former.etag, former.last_modified)


def read_answer(page: RawPage, former: KeptRobots | None, *, origin: str) -> KeptRobots:
    """What the response says from now on.

    Args:
        page: the last response, after redirects.
        former: what was kept, if its validators were sent along.
        origin: of the site that was asked, wherever redirects led.

    Raises:
        RobotsUnreachableError: the server failed, or is busy: nothing may be fetched then.
    """
    if page.status >= _FAILED or page.status == _BUSY:
        raise RobotsUnreachableError(f"robots.txt answers {page.status}", resource=page.url)
    until = page.fetched_at + _lifetime(page)
    if page.status == NOT_MODIFIED and former is not None:
        return replace(former, fetched_at=page.fetched_at, expires_at=until)
    has_rules = page.status == OK
    return KeptRobots(
        origin=origin,
        status=page.status,
        body=page.body[:LARGEST] if has_rules else b"",
        etag=_header(page, "etag") if has_rules else None,
        last_modified=_header(page, "last-modified") if has_rules else None,
        fetched_at=page.fetched_at,
        expires_at=until,
    )


def _lifetime(page: RawPage) -> timedelta:
    """Between the shortest and the longest one; the longest where the server names none."""
    named = _named_lifetime(page)
    return LONGEST if named is None else min(max(named, SHORTEST), LONGEST)


def _named_lifetime(page: RawPage) -> timedelta | None:
    """What Cache-Control says, or else Expires; None without either."""
    directives = [part.strip().lower() for part in (_header(page, "cache-control") or "").split(",")]
    if "no-store" in directives or "no-cache" in directives:
        return timedelta()
    for directive in directives:
        name, _, value = directive.partition("=")
        seconds = value.strip('" ')
        if name == "max-age" and seconds.isascii() and seconds.isdigit():
            return timedelta(seconds=int(seconds[:_MOST_SECONDS]))
    expires = _header(page, "expires")
    return None if expires is None else _until(expires, page.fetched_at)


def _until(text: str, now: datetime) -> timedelta:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # such as 0: it has expired (RFC 9111, 5.3)
        return timedelta()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment - now


def _header(page: RawPage, name: str) -> str | None:
    return next((value for key, value in page.headers if key.lower() == name and value), None)
