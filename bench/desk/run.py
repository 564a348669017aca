"""Fills a store with invented dispatches, serves it, and prints what readers of its pages meet."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.desk.following import measure_pages
from bench.desk.reading import measure_carriers, measure_home
from bench.desk.screen import measure_screen
from bench.index.copy import Copydesk
from bench.index.servers import find_impossible, open_index, start_server
from bench.served import serve
from bench.table import print_targets
from copytaster.store import outbox
from copytaster.store.engine import Store
from indexer.drain import drain
from indexer.embedded import EmbeddedIndex
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.rows import Figure
    from indexer.port import SearchIndex

SIZE = 100_000
CARRIERS = 401


def main(arguments: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The figures of each index; the server's are skipped, with the reason, if no server can be started."""
    parser = argparse.ArgumentParser(prog="python -m bench desk")
    parser.add_argument("--size", type=int, default=SIZE, help=f"dispatches in the store ({SIZE})")
    parser.add_argument("--seconds", type=float, default=20.0, help="of changes beside open pages")
    parser.add_argument("--embedded", action="store_true", help="leave the search server out")
    chosen = parser.parse_args(list(arguments))
    folder = Path(tempfile.mkdtemp(prefix="copytaster-bench-"))
    with ExitStack() as ends:
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        store = Store(f"sqlite:///{folder / 'store.sqlite'}")
        ends.callback(store.close)
        desk = Copydesk()
        desk.fill(store, chosen.size)
        with store.write() as connection:
            carried = desk.insert_carried(connection, CARRIERS)
        embedded = EmbeddedIndex(Settings(data_dir=folder).index_path)
        embedded.setup()
        ends.callback(embedded.close)
        figures = _measure(store, desk, embedded, Settings(data_dir=folder), carried, chosen.seconds)
        if not chosen.embedded:
            figures += _measure_server(store, desk, folder, ends)
    print_targets(figures)
    return [asdict(figure) for figure in figures]


def _measure(
    store: Store, desk: Copydesk, index: SearchIndex, settings: Settings, carried: str, seconds: float
) -> list[Figure]:
    _write_off(store, index)
    with serve(settings) as served:
        return [
            *measure_home("embedded", served, index),
            *measure_carriers("carriers", served, carried),
            *measure_pages("open pages", served, store, desk, index, seconds),
            *measure_screen("screen", served, store, desk, index, carried),
        ]


def _measure_server(store: Store, desk: Copydesk, folder: Path, ends: ExitStack) -> list[Figure]:
    try:
        url = start_server(ends)
    except find_impossible() as error:
        print(f"SKIPPED: the figures of a server: {error}", file=sys.stderr)
        return []
    index = open_index(url)
    ends.callback(index.close)
    with store.write() as connection:
        outbox.enqueue_since(connection, 0, at=desk.now())
    _write_off(store, index)
    with serve(Settings(data_dir=folder, elasticsearch=index.settings)) as served:
        return measure_home("elasticsearch", served, index)


def _write_off(store: Store, index: SearchIndex) -> None:
    while drain(store, index).written:
        pass
