"""The HTTP handler of crawls: Scrapy's own, but for how it ends."""

from __future__ import annotations

import asyncio

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.utils.defer import deferred_to_future

CLOSING_S = 1.0


class DownloadHandler(HTTP11DownloadHandler):
    """Waits for its connections to close with a timer of the event loop.

    Scrapy's timer ends the wait itself, also one that has ended while the loop was busy: then Twisted logs a critical error.
    """

    async def close(self) -> None:
        """Close the open connections; those that take longer than `CLOSING_S` close by themselves."""
        closed = deferred_to_future(self._pool.closeCachedConnections())  # type: ignore[no-untyped-call]
        await asyncio.wait([closed], timeout=CLOSING_S)
