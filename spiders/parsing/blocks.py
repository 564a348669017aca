"""Flattens a page's tree once: elements with their names, and blocks of text in reading order.

Other modules decide which blocks are the story. There is no recursion: some pages nest a hundred thousand elements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copytaster.sentence_ends import CLOSING, SPACED, SPACELESS
from spiders.parsing.wordlist import word_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from selectolax.lexbor import LexborNode

    IsSkipped = Callable[[LexborNode, str, str], bool]  # the element, its tag and name

BLOCK_TAGS = frozenset(
    word_list(
        """address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary
    table tbody td tfoot th thead tr ul"""
    )
)
_SILENT_TAGS = frozenset(
    word_list(
        """script style noscript template head select option textarea button iframe object embed svg math canvas audio
    video map datalist input img link meta noframes applet amp-ad amp-analytics amp-sidebar amp-consent
    amp-iframe amp-embed"""
    )
)
_TEXT = "-text"  # the parser's name of text between tags
_BOLD_TAGS = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "th"})
_LINE_END = (*SPACED, *SPACELESS, *CLOSING, ":", ";")
_HIDDEN = re.compile(r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden", re.IGNORECASE)
_AS_TYPED = re.compile(r"white-space\s{0,3}:\s{0,3}(?:pre|break-spaces)", re.IGNORECASE)
_TYPED_PARAGRAPH = re.compile(r"\n(?:[ \t\r]*\n)+")
_TYPED_INDENT = re.compile(r"\n(?=[ \t]{2,}\S)")
_NAME_KEYS = ("class", "id", "itemprop", "role")
_MAX_TIMES = 200
_NAME_CHARS = 300  # of class, id and role; the rest is cut
_WRAPPED_LINE = 50  # characters; a shorter line that ends in `<br>` is complete


@dataclass(slots=True)
class Element:
    """One element; `parent` and `last` (the last descendant) are positions in the page's list of elements."""

    parent: int
    tag: str
    name: str  # class, id, itemprop and role as printed
    hidden: bool
    last: int


@dataclass(slots=True)
class Block:
    """Text between two block borders or line breaks; `element` is the innermost named or block-level one around it."""

    text: str
    element: int
    link_chars: int
    bold: bool
    broken: bool  # begins after a `<br>`
    ends_in_link: bool = False


@dataclass(frozen=True, slots=True)
class Time:
    """A date in an element's attribute: `block` is the next or open one, `name` says what it is the date of."""

    value: str
    block: int
    element: int
    name: str


@dataclass(slots=True)
class PageLayout:
    """A page's body as lists, all in reading order."""

    elements: list[Element] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    times: list[Time] = field(default_factory=list)
    max_depth: int = 0

    def ancestors(self, index: int) -> list[int]:
        """The element and its ancestors, innermost first."""
        path = []
        while index >= 0:
            path.append(index)
            index = self.elements[index].parent
        return path


@dataclass(slots=True)
class _Place:
    """State of the walk: the open element, and the properties of text in it."""

    element: int = -1
    holder: int = -1  # innermost block-level element
    inner: int = -1  # innermost named inline element below the holder, else the holder
    in_link: bool = False
    bold: bool = False
    is_block: bool = True
    as_typed: bool = False  # line breaks in the text show: `pre`


class _Writer:
    """Gathers text into blocks."""

    def __init__(self, layout: PageLayout) -> None:
        self._layout = layout
        self._parts: list[str] = []
        self._link_chars = 0
        self._bold_chars = 0
        self._chars = 0
        self._inner: int | None = None
        self._holder = -1
        self._ends_in_link = False
        self._breaks = 0

    def add(self, text: str, place: _Place) -> None:
        if text.isspace():
            if self._inner is not None:
                self._parts.append(" ")
            return
        self._parts.append(text)
        size = len(text)
        self._chars += size
        self._link_chars += size if place.in_link else 0
        self._bold_chars += size if place.bold else 0
        self._holder = place.holder
        self._ends_in_link = place.in_link
        if self._inner is None:
            self._inner = place.inner
        elif self._inner != place.inner:
            self._inner = place.holder

    def add_typed(self, text: str, place: _Place) -> None:
        """Add text whose lines show as they were typed: a paragraph ends at an empty line, or before an indented one."""
        for number, paragraph in enumerate(_split_typed(text)):
            if number:
                self.break_line()
                self.break_line()
            self.add(paragraph, place)

    def break_line(self) -> None:
        self.close()
        self._breaks += 1

    def close(self) -> None:
        """End the current block; join a line that was broken for its length to the line before."""
        if self._inner is not None:
            text = " ".join("".join(self._parts).split())
            bold = self._bold_chars > 0.8 * self._chars
            linked = min(self._link_chars, len(text))
            block = Block(text, self._inner, linked, bold, self._breaks > 0, self._ends_in_link)
            if not text:
                pass
            elif self._breaks == 1 and self._wraps(block):
                before = self._layout.blocks[-1]
                before.text = f"{before.text} {text}"
                before.link_chars += block.link_chars
                before.ends_in_link = block.ends_in_link
                before.bold = before.bold and bold
            else:
                self._layout.blocks.append(block)
            self._breaks = 0
            self._inner = None
            self._chars = self._link_chars = self._bold_chars = 0
        self._parts.clear()

    def _wraps(self, block: Block) -> bool:
        if not self._layout.blocks:
            return False
        before = self._layout.blocks[-1]
        if before.element != block.element or before.text.endswith(_LINE_END):
            return False
        return len(before.text) >= _WRAPPED_LINE and (block.text[0].islower() or not before.bold)


def _split_typed(text: str) -> list[str]:
    """The paragraphs of typed text. Where most lines are indented, that is its margin and begins no paragraph."""
    paragraphs = _TYPED_PARAGRAPH.split(text)
    indented, lines = len(_TYPED_INDENT.findall(text)), text.count("\n")
    if 2 * indented < lines:
        paragraphs = [part for paragraph in paragraphs for part in _TYPED_INDENT.split(paragraph)]
    return paragraphs


def read_layout(root: LexborNode, is_skipped: IsSkipped | None = None) -> PageLayout:
    """Flatten the tree under `root` in reading order, without the block-level elements that are to be skipped."""
    layout = PageLayout()
    writer = _Writer(layout)
    opened: list[_Place] = []
    place = _Place()
    deepest = 0
    node: LexborNode | None = root
    while node is not None:
        inside = _visit(node, place, layout, writer, is_skipped)
        if inside is not None:
            opened.append(place)
            place = inside
            deepest = max(deepest, len(opened))
            node = node.first_child
            continue
        while opened and node is not None and node.next is None:
            if place.is_block:
                writer.close()
            layout.elements[place.element].last = len(layout.elements) - 1
            node, place = node.parent, opened.pop()
        node = node.next if opened and node is not None else None
    writer.close()
    layout.max_depth = deepest
    return layout


def _visit(
    node: LexborNode, place: _Place, layout: PageLayout, writer: _Writer, is_skipped: IsSkipped | None
) -> _Place | None:
    """Add one node; returns the state inside it if it has children to visit."""
    tag = node.tag or ""
    if tag == _TEXT:
        (writer.add_typed if place.as_typed else writer.add)(node.text_content or "", place)
        return None
    if tag in _SILENT_TAGS or not node.is_element_node:
        return None
    if tag == "br":
        writer.break_line()
        return None
    inside = _enter(node, tag, place, layout)
    if inside.is_block:
        writer.close()
        name = layout.elements[-1].name
        if is_skipped is not None and name and is_skipped(node, tag, name):
            return None
    return inside if node.first_child is not None else None


def _enter(node: LexborNode, tag: str, place: _Place, layout: PageLayout) -> _Place:
    index = len(layout.elements)
    attributes = node.attributes
    name, hidden, as_typed = "", False, place.as_typed or tag == "pre"
    if attributes:
        name = " ".join(filter(None, map(attributes.get, _NAME_KEYS)))[:_NAME_CHARS]
        style = attributes.get("style")
        hidden = "hidden" in attributes or bool(style and _HIDDEN.search(style[:200]))
        as_typed = as_typed or bool(style and _AS_TYPED.search(style[:200]))
    layout.elements.append(Element(place.element, tag, name, hidden, index))
    if tag in ("time", "abbr") or "date" in name:
        value = attributes.get("datetime") or attributes.get("content") or attributes.get("title")
        if value and len(layout.times) < _MAX_TIMES:
            layout.times.append(Time(value[:100], len(layout.blocks), index, name))
    is_block = tag in BLOCK_TAGS or "-" in tag
    holder = index if is_block else place.holder
    is_link = tag == "a"
    return _Place(
        index,
        holder,
        index if is_block or name or is_link else place.inner,
        place.in_link or is_link,
        place.bold or tag in _BOLD_TAGS,
        is_block,
        as_typed,
    )
