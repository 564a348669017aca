"""`copytaster index` and `copytaster rebuild`: the index as it follows the store, and made anew."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from copytaster.errors import UnreachableError
from copytaster.store.engine import Store
from indexer.factory import open_index
from indexer.rebuild.rebuild import go_back, rebuild_index
from newsdesk.cli.options import PARTLY_DONE, common_options, read_settings
from newsdesk.cli.output import print_json, progress_bar
from newsdesk.pipeline import IndexingStage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from indexer.port import SearchIndex


@click.command("index")
@common_options
def write_index(config: Path, data_dir: Path | None, as_json: bool) -> int:
    """Write what waits for the index, once.

    \b
    Example:
      copytaster index --json

    Exit code: 0 done, 3 some put off or set aside, 69 the index takes nothing.
    """  # noqa: D301 - click reads the character
    with _opened(config, data_dir) as (store, index), _progress("indexing") as on_progress:
        indexing = IndexingStage(store, index)
        indexing.prepare()
        report = indexing.drain(on_progress=on_progress)
    if report.trouble and not report.written:
        raise UnreachableError(report.trouble, resource="index", hint=f"{report.waiting} documents wait")
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{report.written} written, {report.retried} put off, {report.quarantined} set aside, {report.waiting} waiting"
        )
    return PARTLY_DONE if report.retried or report.quarantined else 0


@click.command()
@click.option("--back", is_flag=True, help="Go back to the index before the last rebuild.")
@common_options
def rebuild(config: Path, data_dir: Path | None, as_json: bool, back: bool) -> int:
    """Make the index anew from the store, beside the live one; searches and writes go on meanwhile.

    On a search server an interrupted rebuild goes on where it was, and the index before is kept: --back puts it in
    place again and writes what changed since.

    \b
    Example:
      copytaster rebuild
    """  # noqa: D301 - click reads the character
    with _opened(config, data_dir) as (store, index):
        if back:
            return _go_back(store, index, as_json=as_json)
        with _progress("rebuilding") as on_progress:
            report = rebuild_index(store, index, on_progress=on_progress)
        drained = IndexingStage(store, index).drain()
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{report.written} of {report.read} dispatches in the new index, {report.quarantined} set aside"
        )
    return PARTLY_DONE if report.quarantined or drained.quarantined else 0


def _go_back(store: Store, index: SearchIndex, *, as_json: bool) -> int:
    queued = go_back(store, index)
    drained = IndexingStage(store, index).drain()
    if as_json:
        print_json({"queued": queued, "drained": drained})
    else:
        click.echo(f"the index before is in place again, {drained.written} of {queued} changes since written")
    return PARTLY_DONE if drained.retried or drained.quarantined else 0


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    with progress_bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _opened(config: Path, data_dir: Path | None) -> Iterator[tuple[Store, SearchIndex]]:
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, closing(open_index(settings)) as index:
        yield store, index
