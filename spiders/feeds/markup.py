"""Makes a feed's XML safe and well-formed before feedparser reads it: bounded, without a DTD, entry by entry.

feedparser takes seconds of CPU per 100,000 nested tags and gives up strict parsing at the first error. So deep, endless
or broken entries are repaired or cut out here, and the other entries stay.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.parsers import expat

from lxml import etree

from copytaster.errors import UnparsableError
from spiders.feeds.caps import cap_markup, describe_cuts
from spiders.feeds.limits import MAX_ELEMENTS, TooMuchError, walk
from spiders.feeds.prolog import ROOT_TAG, cut_to_root
from spiders.feeds.repair import declare_prefixes, repair_references, tidy_namespaces

_ENTRY = re.compile(r"<((?:[A-Za-z_][\w.-]{0,60}:)?(?:item|entry))(?=[\s/>])")
_TEXT_ELEMENTS = ("title", "link", "description", "content:encoded", "summary", "content")
_UNREADABLE = "<"


@dataclass(slots=True)
class SafeMarkup:
    """A well-formed document within the limits, the problems of what was left out, and how much of what was cut."""

    text: str
    problems: list[str] = field(default_factory=list)
    lost: int = 0
    partial: bool = False
    cut: Counter[str] = field(default_factory=Counter)


def make_safe(text: str, *, url: str, max_entries: int) -> SafeMarkup:
    """Turn the feed in `text` into a well-formed document of bounded depth and size, without a DTD.

    Raises:
        UnparsableError: the text is no feed (`not-a-feed`), nothing of it can be read (`broken`), or it is built
            to be expensive (`too-complex`).
    """
    text = cut_to_root(text, url)
    text = declare_prefixes(tidy_namespaces(repair_references(text)))
    try:
        capped = cap_markup(text, max_entries)
        walk(capped.text, max_entries)
    except (TooMuchError, expat.ExpatError):
        safe = _take_entries(text, url, max_entries)
    else:
        safe = SafeMarkup(capped.text, cut=capped.cut)
    if safe.cut:
        safe.problems.insert(0, describe_cuts(safe.cut))
    return safe


def _take_entries(text: str, url: str, max_entries: int) -> SafeMarkup:
    """Assemble a document from the root, the head, and each entry that is well-formed or can be repaired."""
    root = _root_tag(text, url)
    pieces = _split_entries(text, len(root))
    safe = SafeMarkup("")
    closing = f"</{ROOT_TAG.match(root)[1]}>"  # type: ignore[index]
    kept: list[str] = []
    elements = 0
    for number, piece in enumerate(pieces.entries, 1):
        if len(kept) >= max_entries:
            safe.problems.append(f"too-many: entries from {number} on are left out")
            break
        if elements > MAX_ELEMENTS:
            safe.problems.append(f"too-complex: entries from {number} on are left out")
            safe.partial = True
            break
        try:
            kept.append(_mend(root, piece, closing, safe, number))
        except TooMuchError as error:
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
    name = ROOT_TAG.match(root)
    try:
        if end < 0 or name is None:
            raise UnparsableError("it ends within its first tag", reason="broken", resource=url)
        walk(f"{root}</{name[1]}>", 0)
    except (expat.ExpatError, TooMuchError) as error:
        raise UnparsableError(
            f"its first tag cannot be read: {error}", reason="broken", resource=url
        ) from error
    return root


@dataclass(slots=True)
class _Pieces:
    head: str
    entries: list[str]


def _split_entries(text: str, position: int) -> _Pieces:
    """Cut at the entries' own tags. An entry without an end tag ends where the next one starts, or with the text."""
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
    """Return one entry as well-formed XML: unchanged, with its HTML enclosed, or as a lenient parser reads it.

    Raises:
        TooMuchError: it cannot be used; `reason` is `truncated`, `broken`, `too-deep` or `too-complex`.
    """
    name = _ENTRY.match(piece)
    if name is None or not piece.endswith((f"</{name[1]}>", "/>")):
        raise TooMuchError("truncated")
    reason = "broken"
    for read in (str, _enclose_html, lambda whole: _recover(f"{root}{whole}{closing}")):
        mended = read(piece)
        try:
            capped = cap_markup(f"{root}{mended}{closing}", 1)
            walk(capped.text, 1)
        except expat.ExpatError:
            continue
        except TooMuchError as error:
            reason = error.reason
            continue
        if mended != piece:
            safe.problems.append(f"mended: entry {number} is not well-formed")
        safe.cut += capped.cut
        return capped.inner or mended
    raise TooMuchError(reason)


def _enclose_html(piece: str) -> str:
    """Enclose unescaped HTML of the text elements in CDATA: most broken entries contain a bare `<br>`."""
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
    """Serialise the root's children as a lenient parser reads them; `<` if it reads none."""
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
    """The feed's head, the text before the first entry, with open elements closed; empty if it cannot be read."""
    mended = _recover(f"{root}{head}{closing}")
    try:
        capped = cap_markup(f"{root}{mended}{closing}", 0)
        walk(capped.text, 0)
    except (expat.ExpatError, TooMuchError):
        safe.problems.append("broken: what the feed says of itself")
        return ""
    safe.cut += capped.cut
    return capped.inner or mended
