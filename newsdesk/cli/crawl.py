"""`copytaster crawl`: collect from sources once, then group and index."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from copytaster.errors import NotFoundError
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import format_counts, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from spiders.run_report import RunReport

_COLUMNS = (
    "source",
    "outcome",
    "found",
    "fetched",
    "stored",
    "unchanged",
    "dropped",
    "errors",
    "seconds",
    "MB",
)


@click.command("crawl")
@click.argument("sources", nargs=-1)
@common_options
def crawl_sources(sources: tuple[str, ...], config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Collect from sources now, once; group and index what they bring.

    Without SOURCES it collects from every enabled source. Of a folder or mailbox it takes in what waits now.

    \b
    Example:
      copytaster crawl
      copytaster crawl harbour-world --json

    Exit code: 0 every source ran, 3 some failed or ran in part, or what came is stored and
    not indexed, 1 all failed.
    """  # noqa: D301
    from newsdesk.pipeline import end_stored, open_and_follow
    from spiders.process.parent import crawl_and_wait
    from spiders.receive_once import receive_once
    from spiders.run_report import exit_code
    from spiders.sources.config import read_sources

    settings = read_settings(config, data_dir)
    configured = read_sources(config)
    selected = configured.select(sources)
    if not selected:
        raise NotFoundError(
            "no source is enabled",
            resource=str(config),
            hint="add one with `copytaster source add URL`, or name a disabled one: `copytaster crawl NAME`",
        )
    with open_and_follow(settings) as (_, following):
        crawled = [source.name for source in selected if not source.is_received]
        reports = crawl_and_wait(
            crawled, configured=configured, settings=settings, on_stored=following.note_stored
        )
        reports += receive_once(
            selected, configured=configured, settings=settings, on_stored=following.note_stored
        )
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        print_table(_COLUMNS, [_report_row(report) for report in reports])
    return end_stored(exit_code(reports), following)


def _report_row(report: RunReport) -> Sequence[object]:
    return (
        report.source,
        report.outcome,
        report.found,
        report.fetched,
        report.stored,
        report.unchanged,
        format_counts(report.dropped),
        format_counts(report.errors) or report.why,
        None if report.seconds is None else f"{report.seconds:.1f}",
        None if report.peak_bytes is None else report.peak_bytes // 1_000_000,
    )
