"""The sources page: the state of each source with its evidence, totals, and a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from copytaster.source_health import SourceHealth
from newsdesk.operations.source_report import count_health, read_sources_report, select_reports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsdesk.operations.source_report import SourceReport
    from newsdesk.web.backend import Backend
    from newsdesk.web.parameters import SourcesParameters

ALARMING = frozenset(
    {
        SourceHealth.NOTHING_USABLE,
        SourceHealth.WALL,
        SourceHealth.NOT_A_FEED,
        SourceHealth.BLOCKED,
        SourceHealth.FAILING,
    }
)
_QUIET_WORDS = frozenset({"off", "unconfigured", SourceHealth.NOT_RUN, SourceHealth.UNCHANGED})


def read_reports(backend: Backend) -> tuple[SourceReport, ...]:
    """The state of every source."""
    with backend.store.read() as connection:
        return read_sources_report(connection, backend.schedule, backend.sources)


def describe_sources(backend: Backend, parameters: SourcesParameters) -> dict[str, Any]:
    """The rows that the parameters choose, the failing ones first, and what is counted above them."""
    reports = read_reports(backend)
    chosen = select_reports(reports, failing=parameters.failing, word=parameters.state)
    return {
        "sources": [_describe_row(report) for report in sorted(chosen, key=lambda one: not one.is_failing)],
        "totals": _describe_totals(reports, parameters),
        "is_filtered": parameters.failing or parameters.state is not None,
        "complete": backend.read_complete(),
    }


def describe_fault(backend: Backend) -> str | None:
    """Why sources.toml as it is now is refused; None if it is good."""
    fault = backend.sources.fault
    return None if fault is None else str(fault)


def _describe_totals(reports: Sequence[SourceReport], parameters: SourcesParameters) -> list[dict[str, Any]]:
    """Links to all sources, the failing ones, and each state that some source is in."""
    is_all = not parameters.failing and parameters.state is None
    failing = sum(report.is_failing for report in reports)
    totals = [
        {"word": "all", "count": len(reports), "href": "/sources", "chosen": is_all},
        {"word": "to look at", "count": failing, "href": "/sources?failing=1", "chosen": parameters.failing},
    ]
    for word, count in count_health(reports).items():
        href = "/sources?" + urlencode({"state": word})
        totals.append({"word": word, "count": count, "href": href, "chosen": parameters.state == word})
    return totals


def _describe_row(report: SourceReport) -> dict[str, Any]:
    run = report.last_run
    return {
        "name": report.source,
        "publisher": report.publisher or report.source,
        "page": "/sources/" + quote(report.source),
        "href": "/?" + urlencode({"publisher": report.publisher}) if report.publisher else None,
        "word": report.word,
        "is_running": report.state == "running",
        "tone": _tone(report),
        "evidence": (report.paused_why or "") if report.state == "paused" else report.evidence,
        "since": report.since if report.is_failing else None,
        "last_run": None if run is None else run.ended_at or run.started_at,
        "last_new_at": report.last_new_at,
        "today": report.new_today,
        "usual": report.usual_new,
        "wire_to_desk": report.wire_to_desk,
        "next_due": report.next_due,
    }


def _tone(report: SourceReport) -> str:
    if report.is_failing:
        return "alarm" if report.health in ALARMING else "caution"
    if report.state == "paused" or report.health is SourceHealth.MOVED:
        return "caution"
    return "quiet" if report.word in _QUIET_WORDS else ""
