"""Real pages through the real spiders: a loopback server prints them as feeds by publisher, and everything is timed.

Reads ../shared/corpus/pages; the scores of the fields themselves are bench/pages.py's.
"""

from __future__ import annotations

import csv
import gzip
import re
import threading
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_pages(corpus: Path) -> dict[str, dict[str, str]]:
    """Rows of both lists of pages, by id."""
    rows = {}
    for name in ("pages.tsv", "pages_negative.tsv"):
        with (corpus / name).open(encoding="utf-8", newline="") as file:
            rows.update({row["id"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)})
    return rows


def source_name(publisher: str) -> str:
    """A publisher's name as a source's name."""
    return re.sub(r"[^a-z0-9]+", "-", publisher.lower()).strip("-") or "unnamed"


@contextmanager
def serve(corpus: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Serve every page and one feed per publisher; gives the address and the page ids by publisher."""
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
                # as it was saved: the page's own declaration of its encoding is all there is
                self._answer(gzip.decompress(files[name].read_bytes()), "text/html")
            elif kind == "feed" and name in feeds:
                self._answer(_write_feed(name, feeds[name]), "application/rss+xml; charset=utf-8")
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
    """A sources.toml that collects all of them, as fast as the machine can."""
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
