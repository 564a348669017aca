"""Writes web archives for tests with a library of its own, so that a reader cannot agree with its own mistakes."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class _Writer(WARCWriter):
    """Leaves no temporary file open."""

    @classmethod
    def _create_temp_file(cls) -> io.BytesIO:
        return io.BytesIO()


HOST = "https://gazette.example"
DATE = "2020-02-24T10:30:00Z"


def html(number: int, words: str = "first") -> bytes:
    """A page with a story."""
    headline = f"Harbour board {number} widens {words} basin"
    paragraphs = "".join(
        f"<p>Paragraph {at} of the {words} edition {number} says that the board met on day {number}, as it does every "
        f"week, and agreed to widen the {words} basin by {number + at} metres.</p>"
        for at in range(4)
    )
    return f"<html lang='en'><head><title>{headline}</title></head><body><article><h1>{headline}</h1>{paragraphs}".encode()


def response(url: str, body: bytes, status: str = "200 OK", **more: Any) -> bytes:
    """One record of a response, as plain bytes. `headers`: of HTTP; `warc`: of the record; `kind`: its WARC-Type."""
    headers = more.get("headers", [("Content-Type", "text/html; charset=utf-8")])
    return _write(
        lambda writer: writer.create_warc_record(
            url,
            more.get("kind", "response"),
            payload=io.BytesIO(body),
            http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": DATE, **more.get("warc", {})},
        )
    )


def page(number: int, words: str = "first", **more: Any) -> bytes:
    """The record of a page with a story."""
    return response(f"{HOST}/story/{number}", html(number, words), **more)


def info() -> bytes:
    """The record that opens an archive; no two are equal."""
    return _write(lambda writer: writer.create_warcinfo_record("made.warc", {"software": "tests"}))


def request(url: str) -> bytes:
    """The record of a request."""
    asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "gazette.example")], is_http_request=True)
    return _write(
        lambda writer: writer.create_warc_record(
            url, "request", payload=io.BytesIO(b""), http_headers=asked, warc_headers_dict={"WARC-Date": DATE}
        )
    )


def metadata(url: str) -> bytes:
    """A record about a response."""
    return _write(
        lambda writer: writer.create_warc_record(
            url,
            "metadata",
            payload=io.BytesIO(b"fetchTimeMs: 3"),
            warc_content_type="application/warc-fields",
        )
    )


def revisit(url: str) -> bytes:
    """The record of a response that is archived elsewhere."""
    return _write(
        lambda writer: writer.create_revisit_record(
            url, "sha1:B6QJ6BNJ3R4B23XXMRKZKHLPGJY2VE4O", f"{HOST}/story/0", DATE
        )
    )


def write(path: Path, records: Iterable[bytes], *, is_gzip: bool = True) -> Path:
    """Write an archive: of gzip, each record is a member."""
    with path.open("wb") as file:
        for record in records:
            file.write(gzip.compress(record) if is_gzip else record)
    return path


def _write(make: Any) -> bytes:
    out = io.BytesIO()
    writer = _Writer(out, gzip=False)
    writer.write_record(make(writer))
    return out.getvalue()
