"""The demo's outlets and their feeds, read from outlets.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any, Literal

FeedKind = Literal["rss2", "rss1", "rss091", "atom", "json"]
LinkStyle = Literal["plain", "relative", "tracked"]


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """How an outlet's feed lists its stories, with the faults of real feeds.

    Attributes:
        links: form of the links in entries; `tracked` links carry campaign parameters.
        ids: True if entries carry an id.
        broken: True if the file ends in the middle of an entry.
        local_dates: True if dates are in the outlet's zone instead of UTC.
    """

    kind: FeedKind
    path: str
    links: LinkStyle = "plain"
    ids: bool = True
    broken: bool = False
    local_dates: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """One site of the demo; `zone` is the offset of its dates from UTC."""

    key: str
    name: str
    publisher: str
    layout: str
    path: str
    dateline: str
    feed: DemoFeed
    family: str | None = None
    agency: str | None = None
    language: str = "en"
    zone: tzinfo = UTC
    style: tuple[str, ...] = ()
    keeps_signoff: bool = False


def _zone(text: str) -> tzinfo:
    return datetime.strptime(text, "%z").tzinfo or UTC


def _outlet(key: str, entry: dict[str, Any]) -> Outlet:
    fields = {
        **entry,
        "feed": DemoFeed(**entry["feed"]),
        "zone": _zone(entry.get("zone", "+00:00")),
        "style": tuple(entry.get("style", ())),
    }
    return Outlet(key=key, **fields)


@cache
def load_outlets() -> dict[str, Outlet]:
    """Every outlet by key, in the order of outlets.toml."""
    text = files(__package__).joinpath("outlets.toml").read_text(encoding="utf-8")
    return {key: _outlet(key, entry) for key, entry in tomllib.loads(text).items()}
