"""A web archive of generated pages through `copytaster ingest` to search: pages a second beside parsing alone, CPU and memory.

The pages are those of six kinds of site, see `bench.archive_shapes`; `lost` counts pages that no figure of the report names. Memory is that of the largest process; it is measured for a tenth of the pages too, because it must not grow with them.
"""

from __future__ import annotations

import argparse
import gzip
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
from typing import TYPE_CHECKING, Any

from bench.archive_shapes import Printed, write_shape
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
_PAGES_BETWEEN = 20  # two records that hold no page
_SAMPLE = 20  # pages that are searched for by their headline
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
        "minutes": whole["seconds"] / 60,
        "cpu_ms_a_page": 1000 * whole["cpu_seconds"] / pages,
        "stored": whole["stored"],
        "refused": whole["refused"],
        "lost": whole["lost"],
        "dispatches_in_search": whole["dispatches"],
        "of_20_sampled_pages_found": whole["found"],
        "peak_mb": whole["peak_mb"],
        "peak_mb_of_a_tenth": small["peak_mb"],
    }


def measure_parsing(pages: int) -> float:
    """Pages a second that the worker processes of a crawl parse, with nothing stored; their start does not count."""
    now = datetime.now(UTC)
    made = [_raw_page(number, now) for number in range(pages)]
    with closing(make_parsers(Settings())) as parsers, ThreadPoolExecutor(cores()) as threads:
        for _ in threads.map(lambda page: parsers.parse(page, ParseContext()), made[: 2 * cores()]):
            pass
        began = time.monotonic()
        for _ in threads.map(lambda page: parsers.parse(page, ParseContext()), made):
            pass
        return pages / (time.monotonic() - began)


def _raw_page(number: int, now: datetime) -> RawPage:
    body, kind = write_page(number)
    return RawPage(find_address(number), body, now, headers=(("Content-Type", kind),))


def ingest(folder: Path, pages: int) -> dict[str, float]:
    """Ingest an archive by the command, with grouping and index, and search for its last page."""
    folder.mkdir()
    archive = folder / "made.warc.gz"
    others = write_archive(archive, pages)
    command = [sys.executable, "-m", "newsdesk"]
    common = ["--data-dir", str(folder / "data"), "--json"]
    compile_code = [
        *command,
        "group",
        "--compile",
        "--data-dir",
        str(folder / "data"),
    ]  # once in a data folder
    subprocess.run(compile_code, check=True, capture_output=True)
    began = time.monotonic()
    with (folder / "report.json").open("wb") as written:
        started = subprocess.Popen([*command, "ingest", str(archive), *common], stdout=written)
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    report = json.loads((folder / "report.json").read_text())
    return {
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "stored": report["stored"],
        "lost": pages - report["found"] + abs(others - sum(report["skipped"].values())),
        "refused": report["found"] - report["stored"] - report["unchanged"],
        "dispatches": search([*command, "search", *common])["total"]["value"],
        "found": sum(_is_found([*command, "search", *common], number) for number in _sample(pages)),
        "peak_mb": used.ru_maxrss * _KIBIBYTE / 1e6,
    }


def search(command: Sequence[str]) -> dict[str, Any]:
    """What the command prints."""
    printed = subprocess.run(command, check=False, capture_output=True).stdout
    found: dict[str, Any] = json.loads(printed or b'{"items": [], "total": {"value": 0}}')
    return found


def _sample(pages: int) -> range:
    return range(pages - 1, -1, -max(1, pages // _SAMPLE))


def _is_found(command: Sequence[str], number: int) -> bool:
    return bool(search([*command, f'"{find_headline(number)}"'])["items"])


def find_address(number: int) -> str:
    """The address of a page at one of the outlets."""
    return f"https://outlet{number % _OUTLETS}.example/2026/03/story-{number}.html"


def find_headline(number: int) -> str:
    """The headline of a page, which no other has."""
    return f"Report {number} on the {TOPICS[number % len(TOPICS)]}"


def write_page(number: int) -> tuple[bytes, str]:
    """A page with a story of 350 words of its own, as one of several kinds of site prints it, and its content type."""
    topic = TOPICS[number % len(TOPICS)]
    lines = write_story(topic, f"archive {number}")
    site = f"Outlet {number % _OUTLETS}"
    # A site prints all its pages alike.
    return write_shape(
        number % _OUTLETS, Printed(find_headline(number), lines, site, find_address(number), _DATE)
    )


def write_archive(path: Path, pages: int) -> int:
    """Write an archive of so many pages, each record a gzip member, and of other records between; returns how many those are."""
    others = 0
    with path.open("wb") as file:
        for number in range(pages):
            body, kind = write_page(number)
            file.write(gzip.compress(write_record(find_address(number), body, kind=kind), 1))
            if number % _PAGES_BETWEEN == 0:
                url = f"https://outlet{number % _OUTLETS}.example/picture-{number}.jpg"
                file.write(gzip.compress(write_record(url, b"\xff\xd8\xff", kind="image/jpeg"), 1))
                others += 1
    return others


def write_record(url: str, body: bytes, *, kind: str = "text/html; charset=utf-8") -> bytes:
    """One response record of WARC 1.0."""
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {_DATE}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"
