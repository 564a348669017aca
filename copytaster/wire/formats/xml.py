"""Reads XML from outside with lxml: no entities, no network, bounded in size and depth; names without namespaces."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from lxml import etree

from copytaster.wire.formats.item import refuse_damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 200
MAX_ELEMENTS = 100_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.\-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,300}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]{0,2000}(?:\[[^\]]{0,20000}\]\s{0,20})?>", re.IGNORECASE)
_ENTITIES = re.compile(r"<!ENTITY\b", re.IGNORECASE)
_NAMED = re.compile(r"&([A-Za-z]{2,31}\d{0,2});")
_MAX_HEAD = 100_000  # characters in which a document type is looked for
_CDATA_START = "<![CDATA["
_CDATA_END = "]]>"
_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#[xX][0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ILLEGAL_REFERENCE = re.compile(r"&#(?:[0-8]|1[124-9]|2\d|3[01]|11|[xX](?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")
_PREFIX = re.compile(r"(?:</?|\s)([A-Za-z_][\w.\-]{0,40}):[A-Za-z_][\w.\-]{0,60}(?=[\s=/>])")
_DECLARED_PREFIX = re.compile(r"\sxmlns:([A-Za-z_][\w.\-]{0,40})\s{0,9}=")
_ROOT_NAME = re.compile(r"<[A-Za-z_][\w.:\-]{0,100}")
_MAX_PREFIXES = 30
_PLACE = re.compile(r" \(<string>, line \d{1,9}\)$")  # said twice by the library
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text of bytes, with a warning where the declared encoding is wrong."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace"), ()
    if b"\x00" in data[:2]:
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace"), ()
    declared = _DECLARED.search(data[:400])
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        text = data.decode("utf-8")
        return text, ("encoding-declared-wrong",) if name.lower() not in {
            "utf-8",
            "utf8",
        } and not text.isascii() else ()
    except UnicodeDecodeError:
        pass
    codec = (
        "cp1252"
        if name.lower().replace("_", "-") in {"iso-8859-1", "latin-1", "us-ascii", "utf-8", "utf8"}
        else name
    )
    try:
        wrong = ("encoding-declared-wrong",) if name.lower() in {"utf-8", "utf8", "us-ascii"} else ()
        return data.decode(codec), wrong
    except (LookupError, UnicodeDecodeError):
        return data.decode("cp1252", "replace"), ("encoding-declared-wrong",)


def read_xml(data: bytes) -> tuple[etree._Element, tuple[str, ...]]:
    """The root element, with warnings about repairs.

    A file that is cut short or not well formed is refused: half a story is no story.

    Raises:
        UnparsableError: `damaged`, also for a file that declares entities, is too deep or has too many elements.
    """
    text, warnings = decode(data)
    text = _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n\x00"), count=1)
    if _declares_entities(text):
        raise refuse_damaged("the file declares entities of its own, which are not followed")
    text = _ILLEGAL_REFERENCE.sub("", _ILLEGAL.sub("", _DOCTYPE.sub("", text, count=1)))
    text = _mend_references(text)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_declare_prefixes(text).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refuse_damaged(f"the XML is broken or cut short: {_PLACE.sub('', str(error))[:200]}") from error
    _check_bounds(root)
    return root, warnings


def _declares_entities(text: str) -> bool:
    """True if a document type declares entities. What CDATA quotes of one is text."""
    head = text[:_MAX_HEAD]
    before = head.partition(_CDATA_START)[0]
    is_open = "<!doctype" in _DOCTYPE.sub("", before, count=1).lower()
    return _ENTITIES.search(head if is_open else before) is not None


def _mend_references(text: str) -> str:
    """The text with references that XML knows; within CDATA they are text already."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        start = text.find(_CDATA_START, at)
        start = len(text) if start < 0 else start
        parts.append(_BARE_AMPERSAND.sub("&amp;", _NAMED.sub(_name_to_text, text[at:start])))
        end = text.find(_CDATA_END, start)
        at = len(text) if end < 0 else end
        parts.append(text[start:at])
    return "".join(parts)


def _declare_prefixes(text: str) -> str:
    """Declare on the root the prefixes that a file uses and does not declare; some senders cut items out of messages."""
    used = set(_PREFIX.findall(text)) - set(_DECLARED_PREFIX.findall(text)) - {"xml", "xmlns"}
    root = _ROOT_NAME.search(text)
    if not used or root is None or len(used) > _MAX_PREFIXES:
        return text
    declared = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in sorted(used))
    return text[: root.end()] + declared + text[root.end() :]


def _name_to_text(found: re.Match[str]) -> str:
    return found[0] if found[1] in _XML_NAMES else html.unescape(found[0])


def _check_bounds(root: etree._Element) -> None:
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise refuse_damaged(f"more than {MAX_ELEMENTS} elements, or nested deeper than {MAX_DEPTH}")


def name_of(element: etree._Element) -> str:
    """The local name in small letters; agencies disagree about capitals."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def children(element: etree._Element | None, *path: str) -> Iterator[etree._Element]:
    """The elements at a path of local names below an element."""
    if element is None:
        return
    if not path:
        yield element
        return
    for child in element:
        if name_of(child) == path[0]:
            yield from children(child, *path[1:])


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element at a path, or None."""
    return next(children(element, *path), None)


def within(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """The elements of this local name at any depth."""
    if element is not None:
        yield from (one for one in element.iter() if name_of(one) == name)


def text_of(element: etree._Element | None) -> str:
    """All text in an element, in one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def words_of(element: etree._Element | None) -> str:
    """All text in an element, its parts set apart: `By <person>Ann Roe</person><byttl>Reporter</byttl>`."""
    return " ".join(" ".join(element.itertext()).split()) if element is not None else ""


def text_at(element: etree._Element | None, *path: str) -> str:
    """The first text that is not empty at a path."""
    return next((text for one in children(element, *path) if (text := text_of(one))), "")


def attribute(element: etree._Element | None, name: str) -> str:
    """An attribute by its local name in any capitals; empty where it is not there."""
    if element is None:
        return ""
    wanted = name.lower()
    return next(
        (
            str(v).strip()
            for key, v in element.attrib.items()
            if str(key).rpartition("}")[2].lower() == wanted
        ),
        "",
    )


def attribute_at(element: etree._Element | None, name: str, *path: str) -> str:
    """The first attribute of this name that is not empty at a path."""
    return next((value for one in children(element, *path) if (value := attribute(one, name))), "")


def code_of(element: etree._Element | None) -> str:
    """What names a concept in NewsML-G2: a qcode, an address or a literal."""
    return attribute(element, "qcode") or attribute(element, "uri") or attribute(element, "literal")
