"""How sources, and looks at sources to be, are shown: as tables and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copytaster.values import iso
from newsdesk.cli.output import print_table
from spiders.sources.tables import write_interval

if TYPE_CHECKING:
    from copytaster.store.sources import SourceState
    from spiders.sources.config import Source
    from spiders.sources.probe import Probe

NEWEST = 5


def show_look(look: Probe | None) -> None:
    """What a look found, as tables; nothing where there was none."""
    if look is None:
        return
    feed = look.feed
    rows = [
        ("feed", f"{look.url} ({feed.kind})"),
        ("title", feed.title),
        ("entries", len(feed.entries)),
        ("publisher", look.publisher),
        ("language", look.language),
        ("interval", write_interval(look.interval)),
        ("robots.txt", look.robots),
    ]
    rows += [("problem", line) for line in feed.problems[:NEWEST]]
    rows += [("also there", other.url) for other in look.others[:NEWEST]]
    print_table(("", ""), rows)
    click.echo()
    print_table(
        ("newest", "published", "address"),
        ((entry.title, iso(entry.published or entry.updated), entry.url) for entry in feed.entries[:NEWEST]),
    )
    click.echo()


def look_data(look: Probe) -> dict[str, Any]:
    """What a look found, as data."""
    feed = look.feed
    return {
        "url": look.url,
        "kind": feed.kind,
        "title": feed.title,
        "entries": len(feed.entries),
        "newest": [
            {"title": entry.title, "url": entry.url, "published_at": iso(entry.published or entry.updated)}
            for entry in feed.entries[:NEWEST]
        ],
        "publisher": look.publisher,
        "name": look.name,
        "language": look.language,
        "interval": write_interval(look.interval),
        "robots": look.robots,
        "problems": list(feed.problems),
        "others": [{"url": other.url, "title": other.title, "how": other.how} for other in look.others],
    }


def rhythm(item: Source) -> str:
    """How often a source is looked at, as it is written."""
    return write_interval(item.interval) if item.interval else item.cron or ""


def word_of(item: Source, state: SourceState) -> str:
    """One word for how a source stands; a pause has its reason."""
    if not item.enabled:
        return "off"
    if state.is_paused:
        return f"paused: {state.paused_why}" if state.paused_why else "paused"
    return "failing" if state.failures else "on"


def source_data(item: Source) -> dict[str, Any]:
    """A source's settings as data."""
    return {
        "name": item.name,
        "publisher": item.publisher_name,
        "family": item.family,
        "agency": item.agency,
        "kind": item.kind,
        "url": item.url,
        "interval": write_interval(item.interval) if item.interval else None,
        "cron": item.cron,
        "timezone": item.timezone,
        "language": item.language,
        "enabled": item.enabled,
        "selectors": {
            name: value for name in item.selectors.__slots__ if (value := getattr(item.selectors, name))
        },
        "limits": {
            name: value for name in item.limits.__slots__ if (value := getattr(item.limits, name)) is not None
        },
    }


def state_data(state: SourceState) -> dict[str, Any]:
    """How a source stands, as data."""
    return {
        "paused": state.is_paused,
        "paused_at": iso(state.paused_at),
        "paused_why": state.paused_why,
        "last_attempt_at": iso(state.last_attempt_at),
        "last_success_at": iso(state.last_success_at),
        "failures": state.failures,
        "last_error": state.last_error,
        "not_before": iso(state.not_before),
        "moved_to": state.moved_to,
    }
