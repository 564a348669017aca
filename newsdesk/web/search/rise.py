"""Why a dispatch is news again, in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from indexer.rise import CARRIED, FIRST
from newsdesk.web.formatting import name_step

if TYPE_CHECKING:
    from collections.abc import Mapping


class ShownRise(NamedTuple):
    """When a dispatch last became news, and why; no words for its first copy."""

    at: datetime
    why: str


def read_rise(document: Mapping[str, Any]) -> ShownRise:
    """The last rise in an index document. One of a release before has none: its newest copy counts until it is indexed again."""
    at = datetime.fromisoformat(document.get("news_at") or document["last_changed"])
    return ShownRise(at, _say_why(document.get("news_kind") or FIRST, document.get("news_number")))


def _say_why(kind: str, number: int | None) -> str:
    if kind == FIRST:
        return ""
    if kind == CARRIED:
        return f"{number} owners carry it"
    return "new version" if kind == "story" else name_step(kind, number).lower()
