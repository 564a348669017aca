"""`copytaster trace`: prints where a story is, or why there is none. The steps come from `newsdesk.operations.tracing`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.logs import clean_text
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings
from newsdesk.cli.output import format_moment, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from newsdesk.operations.tracing.trace import Trace


@click.command()
@click.argument("of", metavar="URL|ID")
@common_options
def trace(of: str, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show where a story is: each step's time and reason, or why it was dropped.

    The argument is an address, a story's number (12), one version of it (12/2), a version's number (v34), a dispatch,
    or the id that the agency gives its copy. Of an address neither session nor tracking parameters count. Addresses
    that gave no story have their steps too. The text of a story is never printed.

    \b
    Example:
      copytaster trace https://outlet.example/ferry
      copytaster trace v34 --json

    Exit code: 0 done, 4 no source has named it.
    """  # noqa: D301 - click reads the character
    from indexer.factory import open_index
    from newsdesk.operations.tracing.trace import trace_story

    settings = read_settings(config, data_dir)
    sources = read_configured_sources(config)
    with (
        closing(Store(settings.store_url)) as store,
        closing(open_index(settings)) as index,
        store.read() as connection,
    ):
        found = trace_story(connection, of, index, sources)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Trace) -> None:
    click.echo(clean_text(found.of))
    click.echo(clean_text(f"{found.end.upper()}: {found.detail}"))
    click.echo()
    print_table(
        ("time", "step", "detail"),
        [(format_moment(one.at) or "now", one.step, clean_text(one.detail)) for one in found.steps],
    )
