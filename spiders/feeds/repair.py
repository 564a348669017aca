"""Repairs that make most broken feeds well-formed: character references and undeclared prefixes."""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import TYPE_CHECKING

from spiders.feeds.decoding import drop_illegal
from spiders.feeds.limits import MAX_PREFIXES
from spiders.feeds.prolog import ROOT_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFERENCE = re.compile(r"&(?:#(\d{1,7}|[xX][0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{0,31});)?")
_PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,60}):|\s([A-Za-z_][\w.-]{0,60}):[\w.-]{1,60}\s{0,9}=\s{0,9}[\"']")
_DECLARED_PREFIX = re.compile(r"\sxmlns:([A-Za-z_][\w.-]{0,60})\s{0,9}=")
_NAMESPACE = re.compile(r"(\sxmlns(?::[\w.-]{1,60})?\s{0,9}=\s{0,9}[\"'])([^\"'<>]{0,300})([\"'])")
_XML_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NAMESPACES = {
    "a10": "http://www.w3.org/2005/Atom",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}


def _outside_cdata(text: str) -> Iterator[tuple[bool, str]]:
    """Split the text into pieces (piece is outside of CDATA, piece)."""
    position = 0
    while (start := text.find("<![CDATA[", position)) >= 0:
        yield True, text[position:start]
        end = text.find("]]>", start)
        if end < 0:
            yield False, text[start:]
            return
        yield False, text[start : end + 3]
        position = end + 3
    yield True, text[position:]


def repair_references(text: str) -> str:
    """Replace named HTML references by characters; escape an ampersand that begins no reference."""
    if "&" not in text:
        return text
    return "".join(
        _REFERENCE.sub(_resolve, piece) if outside else piece for outside, piece in _outside_cdata(text)
    )


def _resolve(found: re.Match[str]) -> str:
    number, name = found.groups()
    if name is not None:
        if name in _XML_OWN:
            return found[0]
        character = html5.get(f"{name};", "")
        return character if character and not set(character) & set("<>&\"'") else f"&amp;{name};"
    if number is None:
        return "&amp;"
    character = html.unescape(found[0])  # as browsers do: 128 to 159 mean windows-1252
    return found[0] if character in "<>&" else drop_illegal(character)


def tidy_namespaces(text: str) -> str:
    """Remove blanks and line breaks from the namespaces of the root element: no reader knows them so."""
    end = text.find(">") + 1
    return (
        _NAMESPACE.sub(lambda found: f"{found[1]}{''.join(found[2].split())}{found[3]}", text[:end])
        + text[end:]
    )


def declare_prefixes(text: str) -> str:
    """Declare the usual namespace of each prefix that the feed uses without declaring it."""
    used = {first or second for first, second in _PREFIX.findall(text)}
    missing = used - set(_DECLARED_PREFIX.findall(text)) - {"xml", "xmlns"}
    root = ROOT_TAG.match(text)
    if not missing or len(missing) > MAX_PREFIXES or root is None:
        return text
    added = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"'
        for prefix in sorted(missing)
    )
    return f"{text[: root.end()]}{added}{text[root.end() :]}"
