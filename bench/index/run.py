"""Runs every measure of the index, on a server started as the tests start theirs, and on the embedded index."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.index.copy import Copydesk
from bench.index.following import measure_delay
from bench.index.reading import FLOORS as SEARCH_FLOORS
from bench.index.reading import measure_searches
from bench.index.rebuilding import measure_rebuild
from bench.index.servers import find_impossible, open_index, start_server
from bench.index.writing import FLOORS, compare_writers, drain_all, make_documents, refill_outbox
from bench.table import print_figures
from copytaster.store import outbox
from copytaster.store.engine import Store
from indexer.elastic import ElasticIndex
from indexer.embedded import EmbeddedIndex
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from indexer.port import SearchIndex

SIZE = 100_000
COMPARED = 5_000  # documents sent in three ways, each several times
RESULTS = Path(__file__).parents[1] / "results" / "index.json"


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """{measure: figures} for each adapter; the server's are skipped, with the reason, if no server can be started."""
    parser = argparse.ArgumentParser(prog="python -m bench index")
    parser.add_argument("--size", type=int, default=SIZE, help=f"dispatches in the store ({SIZE})")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="of each measure of searching and of delay"
    )
    chosen = parser.parse_args(list(arguments))
    folder = Path(tempfile.mkdtemp(prefix="copytaster-bench-"))
    results: dict[str, Any] = {"size": chosen.size}
    with ExitStack() as ends:
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        store = Store(f"sqlite:///{folder / 'store.sqlite'}")
        ends.callback(store.close)
        desk = Copydesk()
        desk.fill(store, chosen.size)
        settings = Settings(data_dir=folder)
        embedded = EmbeddedIndex(settings.index_path)
        embedded.setup()
        ends.callback(embedded.close)
        results["embedded"] = _measure(store, desk, embedded, settings, chosen.seconds)
        try:
            url = start_server(ends)
        except find_impossible() as error:
            print(f"SKIPPED: every figure of a server: {error}", file=sys.stderr)
            results["elasticsearch"] = {"skipped": str(error)}
        else:
            results["elasticsearch"] = _measure_server(store, desk, url, folder, chosen)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return results


def _measure_server(
    store: Store, desk: Copydesk, url: str, folder: Path, chosen: argparse.Namespace
) -> dict[str, Any]:
    with store.write() as connection:
        outbox.enqueue_since(connection, 0, at=desk.now())
    everything = make_documents(store, min(chosen.size, COMPARED))
    compared = compare_writers(store, partial(open_index, url), url, len(everything))
    print("\n-- elasticsearch: throughput --")
    print_figures(compared, FLOORS)
    refill_outbox(store, [])
    with store.write() as connection:
        outbox.enqueue_since(connection, 0, at=desk.now())
    index = open_index(url)
    settings = Settings(data_dir=folder, elasticsearch=index.settings)
    try:
        return {"throughput": compared, **_measure(store, desk, index, settings, chosen.seconds)}
    finally:
        index.close()


def _measure(
    store: Store, desk: Copydesk, index: SearchIndex, settings: Settings, seconds: float
) -> dict[str, Any]:
    name = "elasticsearch" if isinstance(index, ElasticIndex) else "embedded"
    results: dict[str, Any] = {}
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "outbox": lambda: drain_all(store, index),
        "search": lambda: measure_searches(store, desk, index, settings, seconds),
        "delay": lambda: measure_delay(store, desk, index, seconds),
        "rebuild": lambda: measure_rebuild(store, desk, index),
    }
    for measure, run in measures.items():
        results[measure] = run()
        print(f"\n-- {name}: {measure} --", flush=True)
        print_figures(results[measure], SEARCH_FLOORS)
    return results
