"""`copytaster doctor`: the checks of `newsdesk.operations.doctor` as a table."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import CopytasterError
from copytaster.logs import clean_text
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option(
    "--whole", is_flag=True, help="Compare every row and document, not only the newest of large tables."
)
@common_options
def doctor(config: Path, data_dir: Path | None, *, whole: bool, as_json: bool) -> int:
    """Check store, index, parser, sources and configuration, and show how to fix what is wrong. Changes nothing.

    \b
    Example:
      copytaster doctor
      copytaster doctor --whole

    Exit code: 0 no fault found, 1 a fault found.
    """  # noqa: D301
    from indexer.factory import open_index
    from newsdesk.operations.doctor import examine, examine_without_store

    settings = read_settings(config, data_dir)
    with closing(open_index(settings)) as index:
        try:
            store = Store(settings.store_url)
        except CopytasterError as error:
            results = list(examine_without_store(error, index, settings, config))
        else:
            with closing(store):
                results = list(examine(store, index, settings, config, whole=whole))
    if as_json:
        print_json(results)
    else:
        print_table(
            ("check", "level", "found", "fix"),
            [(one.check, one.level, clean_text(one.detail), one.way_out) for one in results],
        )
    return int(any(one.level == "fault" for one in results))
