"""Chooses the parser of a page by its content. A new format needs one function and one row of the table."""

from __future__ import annotations

import re
from collections.abc import Callable

from copytaster.errors import UnparsableError
from copytaster.values import ParsedStory, RawPage
from spiders.parsing.context import ParseContext
from spiders.parsing.page import parse_page
from spiders.parsing.text import parse_text

_MARKUP = re.compile(
    rb"<(?:!doctype\s{1,5}html|html|head|body|title|meta|div|p|table|article|script|h1|br|td|span)\b",
    re.IGNORECASE,
)
_MAX_BYTES = 10_000_000
_SNIFF_BYTES = 4096
_BINARY = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x00\x18ftyp",
    b"\x7fELF",
    b"OggS",
    b"ID3",
)

Reader = Callable[[RawPage, ParseContext], ParsedStory]


def _is_html(head: bytes) -> bool:
    return _MARKUP.search(head.replace(b"\x00", b"")) is not None


def _is_text(head: bytes) -> bool:
    return not head.lstrip().startswith((b"<", b"{", b"["))


READERS: tuple[tuple[str, Callable[[bytes], bool], Reader], ...] = (
    ("html", _is_html, parse_page),
    ("text", _is_text, parse_text),
)


def parse(page: RawPage, context: ParseContext) -> ParsedStory:
    """Parse a story from the bytes of a page or file. Pure: no network, no files, no clock.

    Args:
        page: the bytes, decompressed.
        context: the claims of source and feed.

    Raises:
        UnparsableError: with a `reason`: `empty`, `too-large`, `undecodable`, `unknown-format`, `not-a-story`,
            `no-headline`, `no-body`.
    """
    if len(page.body) > _MAX_BYTES:
        raise UnparsableError(f"larger than {_MAX_BYTES} bytes", reason="too-large", resource=page.url)
    head = page.body[:_SNIFF_BYTES]
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnparsableError("nothing in it", reason="empty", resource=page.url)
    if head.startswith(_BINARY):
        raise UnparsableError("not a text", reason="unknown-format", resource=page.url)
    for _, fits, read in READERS:
        if fits(head):
            return read(page, context)
    raise UnparsableError("not a format that is read", reason="unknown-format", resource=page.url)
