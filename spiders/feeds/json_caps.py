"""Cuts what makes a JSON Feed expensive: long lists, long fields, deep nesting. Items stay; what is cut is counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spiders.feeds.caps import FIELD_CHARS, MAX_REPEATS
from spiders.feeds.limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections import Counter

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_CHARS = {
    "title": 20_000,
    "url": 4_001,  # one more than an address may have: a cut one is no address
    "external_url": 4_001,
    "id": 4_000,
    "name": 1_000,
    "summary": 200_000,
    "content_html": 200_000,
    "content_text": 200_000,
}


def cut_deep_values(text: str, cut: Counter[str]) -> str:
    """The text with `null` in the place of every list and object that is nested too deep."""
    kept: list[str] = []
    depth = start = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in {"{", "["}:
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept += (text[start : token.start()], "null")
                cut["values too deep"] += 1
                start = len(text)
        elif mark in {"}", "]"}:
            if depth == MAX_DEPTH + 1:
                start = token.end()
            depth -= 1
    kept.append(text[start:])
    return "".join(kept)


def cap_fields(item: dict[str, Any], cut: Counter[str]) -> dict[str, Any]:
    """An object of a feed whose lists and texts are within the caps; the objects in its lists too."""
    return {name: _cap_value(name, value, cut) for name, value in item.items()}


def _cap_value(name: str, value: Any, cut: Counter[str]) -> Any:
    if isinstance(value, str):
        room = _CHARS.get(name, FIELD_CHARS)
        if len(value) > room:
            cut[f"characters of {name[:40]}"] += len(value) - room
        return value[:room]
    if isinstance(value, dict):
        return cap_fields(value, cut) if name == "author" else value
    if not isinstance(value, list):
        return value
    if len(value) > MAX_REPEATS:
        cut[name[:40]] += len(value) - MAX_REPEATS
    return [
        cap_fields(one, cut) if name == "authors" and isinstance(one, dict) else one
        for one in value[:MAX_REPEATS]
    ]
