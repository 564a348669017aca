"""`copytaster runs`: the ledger of due times as a table."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, NotFoundError, nearest
from copytaster.logs import clean_text
from copytaster.store import ledger
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings
from newsdesk.cli.output import format_counts, format_time, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from copytaster.store.ledger import Run

_COLUMNS = (
    "run",
    "source",
    "due",
    "trigger",
    "outcome",
    "why",
    "found",
    "stored",
    "unchanged",
    "dropped",
    "errors",
    "s",
)


@click.command()
@click.argument("source", required=False)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="List at most this many."
)
@common_options
def runs(source: str | None, limit: int, config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """List due times, newest first, and how each run ended.

    \b
    Example:
      copytaster runs harbour-world --limit 10

    Exit code: 0 done, 4 nothing matched.
    """  # noqa: D301
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = ledger.list_runs(connection, source=source, limit=limit)
        known = {*ledger.count_outcomes(connection), *(one.name for one in read_configured_sources(config))}
    if source is not None and source not in known:
        raise NotFoundError(
            f"no source is named {source!r}", resource=str(config), hint=nearest(source, known)
        )
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, [_run_row(run) for run in found])
    return ExitCode.DONE if found else ExitCode.NOTHING_MATCHED


def _run_row(run: Run) -> Sequence[object]:
    return (
        run.id,
        run.source,
        format_time(run.due_at),
        run.trigger,
        run.outcome,
        clean_text(run.why or ""),
        run.found,
        run.stored,
        run.unchanged,
        format_counts(run.dropped),
        format_counts(run.errors),
        None if run.seconds is None else f"{run.seconds:.1f}",
    )
