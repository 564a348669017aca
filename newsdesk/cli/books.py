"""`copytaster books`: what came to each gate, what passed it, and why the rest did not."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, NotFoundError, nearest
from copytaster.store import ledger
from copytaster.store.books import GATES
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings, read_window
from newsdesk.cli.output import end_list, format_moment, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from copytaster.store.books import Book


def require_source(source: str | None, known: set[str], config: Path) -> None:
    """Check the name given to --source.

    Raises:
        NotFoundError: nothing is known of it.
    """
    if source is not None and source not in known:
        raise NotFoundError(
            f"no source is named {source!r}", resource=str(config), hint=nearest(source, known)
        )


@click.command("books")
@click.option("--source", help="Only this source, one row an hour.")
@click.option("--since", help="Begin of the window; by default 24 hours before its end.")
@click.option("--until", help="End of the window; by default now.")
@common_options
def show_books(
    source: str | None,
    since: str | None,
    until: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> int:
    """Show how many entries came to each gate, and why some did not pass.

    The gates are found, fetched, parsed, stored, grouped and indexed. What came to a gate passed it or stopped there for a
    reason; any difference is shown as unaccounted for, and `copytaster doctor` fails on it.

    \b
    Example:
      copytaster books
      copytaster books --source harbour-world --since 2026-11-20

    Exit code: 0 done, 4 nothing matched.
    """  # noqa: D301
    from newsdesk.operations.books import read_report, report_to_json

    start, end = read_window(since, until)
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        report = read_report(connection, since=start, until=end, source=source)
        known = {*ledger.count_outcomes(connection), *(one.name for one in read_configured_sources(config))}
    if not report.periods:
        require_source(source, known, config)
    if as_json:
        print_json(report_to_json(report))
        return ExitCode.DONE if report.periods else ExitCode.NOTHING_MATCHED
    shown = report.sources if source is None else report.periods
    if shown:
        print_table(
            ("source" if source is None else "from", *GATES, "did not pass", "unaccounted"),
            [_row(one, with_name=source is None) for one in shown],
        )
    return end_list(shown)


def _row(one: Book, *, with_name: bool) -> Sequence[object]:
    from newsdesk.operations.books import describe_difference, describe_stops

    name = one.source if with_name else format_moment(one.start)
    passed = (gate.passed for gate in one.gates)
    return (name, *passed, describe_stops(one), describe_difference(one))
