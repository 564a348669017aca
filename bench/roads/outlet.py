"""An outlet on an address of loopback of its own: a feed or a sitemap that grows, and its pages."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from bench.answers import send_whole
from bench.archive_shapes import Printed, write_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

_SITEMAP = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"


class Outlet(ThreadingHTTPServer):
    """Serves until closed.

    Attributes:
        listed_at: path of a story -> when a list that names it was first served, by the monotonic clock.
    """

    daemon_threads = True

    def __init__(self, number: int) -> None:
        super().__init__((f"127.0.1.{number + 1}", 0), _Answer)
        self.number = number
        self.listed_at: dict[str, float] = {}
        self._stories: dict[str, Printed] = {}
        self._moments: dict[str, datetime] = {}
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def address(self) -> str:
        """Its address, without a path."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def publish(self, headline: str, paragraphs: Sequence[str]) -> str:
        """Put a story into its lists; returns the path."""
        now = datetime.now(UTC)
        path = f"/2026/{headline.lower().replace(' ', '-')}.html"
        url = self.address + path
        self._moments[path] = now
        self._stories[path] = Printed(headline, paragraphs, f"Outlet {self.number}", url, now.isoformat())
        return path

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Content type and bytes of an address; None where there is nothing."""
        if path in {"/feed.xml", "/sitemap.xml"}:
            shown = list(self._stories)
            text = self._feed(shown) if path == "/feed.xml" else self._sitemap(shown)
            for one in shown:
                self.listed_at.setdefault(one, time.monotonic())
            return "application/xml", text.encode()
        if path in self._stories:
            body, kind = write_shape(self.number, self._stories[path])
            return kind, body
        return None

    def _feed(self, paths: Sequence[str]) -> str:
        items = "".join(
            f"<item><title>{escape(self._stories[path].headline)}</title><link>{self.address}{path}</link><guid>{path}</guid>"
            f"<pubDate>{format_datetime(self._moments[path])}</pubDate></item>"
            for path in reversed(paths)
        )
        return f"<rss version='2.0'><channel><title>Outlet {self.number}</title>{items}</channel></rss>"

    def _sitemap(self, paths: Sequence[str]) -> str:
        urls = "".join(
            f"<url><loc>{self.address}{path}</loc><news:news><news:publication><news:name>Outlet {self.number}</news:name>"
            f"<news:language>en</news:language></news:publication><news:publication_date>{self._moments[path].isoformat()}"
            f"</news:publication_date><news:title>{escape(self._stories[path].headline)}</news:title></news:news></url>"
            for path in reversed(paths)
        )
        return f"<?xml version='1.0' encoding='UTF-8'?><urlset {_SITEMAP}>{urls}</urlset>"


class _Answer(BaseHTTPRequestHandler):
    server: Outlet

    def do_GET(self) -> None:
        found = self.server.answer(self.path)
        if found is None:
            self.send_error(404)
            return
        kind, body = found
        send_whole(self, body, kind)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
