"""`copytaster doctor`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.logs import clean_text
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_masked_json, print_table

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@common_options
def doctor(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Check that the books balance, and show the way out of what is wrong. Changes nothing.

    \b
    Example:
      copytaster doctor

    Exit code: 0 no fault found, 1 a fault found.
    """  # noqa: D301
    from indexer.factory import open_index
    from newsdesk.operations.doctor import examine

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        index = open_index(settings)
        try:
            findings = list(examine(store, index, settings, config))
        finally:
            index.close()
    if as_json:
        print_masked_json(findings)
    else:
        print_table(
            ("check", "", "found", "way out"),
            [(one.check, one.level, clean_text(one.detail), one.way_out) for one in findings],
        )
    return int(any(one.level == "fault" for one in findings))
