"""Why a dispatch is news again: the last thing that happened to it beyond one more reprint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newsdesk.web.formatting import name_step, to_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

MANY = 10  # owners; news again when so many carry it, and at each doubling


@dataclass(frozen=True, slots=True)
class Rise:
    """When a dispatch last became news, and why in words; no words for its first copy."""

    at: datetime
    why: str


def find_rise(document: Mapping[str, Any]) -> Rise:
    """The last rise of a dispatch: its first copy, a step of the agency, or many owners at once. A bare reprint is none."""
    return max(_list_rises(document), key=lambda rise: rise.at)


def _list_rises(document: Mapping[str, Any]) -> Iterator[Rise]:
    first = to_moment(document["first_seen"])
    if first is None:
        raise ValueError("a dispatch has a first copy")
    yield Rise(first, "")
    for step in (document.get("chain") or ())[1:]:
        at = to_moment(step["at"])
        if at is not None:
            yield Rise(at, name_step(step["kind"], step["number"]).lower())
    yield from _list_spreads(document)


def _list_spreads(document: Mapping[str, Any]) -> Iterator[Rise]:
    seen: dict[str, datetime] = {}
    for member in document.get("members") or ():
        at = to_moment(member["first_seen"])
        owner = member.get("family") or member["publisher"]
        if at is not None:
            seen[owner] = min(at, seen.get(owner, at))
    moments, number = sorted(seen.values()), MANY
    while number <= len(moments):
        yield Rise(moments[number - 1], f"{number} owners carry it")
        number *= 2
