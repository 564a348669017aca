"""Bytes to text: what the bytes themselves show is believed before what page and server claim."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

from copytaster.errors import UnparsableError

_TAGS = re.compile(
    rb"<(?:script|style)\b[^>]{0,500}>.{0,20000}?</(?:script|style)>|<[^<>]{0,2000}>",
    re.DOTALL | re.IGNORECASE,
)
_SAMPLE_BYTES = 30_000
_BAD_SHARE = 0.02  # of the characters beyond ASCII that a declared encoding may fail on
_NO_TEXT_SHARE = 0.3  # failed on: the bytes are no text in that encoding
_MISREAD_LETTERS = 200  # accented ones that make a page worth a second look
_PROBES = (
    "cp1252",
    "cp1251",
    "gb18030",
    "cp1256",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "big5",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1255",
    "koi8_r",
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page as text, the codec it was read with, and what had to be mended."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode_page(body: bytes, content_type: str | None) -> Decoded:
    """Read a page's bytes.

    Order: byte order mark; UTF-8 where the bytes are valid UTF-8; the server's and the page's declaration where it
    fits; else what the text's statistics show.

    Raises:
        UnparsableError: `undecodable`, the bytes are no text.
    """
    marked, mark = read_bom(body)
    if marked and mark:
        return Decoded(body[len(mark) :].decode(marked, "replace"), marked)
    if b"\x00" in body[:1000]:
        return _decode_wide(body)
    declared = _declared(body, content_type)
    if declared in ("iso-2022-jp", "hz"):
        return Decoded(body.decode(declared, "replace"), declared)
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if declared is not None:
        text = body.decode(declared, "replace")
        if _bad_share(text) <= _BAD_SHARE and (declared == "utf-8" or not _is_mojibake(text, declared)):
            lossy = "\ufffd" in text
            return Decoded(text, declared, ("undecodable-characters",) if lossy else ())
    return _detect(body, declared)


def _declared(body: bytes, content_type: str | None) -> str | None:
    for name in (http_content_type_encoding(content_type), html_body_declared_encoding(body)):
        codec = resolve_encoding(name) if name else None
        if codec is not None and codecs.lookup(codec).name not in (
            "ascii",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
        ):
            return codecs.lookup(codec).name
    return None


def _decode_wide(body: bytes) -> Decoded:
    """UTF-16 without a mark: every other byte of markup is zero."""
    sample = body[:1000]
    for codec, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if zeros and zeros.count(0) > 0.4 * len(zeros) and sample.count(0) < 0.6 * len(sample):
            return Decoded(body.decode(codec, "replace"), codec)
    if sample.count(0) > 0.05 * len(sample):
        raise UnparsableError("the bytes are no text", reason="undecodable")
    return decode_page(body.replace(b"\x00", b""), None)


def _detect(body: bytes, declared: str | None) -> Decoded:
    sample = _TAGS.sub(b" ", body)[:_SAMPLE_BYTES]
    found = from_bytes(sample, cp_isolation=list(_PROBES), enable_fallback=False).best()
    codec = found.encoding if found is not None else declared or "cp1252"
    text = body.decode(codec, "replace")
    if _bad_share(text) > _NO_TEXT_SHARE:
        raise UnparsableError("the bytes fit no encoding", reason="undecodable")
    warning = "encoding-guessed" if declared is None else "encoding-declared-wrong"
    return Decoded(text, codec, (warning,))


def _bad_share(text: str) -> float:
    beyond = sum(1 for char in text if char > "\x7f")
    return text.count("\ufffd") / beyond if beyond else 0.0


def _is_mojibake(text: str, declared: str) -> bool:
    """Whether a single-byte Western reading shows words of accented capitals, as a misread Cyrillic page does."""
    if declared not in ("cp1252", "iso8859-1", "iso8859-15"):
        return False
    beyond = sum(1 for char in text if "\xc0" <= char <= "\xff")
    letters = sum(1 for char in text if char.isalpha() and char < "\x7f")
    runs = len(re.findall("[\xc0-\xff]{4}", text))
    return beyond > _MISREAD_LETTERS and runs * 8 > beyond and letters > 0
