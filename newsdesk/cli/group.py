"""`copytaster group`: group every version that waits."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.store.engine import Store
from copytaster.store.versions import count_waiting
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json, print_table, progress_bar
from newsdesk.pipeline import GroupingStage

if TYPE_CHECKING:
    from pathlib import Path

    from settings import Settings


@click.command()
@common_options
def group(config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Group every version that waits, once.

    The service, `crawl` and `ingest` group what they bring themselves.

    \b
    Example:
      copytaster group --json
    """  # noqa: D301 - click reads the character
    counts = _group_all(read_settings(config, data_dir))
    if as_json:
        print_json(counts)
    else:
        print_table(["versions", "new dispatches", "joined"], [list(counts.values())])


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
