"""`python -m bench year`: CPU seconds of commands and pages on a year of ledger and copy, beside what was promised."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from bench.desk.reading import measure_home
from bench.rows import Figure
from bench.served import serve
from bench.table import print_targets
from bench.year.fill import Size, fill
from copytaster.store.engine import Store
from indexer.factory import open_index
from newsdesk.web.app import create_app
from settings import Settings
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMANDS = {("doctor",): 2.0, ("status",): None, ("source", "list"): None}  # CPU seconds, imports included
PAGES = {"/metrics": 0.05, "/sources": None, "/": None, "/readyz": None}
TIMES = 5  # each page; the first one is shown by itself


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Fill a store, or take one that was filled before; print the figures and return them by name."""
    parser = argparse.ArgumentParser(prog="python -m bench year", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--stories", type=int, default=20_000, help="a day")
    parser.add_argument(
        "--folder", type=Path, help="keep the store there; one that is there is measured as it is"
    )
    chosen = parser.parse_args(list(arguments))
    size = Size(chosen.days, chosen.sources, chosen.stories)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        if not (folder / "sources.toml").exists():
            folder.mkdir(parents=True, exist_ok=True)
            print(f"filling {folder} with {size.versions:,} versions", flush=True)
            fill(folder, size, datetime.now(UTC))
        figures = [*_time_commands(folder), *_time_pages(folder)]
    print_targets(figures)
    return {"size": asdict(size), "figures": [asdict(figure) for figure in figures]}


def _time_commands(folder: Path) -> Iterator[Figure]:
    for words, target in COMMANDS.items():
        place = ["--data-dir", str(folder), "--config", str(folder / "sources.toml")]
        command = [sys.executable, "-m", "newsdesk", *words, *place]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=os.environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        yield Figure("commands", f"copytaster {' '.join(words)}, CPU s", spent, target, "at most")


def _time_pages(folder: Path) -> Iterator[Figure]:
    settings = Settings(data_dir=folder)
    sources = read_sources(folder / "sources.toml")
    with closing(Store(settings.store_url)) as store, closing(open_index(settings)) as index:
        client = TestClient(create_app(store, index, settings, sources), base_url="http://127.0.0.1")
        for path, target in PAGES.items():
            spent = [_time_page(client, path) for _ in range(TIMES + 1)]
            yield Figure("pages", f"{path}, first, CPU s", spent[0])
            yield Figure("pages", f"{path}, median of {TIMES}, CPU s", median(spent[1:]), target, "at most")
        with serve(settings) as served:
            yield from measure_home("pages", served, index)


def _time_page(client: TestClient, path: str) -> float:
    begun = time.process_time()
    response = client.get(path)
    response.raise_for_status()
    return time.process_time() - begun
