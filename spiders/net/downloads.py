"""The HTTP handler of crawls: Scrapy's own, but for how it ends, and what it says of a body that is too large."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadCancelledError
from scrapy.utils.defer import deferred_to_future

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

CLOSING_S = 1.0


class DownloadHandler(HTTP11DownloadHandler):
    """Waits for its connections to close with a timer of the event loop.

    Scrapy's timer ends the wait itself, also one that has ended while the loop was busy: then Twisted logs a critical error.
    """

    async def download_request(self, request: Request) -> Response:
        """Fetch; a body whose size only its end would show is cut off by name, where Scrapy cancels without a word.

        Raises:
            DownloadCancelledError: the body is too large.
        """
        try:
            return await super().download_request(request)
        except DownloadCancelledError as error:
            if str(error):
                raise
            most = request.meta.get("download_maxsize", self._default_maxsize)
            raise DownloadCancelledError(f"larger than download max size ({most} bytes)") from error

    async def close(self) -> None:
        """Close the open connections; those that take longer than `CLOSING_S` close by themselves."""
        closed = deferred_to_future(self._pool.closeCachedConnections())  # type: ignore[no-untyped-call]
        await asyncio.wait([closed], timeout=CLOSING_S)
