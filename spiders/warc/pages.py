"""From a record to the page that a server sent, or to the reason why it holds none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.net.compression import decompress
from spiders.warc.records import HEADER_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spiders.warc.records import Record

LONGEST_URL = 2_083
DATE, TRUNCATED = "WARC-Date", "WARC-Truncated"  # headers of a page
_OK = 200
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_MOST_CHUNKS = 100_000
_DONE = frozenset({"content-encoding", "transfer-encoding", "set-cookie", DATE.lower(), TRUNCATED.lower()})
_OTHER_KINDS = frozenset(
    {"warcinfo", "request", "metadata", "revisit", "resource", "conversion", "continuation"}
)


def page_of(record: Record, *, max_bytes: int) -> RawPage | str:
    """The page that a record holds, decompressed, or why it holds none: a word to count by.

    A page is what a server sent with status 200 and a content type of HTML. Its WARC-Date is the moment it was fetched.
    Its headers keep WARC-Date, and WARC-Truncated where the record does not hold the whole page.

    Raises:
        UnparsableError: `too-large`, `undecodable`, or `archive-damaged`: the record is not what its header says.
    """
    if record.kind != "response":
        return record.kind if record.kind in _OTHER_KINDS else "other-kind"
    url = _address_of(record)
    if url is None:
        return "not-web"
    if record.block is None:
        raise UnparsableError(f"more than {max_bytes} bytes", reason="too-large", resource=url)
    header, body = _split(record.block, url)
    status = _STATUS.match(header)
    if status is None:
        raise _damaged("a response without an HTTP status", url)
    if int(status[1]) != _OK:
        return f"http-{int(status[1])}"
    headers = _fields(header)
    if urlsplit(url).path == "/robots.txt":
        return "robots-txt"
    declared = _value(headers, "content-type") or record.headers.get("warc-identified-payload-type", "")
    if declared.partition(";")[0].strip().lower() not in _HTML:
        return "not-html"
    when = _moment_of(record.headers, url)
    plain = _decode(body, headers, max_bytes=max_bytes, url=url)
    kept = tuple((name, value) for name, value in headers if name.lower() not in _DONE)
    marks = [(DATE, record.headers["warc-date"])]
    marks += [(TRUNCATED, record.headers.get("warc-truncated", "unspecified"))] if record.is_part else []
    return RawPage(url, plain, when, _OK, (*kept, *marks))


def is_archived(page: RawPage) -> bool:
    """True if a page came from an archive."""
    return any(name == DATE for name, _ in page.headers)


def address_in(record: Record) -> str:
    """The address that a record names, for messages; empty if it names none."""
    return record.headers.get("warc-target-uri", "").strip("<> ")[:LONGEST_URL]


def _address_of(record: Record) -> str | None:
    """The web address of a response; None if it has another scheme, no host, or cannot be an address."""
    url = record.headers.get("warc-target-uri", "").strip("<> ")  # early writers put it in angle brackets
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        is_web = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return url if is_web else None


def _split(block: bytes, url: str) -> tuple[bytes, bytes]:
    end = _HEADER_END.search(block, 0, HEADER_BYTES)
    if end is None:
        raise _damaged("a response whose HTTP header does not end", url)
    return block[: end.start()], block[end.end() :]


def _fields(header: bytes) -> list[tuple[str, str]]:
    lines = header.decode("latin-1").splitlines()[1:]
    pairs = (line.partition(":") for line in lines if line[:1] not in {" ", "\t"})
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _value(headers: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _moment_of(headers: Mapping[str, str], url: str) -> datetime:
    text = headers.get("warc-date", "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _damaged(f"a record whose WARC-Date is {text[:40]!r}", url) from error
    when = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return min(when, datetime.now(UTC))  # nothing was fetched later than now


def _decode(body: bytes, headers: Sequence[tuple[str, str]], *, max_bytes: int, url: str) -> bytes:
    """The body without chunks and compression; many writers have removed them already and kept the headers."""
    if "chunked" in _value(headers, "transfer-encoding").lower():
        body = _join_chunks(body, url)
    encoding = _value(headers, "content-encoding")
    if encoding and not _looks_like_html(body):
        body = decompress(body, [encoding], max_bytes=max_bytes, url=url)
    if len(body) > max_bytes:
        raise UnparsableError(f"more than {max_bytes} bytes", reason="too-large", resource=url)
    return body


def _looks_like_html(body: bytes) -> bool:
    return body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _join_chunks(body: bytes, url: str) -> bytes:
    """The chunks of a body in one; the body itself if it has none."""
    parts: list[bytes] = []
    at = 0
    while size := _CHUNK_SIZE.match(body, at):
        if len(parts) == _MOST_CHUNKS:
            raise _damaged(f"a response of more than {_MOST_CHUNKS} chunks", url)
        count = int(size[1], 16)
        if count == 0:
            return b"".join(parts)
        parts.append(body[size.end() : size.end() + count])
        at = size.end() + count
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(parts) if parts and at >= len(body) else body


def _damaged(why: str, url: str) -> UnparsableError:
    return UnparsableError(why, reason="archive-damaged", resource=url)
