"""Checks the claims of a feed's entries: decides which id, link and date to trust, and computes key and digest."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from copytaster.identity import canonical_url, hash_of
from copytaster.values import iso
from copytaster.wire.moment import Moment, read_moment
from spiders.feeds.feed import FeedEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MAX_TITLE = 1_000
MAX_SUMMARY = 5_000
MAX_TEXT = 200_000  # characters of a story that a feed carries whole; longer ones are left to their page
LEAST_TEXT = 280  # fewer are a summary
MAX_ID = 4_000
MAX_HOST = 253  # characters (RFC 1035)
MANY = 3  # entries that must share a date before it counts as a constant
_SAME_TEXT = 0.5  # share of common words of an entry and its update
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,15}(?:\s[^<>]{0,500})?/?>|<!--")
_BREAKS_OFF = re.compile(
    r"(?:\.\.\.|…|\[[^\]]{0,30}\]|(?:continue reading|read (?:more|on)|weiterlesen|mehr lesen|lire la suite|seguir leyendo|leer más)\W{0,5})\W{0,3}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EntryClaim:
    """An entry as the feed gives it, in any format; nothing is checked yet."""

    number: int  # place in the feed, from 1
    id: str | None = None
    link: str | None = None
    title: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    summary: str = ""
    content: str = ""
    source_publisher: str | None = None
    language: str | None = None
    published_zone: str | None = None
    unread_date: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedEntries:
    """The usable entries, one problem line for each fault, and the number of entries lost."""

    entries: tuple[FeedEntry, ...]
    problems: tuple[str, ...]
    lost: int


def check_entries(claims: Sequence[EntryClaim], *, url: str) -> CheckedEntries:
    """Give every claim a key and a digest; drop empty and repeated entries.

    An id that several entries share while their links (or three titles) differ is a constant: the link replaces it. If
    entries with different titles share a link, link and title together make the key; where their whole texts differ too, the
    link is no story's. A date that all entries share is the date of the feed and no part of a digest.
    """
    problems: list[str] = []
    links = [resolve_link(claim.link, url) for claim in claims]
    pages = [canonical_url(link) if link else "" for link in links]
    constants = _constant_ids(claims, pages)
    crowded = _crowded_links(claims, links)
    problems += [f"constant-id: {count} entries share {name[:80]!r}" for name, count in constants.items()]
    unread = [claim.unread_date for claim in claims if claim.unread_date]
    if unread:
        problems.append(f"unread-dates: {len(unread)}, the first is {unread[0][:60]!r}")
    volatile_published = _is_shared([claim.published for claim in claims])
    volatile_updated = _is_shared([claim.updated for claim in claims])
    found: dict[str, FeedEntry] = {}
    lost = 0
    for claim, link, page in zip(claims, links, pages, strict=True):
        entry = _make_entry(
            claim,
            link,
            page,
            trust_id=claim.id not in constants,
            trust_link=link not in crowded,
            moments=(
                None if volatile_published else claim.published,
                None if volatile_updated else claim.updated,
            ),
        )
        if entry is None:
            problems.append(f"says-nothing: entry {claim.number}")
            lost += 1
            continue
        if claim.link and link is None:
            problems.append(f"bad-link: entry {claim.number}")
        if entry.key in found:
            problems.append(f"repeated: entry {claim.number}")
            entry = _newer(found[entry.key], entry)
        found[entry.key] = entry
    entries = tuple(found.values())
    of_many = _stories_at_one_link(entries)
    problems += [f"shared-link: {count} stories share {link[:80]!r}" for link, count in of_many.items()]
    kept = tuple(
        replace(entry, url=None, address="") if entry.address in of_many and entry.text else entry
        for entry in entries
    )
    return CheckedEntries(kept, tuple(problems), lost)


def resolve_link(link: str | None, base: str) -> str | None:
    """The absolute http(s) address of a link; None if the link has none."""
    if not link:
        return None
    try:
        found = urljoin(base, link.strip())
        parts = urlsplit(found)
        usable = parts.scheme in {"http", "https"} and 0 < len(parts.hostname or "") <= MAX_HOST
        _ = parts.port  # raises for one that is no port
    except ValueError:
        return None
    if not usable or len(found) > MAX_ID:
        return None
    return re.sub(r"\s", "%20", found)


def read_dates(
    published: str | None, updated: str | None, *, language: str | None
) -> tuple[Moment | None, Moment | None, str | None]:
    """(published, updated, a text that could not be read) of an entry; its only date counts as published."""
    day_first = None if (language or "en").lower().startswith("en") else True
    if (language or "").lower() in ("en-us", "en-gb"):
        day_first = (language or "").lower() == "en-gb"
    read = [read_moment(text or "", day_first=day_first) for text in (published, updated)]
    unread = [
        text for text, moment in zip((published, updated), read, strict=True) if text and moment is None
    ]
    return read[0] or (None if published else read[1]), read[1], unread[0] if unread else None


def bounded_text(text: str, limit: int) -> str:
    """Remove tags and character references, collapse blanks, and cut at `limit` characters."""
    text = text[: limit * 20]
    if _TAG.search(text):
        body = LexborHTMLParser(text).body
        text = body.text(separator=" ") if body is not None else ""
    elif "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())[:limit].rstrip()


def _constant_ids(claims: Sequence[EntryClaim], pages: Sequence[str]) -> dict[str, int]:
    meant: defaultdict[str, set[str]] = defaultdict(set)
    titles: defaultdict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for claim, page in zip(claims, pages, strict=True):
        if claim.id:
            meant[claim.id].add(page or claim.title)
            titles[claim.id].add(" ".join(claim.title.split()))
            counts[claim.id] += 1
    return {
        name: count
        for name, count in counts.items()
        if len(meant[name]) > 1 or len(titles[name]) >= MANY  # two titles may be an entry and its update
    }


def _crowded_links(claims: Sequence[EntryClaim], links: Sequence[str | None]) -> set[str]:
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for claim, link in zip(claims, links, strict=True):
        if link:
            titles[link].add(claim.title)
    return {link for link, found in titles.items() if len(found) > 1}


def _stories_at_one_link(entries: Sequence[FeedEntry]) -> dict[str, int]:
    """Links that entries with whole texts of their own share, each text another: no page there is all of these stories."""
    texts: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for entry in entries:
        if entry.address and entry.text and entry.title:
            texts[entry.address].append(
                frozenset(_WORD.findall(bounded_text(entry.text, MAX_SUMMARY).casefold()))
            )
    return {
        address: len(found)
        for address, found in texts.items()
        if len(found) > 1
        and all(len(found[0] & other) < _SAME_TEXT * len(found[0] | other) for other in found[1:])
    }


def _is_shared(moments: Sequence[datetime | None]) -> bool:
    return len(moments) >= MANY and len(set(moments)) == 1


def _newer(first: FeedEntry, second: FeedEntry) -> FeedEntry:
    if first.updated is not None and second.updated is not None and second.updated > first.updated:
        return second
    return first


def _make_entry(
    claim: EntryClaim,
    link: str | None,
    page: str,
    *,
    trust_id: bool,
    trust_link: bool,
    moments: tuple[datetime | None, datetime | None],
) -> FeedEntry | None:
    title, summary = bounded_text(claim.title, MAX_TITLE), bounded_text(claim.summary, MAX_SUMMARY)
    content = bounded_text(claim.content, MAX_SUMMARY)
    if not (link or title or summary or content):
        return None
    return FeedEntry(
        key=_key(
            claim.id if trust_id else None,
            page if trust_link else "",
            (page, title, "" if page else iso(claim.published) or "", "" if page else summary),
        ),
        id=claim.id,
        url=link,
        address=page,
        title=title,
        published=claim.published,
        updated=claim.updated,
        author=claim.author,
        summary=summary or None,
        source_publisher=claim.source_publisher,
        language=claim.language,
        published_zone=claim.published_zone,
        text=_own_text(claim),
        digest=hash_of((page, title, summary, content, *(iso(moment) or "" for moment in moments))),
    )


def _own_text(claim: EntryClaim) -> str:
    """The longest text of the entry, uncut, if it is longer than summaries are and does not break off."""
    text = max(claim.content, claim.summary, key=len)
    plain = bounded_text(text, MAX_TEXT)
    is_whole = LEAST_TEXT <= len(plain) < MAX_TEXT and not _BREAKS_OFF.search(plain[-80:])
    return text if is_whole else ""


def _key(own_id: str | None, page: str, otherwise: tuple[str, ...]) -> str:
    if own_id:
        return hash_of(("id", own_id))
    return hash_of(("link", page)) if page else hash_of(("said", *otherwise))
