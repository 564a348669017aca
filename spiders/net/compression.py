"""Decompresses responses and files: gzip and deflate, one layer after another, within a size and without many small parts.

Scrapy's own middleware also decodes zstd and brotli, any number of layers and of parts: 10 MB of empty frames stop every
source of the process for 13 s. Servers send what a request accepts, so two encodings are enough.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ACCEPTED = "gzip, deflate"
MAX_LAYERS = 2
MAX_PARTS = 100  # of one gzip body
_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_BITS = 16 + zlib.MAX_WBITS


class Decompression:
    """Asks for compressed responses and decompresses them."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Decompression:
        """Called by Scrapy."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Name the encodings that are read."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    def process_response(self, request: Request, response: Response) -> Response:
        """Decompress the body.

        Raises:
            UnparsableError: as `decompress`.
        """
        encodings = [value.decode("latin-1") for value in response.headers.getlist("Content-Encoding")]
        if not encodings or not response.body:
            return response
        largest = request.meta.get("download_maxsize", self.max_bytes)
        body = decompress(response.body, encodings, max_bytes=largest, url=response.url)
        plain: Response = response.replace(body=body)
        del plain.headers["Content-Encoding"]
        return plain


def decompress(body: bytes, encodings: Iterable[str], *, max_bytes: int, url: str) -> bytes:
    """The body without the encodings that a response names.

    Args:
        body: as it arrived.
        encodings: values of Content-Encoding, in the order in which the server applied them.
        max_bytes: the most that any layer may hold.
        url: for messages.

    Raises:
        UnparsableError: `too-large`, or `undecodable`: another encoding, too many layers or parts, broken data.
    """
    layers = [name.strip().lower() for value in encodings for name in value.split(",", MAX_LAYERS + 1)]
    layers = [name for name in layers if name not in {"", "identity"}]
    if len(layers) > MAX_LAYERS:
        raise _undecodable(f"more than {MAX_LAYERS} layers of compression", url)
    for name in reversed(layers):
        if name in _GZIP:
            body = _gunzip(body, max_bytes, url)
        elif name == "deflate":
            body = _inflate(body, max_bytes, url)
        else:
            raise _undecodable(f"its encoding is {name[:40]!r}, which no request accepts", url)
    return body


def gunzip_file(body: bytes, *, max_bytes: int, url: str) -> bytes:
    """Decompress a gzip file within the limits of a response; a file that breaks off is refused.

    Raises:
        UnparsableError: as `decompress`.
    """
    return _gunzip(body, max_bytes, url, whole=True)


def _gunzip(body: bytes, max_bytes: int, url: str, *, whole: bool = False) -> bytes:
    """Decompress the parts of a gzip body; of a broken one, what precedes the break, unless it has to be whole."""
    found = b""
    for _ in range(MAX_PARTS):
        part = zlib.decompressobj(_GZIP_BITS)
        try:
            found += part.decompress(body, max_bytes + 1 - len(found))
        except zlib.error as error:
            if found and not whole:
                return found
            raise _undecodable(f"broken gzip: {error}", url) from error
        _require_room(found, max_bytes, url)
        if not part.eof and (whole or not found):
            raise _undecodable("broken gzip: it breaks off", url)
        body = part.unused_data.lstrip(b"\0")
        if not body:
            return found
    raise _undecodable(f"more than {MAX_PARTS} parts in one gzip body", url)


def _inflate(body: bytes, max_bytes: int, url: str) -> bytes:
    """Decompress deflate with its zlib header, or without one, as some servers send it."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflater = zlib.decompressobj(bits)
        try:
            found = inflater.decompress(body, max_bytes + 1)
        except zlib.error:
            continue
        if not (found or inflater.eof):
            continue
        _require_room(found, max_bytes, url)
        return found
    raise _undecodable("broken deflate", url)


def _require_room(found: bytes, max_bytes: int, url: str) -> None:
    if len(found) > max_bytes:
        raise UnparsableError(f"more than {max_bytes} bytes, decompressed", reason="too-large", resource=url)


def _undecodable(why: str, url: str) -> UnparsableError:
    return UnparsableError(why, reason="undecodable", resource=url)
