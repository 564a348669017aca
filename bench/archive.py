"""A web archive of generated pages through `copytaster ingest` to search: pages a second beside parsing alone, and memory.

Memory is that of the largest process; it is measured for a tenth of the pages too, because it must not grow with them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.copy.stories import TOPICS, write_story
from bench.table import print_figures
from copytaster.values import RawPage
from settings import Settings
from spiders.parsing import ParseContext
from spiders.sandbox.start import cores, make_parsers

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGES = 10_000
_OUTLETS = 50
_KIBIBYTE = 1024  # unit of ru_maxrss on Linux
_DATE = "2026-03-01T10:30:00Z"


def main(arguments: Sequence[str]) -> dict[str, float]:
    """Measure and print; return the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench archive", description=__doc__)
    parser.add_argument("--pages", type=int, default=PAGES)
    figures = measure(parser.parse_args(arguments).pages)
    print_figures(figures)
    return figures


def measure(pages: int) -> dict[str, float]:
    """The figures of an archive of so many pages."""
    with tempfile.TemporaryDirectory(prefix="copytaster-archive-") as folder:
        parsed = measure_parsing(min(pages, 500))
        small = ingest(Path(folder) / "small", max(1, pages // 10))
        whole = ingest(Path(folder) / "whole", pages)
    return {
        "pages": pages,
        "pages_a_second_parsed_alone": parsed,
        "pages_a_second_to_search": pages / whole["seconds"],
        "stored": whole["stored"],
        "last_page_found": whole["found"],
        "peak_mb": whole["peak_mb"],
        "peak_mb_of_a_tenth": small["peak_mb"],
    }


def measure_parsing(pages: int) -> float:
    """Pages a second that the worker processes of a crawl parse, with nothing stored; their start does not count."""
    now = datetime.now(UTC)
    made = [RawPage(find_address(number), write_page(number), now) for number in range(pages)]
    with closing(make_parsers(Settings())) as parsers, ThreadPoolExecutor(cores()) as threads:
        for _ in threads.map(lambda page: parsers.parse(page, ParseContext()), made[: 2 * cores()]):
            pass
        began = time.monotonic()
        for _ in threads.map(lambda page: parsers.parse(page, ParseContext()), made):
            pass
        return pages / (time.monotonic() - began)


def ingest(folder: Path, pages: int) -> dict[str, float]:
    """Ingest an archive by the command, with grouping and index, and search for its last page."""
    folder.mkdir()
    archive = folder / "made.warc"
    with archive.open("wb") as file:
        for number in range(pages):
            file.write(write_record(find_address(number), write_page(number)))
    command = [sys.executable, "-m", "newsdesk"]
    common = ["--data-dir", str(folder / "data"), "--json"]
    began = time.monotonic()
    with (folder / "report.json").open("wb") as report:
        started = subprocess.Popen([*command, "ingest", str(archive), *common], stdout=report)
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    stored = json.loads((folder / "report.json").read_text())["stored"]
    words = [*command, "search", f'"{find_headline(pages - 1)}"', *common]
    found = json.loads(subprocess.run(words, check=False, capture_output=True).stdout or b"{}")
    return {
        "seconds": seconds,
        "stored": stored,
        "found": float(bool(found.get("items"))),
        "peak_mb": used.ru_maxrss * _KIBIBYTE / 1e6,
    }


def find_address(number: int) -> str:
    """The address of a page at one of the outlets."""
    return f"https://outlet{number % _OUTLETS}.example/2026/03/story-{number}.html"


def find_headline(number: int) -> str:
    """The headline of a page, which no other has."""
    return f"Report {number} on the {TOPICS[number % len(TOPICS)]}"


def write_page(number: int) -> bytes:
    """A page with a story of 350 words of its own among menus and lists of other stories."""
    text = "".join(
        f"<p>{line}</p>" for line in write_story(TOPICS[number % len(TOPICS)], f"archive {number}")
    )
    links = "".join(
        f"<li><a href='/2026/02/{at}.html'>Earlier report {at} of our staff</a></li>" for at in range(40)
    )
    head = find_headline(number)
    return (
        f"<!doctype html><html lang='en'><head><title>{head}</title><meta property='og:type' content='article'>"
        f"<meta property='article:published_time' content='{_DATE}'></head><body><nav><ul>{links}</ul></nav><main><article>"
        f"<h1>{head}</h1>{text}</article></main><aside><ul>{links}</ul></aside></body></html>"
    ).encode()


def write_record(url: str, body: bytes) -> bytes:
    """One response record of WARC 1.0."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {_DATE}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"
