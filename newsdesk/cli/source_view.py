"""How sources, their states and the results of a probe are printed: as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copytaster.values import iso, to_json
from newsdesk.cli.output import print_table
from spiders.sources.config import RECEIVED
from spiders.sources.tables import write_interval

if TYPE_CHECKING:
    from copytaster.store.sources import SourceState
    from newsdesk.operations.source_report import SourceReport
    from spiders.sources.config import Source
    from spiders.sources.probe import Probe

NEWEST = 5


def print_probe(probe: Probe) -> None:
    """Print the feed that a probe found and its newest entries."""
    feed = probe.feed
    rows = [
        (probe.kind, f"{probe.url} ({feed.kind})"),
        ("title", feed.title),
        ("entries", len(feed.entries)),
        ("publisher", probe.publisher),
        ("language", probe.language),
        ("interval", "as it arrives" if probe.kind in RECEIVED else write_interval(probe.interval)),
        ("robots.txt", probe.robots),
    ]
    if probe.how == "guess":
        rows.append(
            (
                "note",
                "no page names this feed: it was found at a usual address; check that it is the right one",
            )
        )
    rows += [("sitemaps", len(feed.parts))] if feed.parts else []
    rows += [("next page", feed.next_url)] if feed.next_url else []
    rows += [("problem", line) for line in feed.problems[:NEWEST]]
    rows += [("other feed", other.url) for other in probe.others[:NEWEST]]
    print_table(("", ""), rows)
    click.echo()
    print_table(
        ("newest", "published", "address"),
        ((entry.title, iso(entry.published or entry.updated), entry.url) for entry in feed.entries[:NEWEST]),
    )
    click.echo()


def probe_to_json(probe: Probe) -> dict[str, Any]:
    """What a probe found, as JSON."""
    feed = probe.feed
    return {
        "url": probe.url,
        "how": probe.how,
        "source_kind": probe.kind,
        "kind": feed.kind,
        "title": feed.title,
        "entries": len(feed.entries),
        "newest": [
            {"title": entry.title, "url": entry.url, "published_at": iso(entry.published or entry.updated)}
            for entry in feed.entries[:NEWEST]
        ],
        "publisher": probe.publisher,
        "name": probe.name,
        "language": probe.language,
        "interval": write_interval(probe.interval),
        "robots": probe.robots,
        "problems": list(feed.problems),
        "others": [{"url": other.url, "title": other.title, "how": other.how} for other in probe.others],
    }


def format_schedule(source: Source) -> str:
    """The interval or the cron expression of a source, as sources.toml spells it."""
    if source.is_received:
        return "as it arrives"
    return write_interval(source.interval) if source.interval else source.cron or ""


def health_to_json(report: SourceReport) -> dict[str, Any]:
    """What the runs of a source say about it, as JSON; `state` is the word that people see."""
    return {
        "state": report.word,
        "health": report.health,
        "evidence": report.evidence,
        "since": iso(report.since),
        "failing": report.is_failing,
        "last_new_at": iso(report.last_new_at),
        "new_today": report.new_today,
        "usual_new": report.usual_new,
        "next_due": iso(report.next_due),
        "slow_lane": report.slow_lane,
        "wire_to_desk": to_json(report.wire_to_desk),
    }


def source_to_json(source: Source) -> dict[str, Any]:
    """The settings of a source as JSON."""
    selectors, limits = source.selectors, source.limits
    return {
        "name": source.name,
        "publisher": source.publisher_name,
        "family": source.family,
        "agency": source.agency,
        "kind": source.kind,
        "url": source.url,
        "interval": write_interval(source.interval) if source.interval else None,
        "longest_interval": write_interval(source.longest_interval) if source.longest_interval else None,
        "cron": source.cron,
        "timezone": source.timezone,
        "language": source.language,
        "enabled": source.enabled,
        "follow_moves": source.follow_moves,
        "revisit": source.revisit,
        "selectors": {name: value for name in selectors.__slots__ if (value := getattr(selectors, name))},
        "limits": {name: value for name in limits.__slots__ if (value := getattr(limits, name)) is not None},
    }


def state_to_json(state: SourceState) -> dict[str, Any]:
    """The state of a source as JSON: pause, last attempts, errors."""
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
