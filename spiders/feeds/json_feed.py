"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), as claims."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from copytaster.errors import UnparsableError
from spiders.feeds.caps import describe_cuts
from spiders.feeds.entries import (
    MAX_ID,
    MAX_TITLE,
    EntryClaim,
    bounded_text,
    check_entries,
    read_dates,
    resolve_link,
)
from spiders.feeds.feed import ParsedFeed
from spiders.feeds.json_caps import cap_fields, cut_deep_values

_VERSIONS = {"1": "json10", "1.0": "json10", "1.1": "json11"}


def read_json_feed(text: str, *, url: str, max_entries: int, problems: list[str]) -> ParsedFeed:
    """Read a JSON Feed; of a truncated feed, the complete items.

    Raises:
        UnparsableError: the text is no JSON, or another kind of JSON document.
    """
    cut: Counter[str] = Counter()
    data, truncated = _load(text, url, cut)
    items = data.pop("items", None)
    data = cap_fields(data, cut)
    version = str(data.get("version", "")).rpartition("/")[2]
    if not isinstance(items, list) or ("jsonfeed.org" not in str(data.get("version", "")) and not truncated):
        raise UnparsableError("this is JSON, but not a JSON Feed", reason="not-a-feed", resource=url)
    problems = list(problems)
    if truncated:
        problems.append(f"truncated: after entry {len(items)}")
    if len(items) > max_entries:
        problems.append(f"too-many: entries from {max_entries + 1} on are left out")
    taken = items[:max_entries]
    claims = [
        _claim(number, cap_fields(item, cut))
        for number, item in enumerate(taken, 1)
        if isinstance(item, dict)
    ]
    bad = len(taken) - len(claims)
    if bad:
        problems.append(f"broken: {bad} items are no objects")
    if cut:
        problems.insert(0, describe_cuts(cut))
    verdict = check_entries(claims, url=url)
    hubs = [hub for hub in _list(data.get("hubs")) if isinstance(hub, dict)]
    return ParsedFeed(
        kind=_VERSIONS.get(version, "json11"),
        title=bounded_text(_text(data.get("title")), MAX_TITLE),
        language=_text(data.get("language")) or None,
        entries=verdict.entries,
        problems=(*problems, *verdict.problems),
        lost=bad + verdict.lost,
        partial=truncated or bad > 0,
        site_url=resolve_link(_text(data.get("home_page_url")), url),
        self_url=resolve_link(_text(data.get("feed_url")), url),
        hub_url=resolve_link(_text(hubs[0].get("url")), url) if hubs else None,
    )


def _load(text: str, url: str, cut: Counter[str]) -> tuple[dict[str, Any], bool]:
    """Return the document and whether it is truncated; of a truncated one, the head and the complete items."""
    try:
        data = json.loads(text)
    except RecursionError as error:
        if cut:
            raise UnparsableError("it is nested too deep", reason="too-complex", resource=url) from error
        return _load(cut_deep_values(text, cut), url, cut)
    except ValueError as error:  # JSONDecodeError, or a number of more digits than Python converts
        salvaged = _salvage(text)
        if salvaged is None and cut:
            raise UnparsableError("it is nested too deep", reason="too-complex", resource=url) from error
        if salvaged is None:
            raise UnparsableError(f"not valid JSON: {error}", reason="not-a-feed", resource=url) from error
        return salvaged, True
    if not isinstance(data, dict):
        raise UnparsableError("this is JSON, but not a JSON Feed", reason="not-a-feed", resource=url)
    return data, False


def _salvage(text: str) -> dict[str, Any] | None:
    """The head of a JSON Feed that breaks off, and the items before the break."""
    mark = text.find('"items"')
    start = text.find("[", mark) if mark >= 0 else -1
    if start < 0 or "jsonfeed.org/version" not in text:
        return None
    try:
        head = json.loads(f"{text[:mark].rstrip().rstrip(',')}}}")
    except (ValueError, RecursionError):
        head = {}
    items: list[Any] = []
    decoder = json.JSONDecoder()
    position = start + 1
    while (begin := text.find("{", position)) >= 0 and not text[position:begin].strip(" \t\r\n,"):
        try:
            item, position = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            break
        items.append(item)
    if not items:
        return None
    return {**(head if isinstance(head, dict) else {}), "items": items}


def _claim(number: int, item: dict[str, Any]) -> EntryClaim:
    published, updated, unread = read_dates(
        _text(item.get("date_published")), _text(item.get("date_modified")), language=None
    )
    content_html, content_text = _text(item.get("content_html")), _text(item.get("content_text"))
    return EntryClaim(
        number=number,
        id=_text(item.get("id")).strip()[:MAX_ID] or None,
        link=_text(item.get("url")) or _text(item.get("external_url")) or None,
        title=_text(item.get("title")),
        published=published.at if published else None,
        updated=updated.at if updated else None,
        published_zone=published.zone if published else None,
        unread_date=unread,
        author=_author(item),
        summary=_text(item.get("summary")) or content_text,
        content=content_html,
        language=_text(item.get("language")) or None,
    )


def _author(item: dict[str, Any]) -> str | None:
    authors = [*_list(item.get("authors")), item.get("author")]  # `author` is version 1.0
    names = [_text(author.get("name")) for author in authors if isinstance(author, dict)]
    return bounded_text(", ".join(name for name in names if name), MAX_TITLE) or None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """Text as it is, numbers as text: ids are numbers in the wild."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate becomes `?`
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
