"""Real pages through the whole service: a loopback server offers them in one feed per publisher.

Reads ../shared/corpus/pages; bench/pages.py scores the fields.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import re
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from sqlalchemy import func, select

from bench.pages import CORPUS, FLOORS, Case, score_fields
from bench.table import print_figures
from copytaster.logs import set_up
from copytaster.store.engine import Store
from copytaster.store.tables import outbox, refusals, runs, stories, versions
from copytaster.values import Credit, Dateline, ParsedStory
from indexer.factory import open_index
from newsdesk.pipeline import follow
from newsdesk.service import Service
from settings import load_settings
from spiders.ingest import ingest_paths, open_parsers
from spiders.parsing import ParseContext
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from indexer.port import IndexAction, SearchIndex, WriteOutcome

ROUNDS = 3
LONGEST_S = 300


def read_pages(corpus: Path) -> dict[str, dict[str, str]]:
    """Page id -> row, of both lists of pages."""
    rows = {}
    for name in ("pages.tsv", "pages_negative.tsv"):
        with (corpus / name).open(encoding="utf-8", newline="") as file:
            rows.update(
                {row["id"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
            )
    return rows


def source_name(publisher: str) -> str:
    """A publisher's name as a source's name."""
    return re.sub(r"[^a-z0-9]+", "-", publisher.lower()).strip("-") or "unnamed"


@contextmanager
def serve(corpus: Path, answered: dict[str, float]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Serve every page and one feed per publisher; yield (address, publisher -> page ids).

    Stores in `answered` the moment at which each page's feed was first served.
    """
    by_publisher: dict[str, list[str]] = defaultdict(list)
    for page, row in read_pages(corpus).items():
        by_publisher[row["publisher"] or "unknown"].append(page)
    files = {path.name.split(".")[0]: path for path in (corpus / "pages").glob("*.html.gz")}
    feeds = {source_name(publisher): pages for publisher, pages in by_publisher.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, _, name = self.path.strip("/").partition("/")
            if kind == "page" and name in files:
                # as saved: only the page itself declares its encoding
                self._answer(gzip.decompress(files[name].read_bytes()), "text/html")
            elif kind == "feed" and name in feeds:
                self._answer(_write_feed(name, feeds[name]), "application/rss+xml; charset=utf-8")
                for page in feeds[name]:
                    answered.setdefault(page, time.monotonic())
            else:
                self._answer(b"", "text/plain", 404)

        def _answer(self, body: bytes, content_type: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", dict(by_publisher)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _write_feed(title: str, pages: list[str]) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{page}</guid><link>/page/{page}</link></item>" for page in pages
    )
    text = f"<rss version='2.0'><channel><title>{escape(title)}</title>{items}</channel></rss>"
    return text.encode()


def write_sources(url: str, publishers: dict[str, list[str]], path: Path) -> None:
    """Write a sources.toml that collects every feed without delays."""
    blocks = [
        "[settings.crawl]",
        'allow_addresses = ["127.0.0.1/32"]',
        "delay_s = 0",
        "concurrent_per_host = 16",
    ]
    for publisher in publishers:
        name = source_name(publisher)
        blocks += [
            "[[source]]",
            f'name = "{name}"',
            f'publisher = "{publisher}"',
            'kind = "feed"',
            f'url = "{url}/feed/{name}"',
            'interval = "1h"',
        ]
    path.write_text("\n".join(blocks) + "\n", encoding="utf-8")


class Watched:
    """An index that notes when each page was first searchable."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self.searchable: dict[str, float] = {}

    def write(self, actions: Iterable[IndexAction], *, refresh: bool = True) -> WriteOutcome:
        """Write, then note the time: searches find the documents once `write` has returned."""
        actions = list(actions)
        outcome = self._index.write(actions)
        now = time.monotonic()
        for action in actions:
            for url in json.loads(action.document)["urls"]:
                self.searchable.setdefault(name_page(url), now)
        return outcome

    def __getattr__(self, name: str) -> Any:
        """Delegate everything else to the index."""
        return getattr(self._index, name)


def name_page(url: str) -> str:
    """The page's id, the last part of its URL."""
    return url.rpartition("/")[2]


def crawl_live(folder: Path) -> dict[str, Any]:
    """Run the service over the replayed pages once: scores, counts, and seconds from feed to searchable."""
    answered: dict[str, float] = {}
    config = folder / "sources.toml"
    with serve(CORPUS, answered) as (url, publishers):
        write_sources(url, publishers, config)
        settings = load_settings(config, data_dir=folder, log_level="ERROR", web={"port": 0})
        service = Service(settings, read_sources(config), config=config)
        watched = Watched(service.index)
        service.index = watched
        start = time.monotonic()
        try:
            asyncio.run(_run_until_quiet(service, len(publishers)))
            seconds = time.monotonic() - start
            cases, negatives = _read_cases(service.store)
            counts = _count(service.store)
        finally:
            service.close()
    delays = sorted(
        moment - answered[page] for page, moment in watched.searchable.items() if page in answered
    )
    return {
        "scores": score_fields(cases, negatives),
        "counts": counts,
        "seconds": seconds,
        "feed_to_searchable_s": {
            "p50": _quantile(delays, 0.5),
            "p95": _quantile(delays, 0.95),
            "pages": len(delays),
        },
    }


async def _run_until_quiet(service: Service, sources: int) -> None:
    running = asyncio.create_task(service.run())
    async with asyncio.timeout(LONGEST_S):
        while not running.done() and not _is_quiet(service.store, sources):  # noqa: ASYNC110 - rows of other processes
            await asyncio.sleep(0.25)
    service.stop()
    await running


def _is_quiet(store: Store, sources: int) -> bool:
    ended = select(func.count(runs.c.source.distinct())).where(runs.c.ended_at.is_not(None))
    waiting = (
        select(func.count()).select_from(versions).where(~versions.c.grouped),
        select(func.count()).select_from(outbox),
    )
    with store.read() as connection:
        return connection.scalar(ended) == sources and not any(connection.scalar(query) for query in waiting)


def _read_cases(store: Store) -> tuple[list[Case], list[Case]]:
    with store.read() as connection:
        joined = versions.join(stories, stories.c.id == versions.c.story_id)
        rows = list(connection.execute(select(versions, stories.c.url).select_from(joined)).mappings())
        reasons = {name_page(row.url): row.reason for row in connection.execute(select(refusals))}
    found = {name_page(row["url"]): _to_story(row) for row in rows}
    cases: tuple[list[Case], list[Case]] = ([], [])
    for page, truth in read_pages(CORPUS).items():
        cases["agency" not in truth].append(Case(truth, found.get(page), reasons.get(page), 0.0))
    return cases


def _to_story(row: Any) -> ParsedStory:
    dateline = row["dateline"] and Dateline(
        **(row["dateline"] | {"places": tuple(row["dateline"]["places"])})
    )
    return ParsedStory(
        headline=row["headline"],
        body=row["body"],
        publisher="",
        url=row["url"],
        dateline=dateline,
        credit=Credit(row["agency"], row["agency_confidence"]),
        published_at=row["published_at"],
    )


def _count(store: Store) -> dict[str, Any]:
    with store.read() as connection:
        served, stored = (
            connection.scalar(select(func.sum(runs.c[name]))) or 0 for name in ("found", "stored")
        )
        reasons = Counter(connection.scalars(select(refusals.c.reason)))
    return {"found": served, "stored": stored, "refused": dict(reasons)}


def compare_speed(folder: Path) -> dict[str, Any]:
    """Pages per second of parsing alone and of parsing, storing, grouping and indexing, alternately in one run."""
    paths = sorted((CORPUS / "pages").glob("*.html.gz"))
    alone, whole = [], []
    for number in range(ROUNDS):
        alone.append(len(paths) / _time_extraction(paths))
        whole.append(len(paths) / _time_road(paths, folder / str(number)))
    ratio = statistics.median(road / parse for road, parse in zip(whole, alone, strict=True))
    return {"extraction_pages_s": max(alone), "whole_road_pages_s": max(whole), "ratio": ratio}


def _time_extraction(paths: Sequence[Path]) -> float:
    start = time.perf_counter()
    with open_parsers(load_settings()) as parse:
        for _ in parse(paths, ParseContext()):
            pass
    return time.perf_counter() - start


def _time_road(paths: Sequence[Path], folder: Path) -> float:
    settings = load_settings(data_dir=folder)
    store, index = Store(settings.store_url), open_index(settings)
    try:
        start = time.perf_counter()
        with follow(store, index, settings.grouping) as following:
            ingest_paths(paths, store=store, settings=settings, on_stored=following.note_stored)
        return time.perf_counter() - start
    finally:
        index.close()
        store.close()


def _quantile(values: Sequence[float], share: float) -> float | None:
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


def measure() -> dict[str, Any]:
    """Every figure by name; `{"skipped": reason}` without the corpus."""
    if not (CORPUS / "pages").is_dir():
        return {"skipped": f"no corpus at {CORPUS.parent.name}/{CORPUS.name} beside the project"}
    set_up("ERROR", "text")
    with tempfile.TemporaryDirectory(prefix="copytaster-bench-", ignore_cleanup_errors=True) as name:
        live = Path(name, "live")
        live.mkdir()
        return {**crawl_live(live), "speed": compare_speed(Path(name))}


def main() -> dict[str, Any]:
    """Measure and print."""
    figures = measure()
    if "skipped" in figures:
        print_figures(figures)
        return figures
    print_figures(figures["scores"], FLOORS)
    for group in ("counts", "feed_to_searchable_s", "speed"):
        print_figures(
            {f"{group}, {name}": value for name, value in figures[group].items()}, {"speed, ratio": 0.7}
        )
    print_figures({"seconds for the whole crawl": figures["seconds"]})
    return figures


if __name__ == "__main__":
    main()
