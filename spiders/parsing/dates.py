"""Reads when a story was published from page, feed and address: a moment in UTC, and the zone as printed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from spiders.parsing.structured import PageClaims

_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date.published",
    "publishdate",
    "publish-date",
    "publish_date",
    "pubdate",
    "published",
    "published_at",
    "sailthru.date",
    "parsely-pub-date",
    "cxenseparse:recs:publishtime",
    "analyticsattributes.articledate",
    "dc.date.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "reuterspublicationdate",
    "revision_date",
    "displaydate",
    "date",
    "eomportal-lastupdate",
    "originalpublicationdate",
    "datecreated",
    "citation_publication_date",
)
_UPDATED_META = (
    "article:modified_time",
    "og:updated_time",
    "og:article:modified_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
)
_MAX_LIBRARY_DEPTH = 200
_MAX_LIBRARY_CHARS = 1_000_000
OUT_OF_RANGE = "date-out-of-range"  # the warning
_OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
_DIGITS_ONLY = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?$")
_EPOCH = re.compile(r"(\d{9,10})(\d{3})?$")
_ISO_LIKE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]{1,3}(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?)?"
    r"\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_FORMATS = (
    "%B %d, %Y %I:%M %p",
    "%b %d, %Y %I:%M %p",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y %H:%M",
    "%d %B %Y",
    "%d %b %Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y",
)
_IN_ADDRESS = re.compile(
    r"(?:^|[/_-])((?:19|20)\d{2})[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?=\D|$)"
)


def parse_page_date(text: str) -> tuple[datetime, str | None] | None:
    """Read a moment in UTC and its zone as `+03:00` (None if none is printed; UTC is assumed then).

    Reads ISO 8601 and its near misses, RFC 5322, `20160224`, seconds or milliseconds since 1970 and plain dates.
    """
    text = " ".join(text.split())[:80]
    if not text:
        return None
    try:
        moment = _read(text)
        if moment is None:
            return None
        offset = moment.utcoffset()
        if offset is None:
            return moment.replace(tzinfo=UTC), None
        return moment.astimezone(UTC), _zone(offset)
    except (ValueError, OverflowError, TypeError):
        return None


def _read(text: str) -> datetime | None:
    if compact := _DIGITS_ONLY.match(text):
        return datetime(*(int(part) for part in compact.groups(default="0")))  # type: ignore[arg-type]  # noqa: DTZ001
    if seconds := _EPOCH.match(text):
        return datetime.fromtimestamp(int(seconds[1]), UTC)
    if iso := _ISO_LIKE.match(text):
        return _from_iso(iso)
    if text[:1].isalpha() or text[:1].isdigit():
        try:
            return parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            pass
    return _from_formats(text)


def _from_iso(match: re.Match[str]) -> datetime:
    numbers = [int(part) for part in match.groups(default="0")[:6]]
    moment = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001
    zone = match[7]
    if zone is None:
        return moment
    if zone[0] not in "+-":
        return moment.replace(tzinfo=UTC)
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    return (moment - offset).replace(tzinfo=UTC).astimezone(timezone(offset))


def _from_formats(text: str) -> datetime | None:
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _zone(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def is_sane(moment: datetime, now: datetime) -> bool:
    """True unless the moment is before 1980 or more than a day ahead."""
    return _OLDEST <= moment <= now + timedelta(days=1)


def believe(moment: datetime | None, now: datetime) -> tuple[datetime | None, str | None, list[str]]:
    """Convert the date of a feed or user to UTC, with its zone as `+03:00`, and a warning if it is impossible."""
    if moment is None:
        return None, None, []
    if not is_sane(moment, now):
        return None, None, [OUT_OF_RANGE]
    return moment.astimezone(UTC), _zone(moment.utcoffset() or timedelta()), []


def claimed_published(claims: PageClaims, tree: LexborHTMLParser) -> list[str]:
    """The page's claims of its first publication, most trusted first."""
    texts = [claims.text("datePublished"), claims.text("dateCreated"), claims.text("uploadDate")]
    texts += [claims.meta.get(name) for name in _PUBLISHED_META]
    for node in tree.css("time[datetime], [itemprop=datePublished], abbr[title]")[:5]:
        attributes = node.attributes
        texts.append(attributes.get("datetime") or attributes.get("content") or attributes.get("title"))
    return [text for text in texts if text]


def claimed_updated(claims: PageClaims) -> list[str]:
    """The page's claims of its last change, most trusted first."""
    texts = [claims.text("dateModified"), *(claims.meta.get(name) for name in _UPDATED_META)]
    return [text for text in texts if text]


def date_in_address(url: str) -> datetime | None:
    """Read the day in an address, `/2016/02/24/`, as midnight UTC."""
    for match in _IN_ADDRESS.finditer(url):
        try:
            return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
        except ValueError:
            continue
    return None


def guess_date(html: str, fetched_at: datetime, depth: int) -> datetime | None:
    """Let htmldate guess the day from text and markup, as midnight UTC, for pages without a claim.

    Returns None for pages that are too deep or too large for that library.
    """
    if depth > _MAX_LIBRARY_DEPTH or len(html) > _MAX_LIBRARY_CHARS:
        return None
    from htmldate import find_date

    latest = (fetched_at + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        text = find_date(
            html, extensive_search=False, original_date=True, max_date=latest, min_date="1990-01-01"
        )
    except Exception:  # noqa: BLE001  a guess that fails in any way is no guess
        return None
    if not text or text.endswith("-01-01"):  # the year of a copyright line
        return None
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
