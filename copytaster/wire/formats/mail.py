"""Copy sent by mail, RFC 5322: headers, parts in any charset, attachments read as files of their own."""

from __future__ import annotations

import re
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING

from copytaster.values import WireRecord
from copytaster.wire.formats.flow import read_html
from copytaster.wire.formats.item import WireItem, refuse_damaged
from copytaster.wire.formats.moments import read_moment

if TYPE_CHECKING:
    from email.message import EmailMessage

MAX_PARTS = 100
_FORWARDED = re.compile(r"^(?:(?:Re|Fwd?|AW|WG|TR|RV)\s?:\s?)+", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- ?$")
_QUOTED = re.compile(r"^>+ ?")
_ENCODED_WORD = re.compile(r"=\?[\w-]{1,30}\?[QqBb]\?([^?]{0,500})\?=")
_ADDRESS = re.compile(r"<[^<>]{1,200}>|[\w.+-]{1,80}@[\w.-]{1,100}")


def read_message(data: bytes) -> tuple[WireItem | None, list[bytes]]:
    """The story in a message, if its text is one, and its attachments.

    Raises:
        UnparsableError: `damaged`, it has no parts that can be read, or too many.
    """
    message = BytesParser(policy=policy.default).parsebytes(_after_mailbox_line(data))
    parts = [part for part in message.walk() if not part.is_multipart()]
    if len(parts) > MAX_PARTS:
        raise refuse_damaged(f"the message has more than {MAX_PARTS} parts")
    attached, plain, marked = [], [], []
    for part in parts:
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or not content.strip():
            continue
        if part.get_content_disposition() == "attachment" or part.get_filename():
            if part.get_content_maintype() in {"text", "application"}:
                attached.append(content)
        elif part.get_content_type() == "text/plain":
            plain.append(_decode(content, part))
        elif part.get_content_type() == "text/html":
            marked.append(_decode(content, part))
        elif part.get_content_subtype().endswith(("xml", "json")):
            attached.append(content)
    paragraphs = (
        _from_plain("\n\n".join(plain))
        if plain
        else [p for text in marked for p in read_html(text).paragraphs]
    )
    headline = _FORWARDED.sub("", _header(message, "subject")).strip()
    if not paragraphs:
        return None, attached
    guid = _header(message, "message-id").strip("<> ") or None
    sender = _ADDRESS.sub("", _header(message, "from")).strip(' "') or None
    record = WireRecord(
        "mail", guid, "1", sender, keywords=tuple(filter(None, _header(message, "keywords").split(",")))
    )
    item = WireItem(
        record, headline or paragraphs[0][:200], tuple(paragraphs), story_id=guid,
        published=read_moment(_header(message, "date")), language=_header(message, "content-language") or None,
    )  # fmt: skip
    return item, attached


def _after_mailbox_line(data: bytes) -> bytes:
    data = data.lstrip(b"\r\n \xef\xbb\xbf")
    return data.partition(b"\n")[2] if data.startswith(b"From ") else data


def _header(message: EmailMessage, name: str) -> str:
    """A header in one line. Encoded words that hold raw UTF-8, against the standard, are read as what they are."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")
    if any("\udc80" <= letter <= "\udcff" for letter in raw):
        text = raw.encode("ascii", "surrogateescape").decode("utf-8", "replace")
        return " ".join(_ENCODED_WORD.sub(lambda found: found[1].replace("_", " "), text).split())
    try:
        return " ".join(str(message.get(name, "")).split())
    except (
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        KeyError,
    ):  # odd headers break the library's readers
        return " ".join(raw.split())


def _decode(content: bytes, part: EmailMessage) -> str:
    """Text of a part: UTF-8 where the bytes are that, else by its charset, else as Windows-1252."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for charset in (str(part.get_content_charset() or ""), "cp1252"):
        try:
            return content.decode({"iso-8859-1": "cp1252", "us-ascii": "cp1252"}.get(charset, charset))
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("cp1252", "replace")


def _from_plain(text: str) -> list[str]:
    """Paragraphs of plain text: cut at the signature, wrapped lines joined."""
    lines = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _SIGNATURE.match(line):
            break
        lines.append(_QUOTED.sub("", line))
    if any(not line.strip() for line in lines[1:-1]):
        blocks = "\n".join(lines).split("\n\n")
        return [joined for block in blocks if (joined := " ".join(block.split()))]
    return [joined for line in lines if (joined := " ".join(line.split()))]
