"""Making a feed's XML safe and well-formed before a feed library sees it: bounded, without a DTD, entry by entry.

The library takes seconds of CPU per 100,000 nested tags and throws its strict reading away at the first error.
So whatever is deep, endless or broken is cut out here, one entry at a time, and the rest stays.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.entities import html5
from typing import TYPE_CHECKING
from xml.parsers import expat

from lxml import etree

from copytaster.errors import UnparsableError
from spiders.feeds.decoding import drop_illegal

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 60  # elements; XHTML inside an entry seldom goes beyond 25
MAX_ELEMENTS = 400_000
MAX_ATTRIBUTES = 200  # of one element
MAX_PREFIXES = 100  # namespaces declared
MAX_DTD = 65_536  # characters
MAX_PROLOG = 65_536  # characters before the root element
ROOTS = frozenset({"rss", "rdf", "feed", "channel"})

_ROOT = re.compile(r"<((?:[A-Za-z_][\w.-]{0,60}:)?[A-Za-z_][\w.-]{0,60})(?=[\s/>])")
_FEED_START = re.compile(r"<\?xml\s|<(?:rss|rdf:RDF|(?:atom:)?feed)[\s>]")
_DOCTYPE_PART = re.compile(r"[\"']|<!--|\]\s{0,99}>")
_REFERENCE = re.compile(r"&(?:#(\d{1,7}|[xX][0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{0,31});)?")
_PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,60}):|\s([A-Za-z_][\w.-]{0,60}):[\w.-]{1,60}\s{0,9}=\s{0,9}[\"']")
_DECLARED_PREFIX = re.compile(r"\sxmlns:([A-Za-z_][\w.-]{0,60})\s{0,9}=")
_ENTRY = re.compile(r"<((?:[A-Za-z_][\w.-]{0,60}:)?(?:item|entry))(?=[\s/>])")
_TEXT_ELEMENTS = ("title", "link", "description", "content:encoded", "summary", "content")
_UNREADABLE = "<"
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


@dataclass(slots=True)
class SafeMarkup:
    """A well-formed document within the limits, and what had to be left out of it."""

    text: str
    problems: list[str] = field(default_factory=list)
    lost: int = 0
    partial: bool = False


def make_safe(text: str, *, url: str, max_entries: int) -> SafeMarkup:
    """The feed in `text` as a well-formed document of bounded depth and size, without a DTD.

    Raises:
        UnparsableError: the text is no feed (`not-a-feed`), nothing of it can be read (`broken`), or it is built
            to be expensive (`too-complex`).
    """
    text = _cut_to_root(text, url)
    text = _declare_prefixes(_repair_references(text))
    try:
        _walk(text, max_entries)
    except (_TooMuch, expat.ExpatError):
        return _take_entries(text, url, max_entries)
    return SafeMarkup(text)


def _cut_to_root(text: str, url: str) -> str:
    """The root element and what follows; the prolog, a DTD and junk before it are gone."""
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
        elif found := _ROOT.match(text, position):
            if found[1].rpartition(":")[2].lower() in ROOTS:
                return text[position:]
            return _after_junk(text, position, found[1], url)
        else:
            position += 1
    raise UnparsableError("no element is found in it", reason="not-a-feed", resource=url)


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
    """A warning that a server printed before the feed is forgiven; a page that is no feed is not."""
    root = name.rpartition(":")[2].lower()
    later = _FEED_START.search(text, position, position + MAX_PROLOG)
    if later is not None and root in {"b", "br", "p", "div", "pre", "font", "script"}:
        return _cut_to_root(text[later.start() :], url)
    what = {
        "html": "an HTML page",
        "urlset": "a sitemap",
        "sitemapindex": "an index of sitemaps",
        "opml": "a list of feeds",
    }.get(root, f"a document of kind {name[:60]!r}")
    hint = "`copytaster source probe URL` finds the feeds of a page" if root == "html" else ""
    raise UnparsableError(f"this is {what}, not a feed", reason="not-a-feed", resource=url, hint=hint)


def _outside_cdata(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces: (is outside of CDATA, piece)."""
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


def _repair_references(text: str) -> str:
    """Named references of HTML become characters; an ampersand that begins none is escaped."""
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


def _declare_prefixes(text: str) -> str:
    """Prefixes that the feed uses and never declares get the namespace they are known for."""
    used = {first or second for first, second in _PREFIX.findall(text)}
    missing = used - set(_DECLARED_PREFIX.findall(text)) - {"xml", "xmlns"}
    root = _ROOT.match(text)
    if not missing or len(missing) > MAX_PREFIXES or root is None:
        return text
    added = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"'
        for prefix in sorted(missing)
    )
    return f"{text[: root.end()]}{added}{text[root.end() :]}"


class _TooMuch(Exception):  # noqa: N818  (never leaves this module)
    """A limit is passed; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _walk(text: str, max_entries: int) -> int:
    """Read every event of a document within the limits; gives the number of entries.

    Raises:
        _TooMuch: it is too deep, too large, or holds too many entries.
        ExpatError: it is not well-formed.
    """
    depth = elements = entries = namespaces = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal depth, elements, entries
        depth += 1
        elements += 1
        entries += name.rpartition(" ")[2] in {"item", "entry"}
        if depth > MAX_DEPTH:
            raise _TooMuch("too-deep")
        if len(attributes) > 2 * MAX_ATTRIBUTES or elements > MAX_ELEMENTS:
            raise _TooMuch("too-complex")
        if entries > max_entries:
            raise _TooMuch("too-many")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(_prefix: str | None, _namespace: str) -> None:
        nonlocal namespaces
        namespaces += 1
        if namespaces > MAX_ELEMENTS or (depth == 0 and namespaces > MAX_PREFIXES):
            raise _TooMuch("too-complex")

    parser = expat.ParserCreate("utf-8", " ")
    parser.StartNamespaceDeclHandler = declare
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(text.encode("utf-8"), True)
    return entries


def _take_entries(text: str, url: str, max_entries: int) -> SafeMarkup:
    """The document put together anew from its root, its head and each entry that is or can be made well-formed."""
    root = _root_tag(text, url)
    pieces = _split_entries(text, len(root))
    safe = SafeMarkup("")
    closing = f"</{_ROOT.match(root)[1]}>"  # type: ignore[index]
    kept: list[str] = []
    elements = 0
    for number, piece in enumerate(pieces.entries, 1):
        if len(kept) >= max_entries or elements > MAX_ELEMENTS:
            safe.problems.append(f"too-many: entries from {number} on are left out")
            safe.partial = True
            break
        try:
            kept.append(_mend(root, piece, closing, safe, number))
        except _TooMuch as error:
            safe.problems.append(f"{error.reason}: entry {number}")
            safe.lost += 1
            safe.partial = True
        elements += piece.count("<") // 2
    if not kept:
        why = safe.problems[0] if safe.problems else "it breaks off before its first entry"
        raise UnparsableError(f"no entry of it can be read: {why}", reason="broken", resource=url)
    if not text.rstrip().endswith(closing):
        safe.partial = True
        safe.problems.append(f"truncated: after entry {len(pieces.entries)}")
    safe.text = root + _mend_head(root, pieces.head, closing, safe) + "".join(kept) + closing
    return safe


def _root_tag(text: str, url: str) -> str:
    end = text.find(">")
    root = text[: end + 1]
    if root.endswith("/>"):
        root = f"{root[:-2]}>"
    name = _ROOT.match(root)
    try:
        if end < 0 or name is None:
            raise UnparsableError("it ends within its first tag", reason="broken", resource=url)
        _walk(f"{root}</{name[1]}>", 0)
    except (expat.ExpatError, _TooMuch) as error:
        raise UnparsableError(
            f"its first tag cannot be read: {error}", reason="broken", resource=url
        ) from error
    return root


@dataclass(slots=True)
class _Pieces:
    head: str
    entries: list[str]


def _split_entries(text: str, position: int) -> _Pieces:
    """Cut at the entries' own tags. An entry that never ends goes to the next one's start, or to the end."""
    starts = list(_ENTRY.finditer(text, position))
    if not starts:
        return _Pieces(text[position:], [])
    bounds = [found.start() for found in starts[1:]] + [len(text)]
    entries = []
    for found, bound in zip(starts, bounds, strict=True):
        end = text.find(f"</{found[1]}", found.start(), bound)
        entries.append(
            text[found.start() : end] + f"</{found[1]}>" if end >= 0 else text[found.start() : bound]
        )
    return _Pieces(text[position : starts[0].start()], entries)


def _mend(root: str, piece: str, closing: str, safe: SafeMarkup, number: int) -> str:
    """One entry as well-formed XML: as it is, or as a lenient parser reads it.

    Raises:
        _TooMuch: it cannot be used; `reason` is `truncated`, `broken`, `too-deep` or `too-complex`.
    """
    name = _ENTRY.match(piece)
    if name is None or not piece.endswith((f"</{name[1]}>", "/>")):
        raise _TooMuch("truncated")
    reason = "broken"
    for read in (str, _enclose_html, lambda whole: _recover(f"{root}{whole}{closing}")):
        mended = read(piece)
        try:
            _walk(f"{root}{mended}{closing}", 1)
        except expat.ExpatError:
            continue
        except _TooMuch as error:
            reason = error.reason
            continue
        if mended != piece:
            safe.problems.append(f"mended: entry {number} is not well-formed")
        return mended
    raise _TooMuch(reason)


def _enclose_html(piece: str) -> str:
    """The entry with the HTML that stands bare in its text elements as CDATA: most breaks are a bare `<br>`."""
    for name in _TEXT_ELEMENTS:
        opening = re.search(rf"<{name}(?:\s[^<>]{{0,200}})?>", piece)
        end = piece.rfind(f"</{name}") if opening else -1
        if opening is None or end < opening.end():
            continue
        inner = piece[opening.end() : end]
        if "<" in inner and "<![CDATA[" not in inner:
            kept = inner.replace("]]>", "]]&gt;")
            piece = f"{piece[: opening.end()]}<![CDATA[{kept}]]>{piece[end:]}"
    return piece


def _recover(document: str) -> str:
    """The root's children as a lenient parser reads them, serialised; no XML at all where it reads none."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(document.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        return _UNREADABLE
    if root is None or not len(root):
        return _UNREADABLE
    return "".join(etree.tostring(child, encoding="unicode", with_tail=False) for child in root)


def _mend_head(root: str, head: str, closing: str, safe: SafeMarkup) -> str:
    """What stands before the first entry, its open elements closed; nothing where it cannot be read."""
    mended = _recover(f"{root}{head}{closing}")
    try:
        _walk(f"{root}{mended}{closing}", 0)
    except (expat.ExpatError, _TooMuch):
        safe.problems.append("broken: what the feed says of itself")
        return ""
    return mended
