"""`copytaster group`: group every version that waits."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.compiled_code import find_kept_folder
from copytaster.store.engine import Store
from copytaster.store.versions import count_waiting
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json, print_table, progress_bar
from newsdesk.pipeline import GroupingStage

if TYPE_CHECKING:
    from pathlib import Path

    from settings import Settings


@click.command()
@click.option(
    "--compile",
    "compile_only",
    is_flag=True,
    help="Compile what grouping needs for this data folder; group nothing.",
)
@common_options
def group(config: Path, data_dir: Path | None, *, compile_only: bool, as_json: bool) -> None:
    """Group every version that waits, once.

    The service, `crawl` and `ingest` group what they bring themselves. After an installation or an upgrade, `--compile`
    does beforehand what the first start does: it takes half a minute of a processor, once in a data folder.

    \b
    Example:
      copytaster group --json
      copytaster group --compile
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    if compile_only:
        _compile(settings, as_json=as_json)
        return
    counts = _group_all(settings)
    if as_json:
        print_json(counts)
    else:
        print_table(["versions", "new dispatches", "joined"], [list(counts.values())])


def _compile(settings: Settings, *, as_json: bool) -> None:
    with closing(Store(settings.store_url)) as store:
        GroupingStage(store, settings.grouping).warm_up()
    folder = find_kept_folder()
    if as_json:
        print_json({"compiled": True, "folder": None if folder is None else str(folder)})
    else:
        click.echo(f"compiled code: {folder}" if folder else "compiled, but kept nowhere: the log says why")


def _group_all(settings: Settings) -> dict[str, int]:
    with closing(Store(settings.store_url)) as store:
        with store.read() as connection:
            waiting = count_waiting(connection)
        grouping = GroupingStage(store, settings.grouping)
        with progress_bar() as bar:
            task = bar.add_task("grouping", total=waiting)
            verdicts = Counter(
                outcome.verdict
                for outcome in grouping.group_all(on_progress=lambda done: bar.update(task, completed=done))
            )
            while grouping.backfill_slice():
                pass
    return {"versions": verdicts.total(), "founded": verdicts["founded"], "joined": verdicts["joined"]}
