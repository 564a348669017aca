"""Removes what precedes a feed's root element: XML declaration, comments, DTD, junk."""

from __future__ import annotations

import re
from html import unescape

from copytaster.errors import UnparsableError

MAX_DTD = 65_536  # characters
MAX_PROLOG = 65_536  # characters before the root element
ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
ROOT_TAG = re.compile(r"<((?:[A-Za-z_][\w.-]{0,60}:)?[A-Za-z_][\w.-]{0,60})(?=[\s/>])")
_FEED_START = re.compile(r"<\?xml\s|<(?:rss|rdf:RDF|(?:atom:)?feed)[\s>]")
_NAMESPACED = re.compile(r"<(?:rss|rdf:RDF|(?:atom:)?feed)\s[^<>]{0,2000}(?:xmlns|version)\s{0,9}=")
_SHOWN = re.compile(
    r"<pre\b[^<>]{0,500}>\s{0,99}(?=&lt;(?:\?xml\s|rss\s|rdf:RDF\s|feed\s))"
)  # as a text to look at
_DOCTYPE_PART = re.compile(r"[\"']|<!--|\]\s{0,99}>")


def cut_to_root(text: str, url: str) -> str:
    """Cut everything before the root element."""
    position = 0
    while position < min(len(text), MAX_PROLOG):
        position = text.find("<", position)
        if position < 0:
            break
        if text.startswith("<!--", position):
            position = _after(text, "-->", position)
        elif text.startswith("<?", position):
            position = _after(text, "?>", position)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            position = _after_doctype(text, position, url)
        elif found := ROOT_TAG.match(text, position):
            if found[1].rpartition(":")[2].lower() in ROOTS:
                return text[position:]
            return _after_junk(text, position, found[1], url)
        else:
            position += 1
    raise UnparsableError("no element is found in it", reason="not-a-feed", resource=url)


def _unwrap(text: str, url: str) -> str:
    """A feed that stands inside a page, without the rest of the page behind it."""
    root = cut_to_root(text, url)
    name = ROOT_TAG.match(root)
    end = root.rfind(f"</{name[1]}>") if name else -1
    return root if name is None or end < 0 else root[: end + len(name[1]) + 3]


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + len(mark)


def _after_doctype(text: str, position: int, url: str) -> int:
    bracket, end = text.find("[", position, position + 2_000), text.find(">", position)
    if bracket < 0 or (0 <= end < bracket):
        return len(text) if end < 0 else end + 1
    limit = bracket + MAX_DTD
    while 0 <= bracket < limit and (part := _DOCTYPE_PART.search(text, bracket, limit)):
        if part[0].startswith("]"):
            return part.end()
        closing = "-->" if part[0] == "<!--" else part[0]
        bracket = _after(text, closing, part.end())
    raise UnparsableError("its document type declaration does not end", reason="too-complex", resource=url)


def _after_junk(text: str, position: int, name: str, url: str) -> str:
    """Skip a warning that a server printed before the feed; a page that is no feed raises the error."""
    root = name.rpartition(":")[2].lower()
    later = _FEED_START.search(text, position, position + MAX_PROLOG)
    if later is not None and root == "html" and _NAMESPACED.match(text, later.start()):
        return _unwrap(text[later.start() :], url)
    if later is not None and root in {"b", "br", "p", "div", "pre", "font", "script"}:
        return cut_to_root(text[later.start() :], url)
    shown = _SHOWN.search(text, position, position + MAX_PROLOG) if root == "html" else None
    if shown is not None:
        return _unwrap(unescape(text[shown.end() :]), url)
    what = {
        "html": "an HTML page",
        "opml": "a list of feeds",
    }.get(root, f"a document of kind {name[:60]!r}")
    hint = "`copytaster source probe URL` finds the feeds of a page" if root == "html" else ""
    raise UnparsableError(f"this is {what}, not a feed", reason="not-a-feed", resource=url, hint=hint)
