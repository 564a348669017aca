"""Tells what a file is by its first bytes and root element, never by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Envelope = Literal["html", "text", "xml", "json", "control", "mail", "archive", "binary"]

_HEAD_BYTES = 65_536  # a root element may follow a long licence comment
_BLANK = b"\x00 \t\r\n"
_UTF8_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
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
    b"II*\x00",
    b"MM\x00*",
    b"\xd0\xcf\x11\xe0",  # documents of older word processors
    b"{\\rtf",
)
_HTML_MARKUP = re.compile(
    rb"<(?:!doctype\s{1,5}html|html|head|body|title|meta|div|p|table|article|script|h1|br|td|span)\b",
    re.IGNORECASE,
)
_HTML_NAMES = frozenset(
    """html head body title meta link style script noscript base div p span a b i u em strong table tbody thead tr td
    th ul ol li dl dt dd h1 h2 h3 h4 h5 h6 br hr img center font main article section header footer nav aside form
    input button iframe frameset frame template pre blockquote figure picture svg video small address time""".split()
)
_XML_NAMES = frozenset({"nitf", "item", "document", "rss", "feed"})  # with titles and paragraphs as in HTML
# What may stand before the root element: comments, instructions and one document type.
_PROLOGUE = re.compile(
    rb"\s*(?:<!--.{0,20000}?-->|<\?.{0,2000}?\?>|<!doctype\s[^\[>]{0,2000}(?:\[.{0,20000}?\]\s{0,20})?>)",
    re.IGNORECASE | re.DOTALL,
)
_ROOT = re.compile(rb"\s*<(?:([A-Za-z_][\w.\-]{0,60}):)?([A-Za-z_][\w.\-]{0,60})([^>]{0,8000})")
_DOCTYPE_HTML = re.compile(rb"<!doctype\s{1,5}html\b", re.IGNORECASE)
_JSON_OBJECT = re.compile(rb"\{\s{0,200}[\"}]")
_JSON_LIST = re.compile(rb"\[\s{0,200}[\[{\"\]]")
_CONTROL = re.compile(rb"[\x01-\x04\x16\x17]")
_AGENCY_LINES = re.compile(
    rb"""\s{0,40}(?:ZCZC(?![a-z])
    |[a-z]\d{4}[\w-]{0,12}[ ]{0,3}\r?\n\s{0,3}[a-z]\s[a-z]\s  # ANPA: service and number, then priority and category
    |[a-z]\s[a-z]\s[^\r\n]{3,60}\s\d\d?-\d\d\s{1,4}[\d_]{1,6}\s{0,3}\r?\n
    |[a-z]{1,4}\d{3,4}\s\d\s[a-z]{1,4}\s\d{1,5}\s  # IPTC 7901: service and number, priority, category, words
    |\^[^\r\n^<]{3,120}<)""",
    re.VERBOSE,
)
_MAIL_LINE = re.compile(
    rb"^(?:From|To|Subject|Date|Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Content-Type|Reply-To|Sender"
    rb"|X-[\w-]{1,60}|DKIM-Signature|ARC-[\w-]{1,40}|Authentication-Results|Received-SPF|List-[\w-]{1,20}"
    rb"|Content-Transfer-Encoding|Cc|Organization|Importance|Thread-[\w]{1,20})[ \t]{0,3}:",
    re.IGNORECASE,
)
_MBOX = re.compile(rb"From \S{1,200}[^\r\n]{0,120}\r?\n(?=[\w-]{1,60}:)")
_MAIL_LINES = 2  # a text may begin with one, `Subject: Talks fail`


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is.

    Attributes:
        root: of XML, the local name of the root element.
        attributes: of XML, the attributes of the root element as printed.
    """

    envelope: Envelope
    root: str = ""
    attributes: str = ""


def recognise(data: bytes) -> Recognised:
    """Tell what a file is. Only its beginning is looked at."""
    if data.startswith(_BINARY):
        return Recognised("binary")
    if data.startswith(b"WARC/"):  # the pages in it would pass for one page
        return Recognised("archive")
    head = _narrow(data[:_HEAD_BYTES])
    start = head.removeprefix(_UTF8_MARK).lstrip(_BLANK)
    if start.startswith(b"<"):
        return _recognise_markup(start)
    if _JSON_OBJECT.match(start) or _JSON_LIST.match(start):
        return Recognised("json")
    if _AGENCY_LINES.match(start) or _CONTROL.search(start):
        return Recognised("html" if _HTML_MARKUP.search(start) else "control")
    if is_mail(start):
        return Recognised("mail")
    return Recognised("html" if _HTML_MARKUP.search(start[:4096]) else "text")


def _narrow(head: bytes) -> bytes:
    """Bytes of one byte a letter: UTF-16 is re-coded, with its mark or without."""
    codec = _WIDE_MARKS.get(head[:2])
    if codec is None and len(head) > 3 and b"<" in (head[:1], head[1:2]) and b"\x00" in head[:2]:
        codec = "utf-16-be" if head[0] == 0 else "utf-16-le"
    return head.decode(codec, "replace").lstrip("\ufeff").encode() if codec else head


def _recognise_markup(start: bytes) -> Recognised:
    declared, html_type, at = start.startswith(b"<?xml"), False, 0
    while found := _PROLOGUE.match(start, at):
        html_type = html_type or _DOCTYPE_HTML.search(found[0]) is not None
        at = found.end()
    root = _ROOT.match(start, at)
    name = root[2].decode("ascii", "replace") if root else ""
    attributes = root[3].decode("utf-8", "replace") if root else ""
    is_page = name.lower() == "html" or (
        name.lower() in _HTML_NAMES and not declared and "xmlns" not in attributes
    )
    if html_type or is_page or (root is None and not declared):
        return Recognised("html")
    if not declared and "xmlns" not in attributes and _HTML_MARKUP.search(start[:4096]):
        # An old page may open with any tag; an agency's root element is no name of HTML, and is known by its reader.
        return Recognised("html" if name.islower() and name not in _XML_NAMES else "xml", name, attributes)
    return Recognised("xml", name, attributes)


def is_mail(start: bytes) -> bool:
    """True if a text begins with the header of a mail message, as of RFC 5322, or of a mailbox file."""
    if _MBOX.match(start):
        return True
    seen = 0
    for line in start[:8192].splitlines():
        if line[:1] in (b" ", b"\t") and seen:
            continue
        if not _MAIL_LINE.match(line):
            break
        seen += 1
    else:
        return seen >= _MAIL_LINES
    return seen >= _MAIL_LINES
