"""`copytaster index` and `copytaster rebuild`: write the documents that wait, or build a new index from the store."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, UnreachableError
from copytaster.store.engine import Store
from indexer.factory import open_index
from indexer.rebuild.rebuild import go_back, rebuild_index
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json, progress_bar
from newsdesk.pipeline import IndexingStage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from indexer.port import SearchIndex


@click.command("index")
@common_options
def write_index(config: Path, data_dir: Path | None, as_json: bool) -> int:
    """Write every document that waits to the index, once.

    The service, `crawl` and `ingest` index what they bring themselves.

    \b
    Example:
      copytaster index --json

    Exit code: 0 done, 3 some documents must be retried or were refused, 69 the index accepts none.
    """  # noqa: D301 - click reads the character
    with _open(config, data_dir) as (store, index), _progress("indexing") as on_progress:
        report = IndexingStage(store, index).drain(on_progress=on_progress)
    if report.trouble and not report.written:
        raise UnreachableError(report.trouble, resource="index", hint=f"{report.waiting} documents wait")
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{report.written} written, {report.retried} to retry, {report.quarantined} refused, "
            f"{report.waiting} waiting"
        )
    return ExitCode.PARTLY_DONE if report.retried or report.quarantined else ExitCode.DONE


@click.command("rebuild")
@click.option("--back", is_flag=True, help="Return to the index that the last rebuild replaced.")
@click.option("--take-over", is_flag=True, help="Replace the index even if another installation writes it.")
@common_options
def rebuild(config: Path, data_dir: Path | None, as_json: bool, back: bool, take_over: bool) -> int:
    """Build a new index from the store, beside the live one.

    Searches and writes continue meanwhile. On a search server an interrupted rebuild resumes, and the replaced index
    is kept for a while: --back puts it in place again and writes what changed since.

    \b
    Example:
      copytaster rebuild

    Exit code: 0 done, 3 the index refused some documents.
    """  # noqa: D301 - click reads the character
    with _open(config, data_dir) as (store, index):
        if back:
            return _go_back(store, index, as_json=as_json)
        with _progress("rebuilding") as on_progress:
            report = rebuild_index(store, index, on_progress=on_progress, take_over=take_over)
        drained = IndexingStage(store, index).drain()
    if as_json:
        print_json(report)
    else:
        click.echo(f"{report.written} of {report.read} dispatches written, {report.quarantined} refused")
    return ExitCode.PARTLY_DONE if report.quarantined or drained.quarantined else ExitCode.DONE


def _go_back(store: Store, index: SearchIndex, *, as_json: bool) -> int:
    queued = go_back(store, index)
    drained = IndexingStage(store, index).drain()
    if as_json:
        print_json({"queued": queued, "drained": drained})
    else:
        click.echo(f"the previous index is live again; {drained.written} of {queued} later changes written")
    return ExitCode.PARTLY_DONE if drained.retried or drained.quarantined else ExitCode.DONE


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    with progress_bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _open(config: Path, data_dir: Path | None) -> Iterator[tuple[Store, SearchIndex]]:
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, closing(open_index(settings)) as index:
        yield store, index
