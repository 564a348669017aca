"""Decodes the bytes of a feed. Feeds often declare the wrong encoding, so evidence in the bytes comes first."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# First bytes of `<?` in encodings of two or four bytes a character, without a byte order mark.
_OPENINGS = (
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"),
    (b"Lo\xa7\x94", "cp037"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']\s{0,9}([A-Za-z0-9._:-]{1,40})")
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# Browsers read these names as the larger set, and authors of feeds rely on it.
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_FEW_BAD = 0.2  # of all non-ASCII characters; a text with fewer errors is still UTF-8


def decode(body: bytes, content_type: str | None) -> tuple[str, list[str]]:
    """Decode a feed and drop the characters that XML forbids; also returns the problems found.

    Order: byte order mark, the width of the first characters, strict UTF-8 (bytes that pass it are hardly ever
    anything else), the header's charset, the declaration's encoding, UTF-8 with errors, windows-1252.
    """
    text, problems = _decode(body, content_type)
    cleaned, dropped = _ILLEGAL.subn("", text)
    if dropped:
        problems.append(f"encoding: {dropped} characters that no feed may hold were dropped")
    return cleaned, problems


def drop_illegal(text: str) -> str:
    """The text without characters that XML forbids or that control a terminal."""
    return _ILLEGAL.sub("", text)


def _decode(body: bytes, content_type: str | None) -> tuple[str, list[str]]:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), []
    for opening, encoding in _OPENINGS:
        if body.startswith(opening):
            return body.decode(encoding, "replace"), []
    said = _said_encodings(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_other(body, said)
    # ISO-2022-JP and HZ are pure ASCII bytes: strict UTF-8 accepts them.
    if said and said[0].startswith(("iso2022", "hz")):
        return body.decode(said[0], "replace"), []
    wrong = [name for name in said if name not in {"utf-8", "cp1252"}]
    return text, [f"encoding: said to be {wrong[0]}, is utf-8"] if wrong and not text.isascii() else []


def _said_encodings(body: bytes, content_type: str | None) -> list[str]:
    declared = _DECLARED.search(body[:1024])
    header = _CHARSET.search(content_type or "")
    names = [header[1]] if header else []
    if declared:
        names.append(declared[1].decode("ascii"))
    known = []
    for name in names:
        try:
            python_name = codecs.lookup(name).name
            "".encode(python_name)
        except (LookupError, UnicodeError):  # unknown, or no text encoding
            continue
        known.append(_WIDER.get(python_name, python_name))
    return known


def _decode_other(body: bytes, said: list[str]) -> tuple[str, list[str]]:
    lenient = body.decode("utf-8", "replace")
    bad = lenient.count("\ufffd")
    beyond_ascii = sum(map(len, re.findall(r"[^\x00-\x7f]{1,1000}", lenient)))
    if "utf-8" in said[:1] or not said:
        accidents = bad <= _FEW_BAD * beyond_ascii
        if accidents:
            return lenient, [f"encoding: {bad} characters are no utf-8"]
    for name in said:
        if name == "utf-8":
            continue
        try:
            return body.decode(name), []
        except UnicodeError:
            continue
    return body.decode("cp1252", "replace"), [
        f"encoding: said to be {said[0] if said else 'utf-8'}, read as windows-1252"
    ]
