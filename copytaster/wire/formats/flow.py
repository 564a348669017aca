"""Turns marked-up text, XHTML or NITF, into paragraphs and captions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import html as lxml_html

from copytaster.wire.formats.item import refuse_damaged
from copytaster.wire.formats.xml import attribute, name_of, text_of

if TYPE_CHECKING:
    from lxml import etree

_BLOCKS = frozenset(
    """p div block section article h1 h2 h3 h4 h5 h6 hl1 hl2 hl3 hl4 ul ol li dl dt dd blockquote bq pre body body.content
    table tbody thead tr header nitf-table fn ednote br hr center main html nitf caption""".split()
)
_LAID_OUT = frozenset("p div table h1 h2 h3 ul ol".split())  # within a cell
_LEFT_OUT = frozenset(
    "head script style title nav aside noscript media-metadata iframe object form svg".split()
)
_PICTURES = frozenset("media figure".split())
_OWN_PLACE = ("notepad", "linkbox", "slugline", "publicationdate", "infobox-media")
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")  # parts the paragraphs of text without markup
_TYPED_PARAGRAPH = re.compile(r"\r?\n[ \t]*\r?\n|\r?\n(?=[ \t]{2}[ \t]*\S)")  # of text as it was typed
_MAX_PARAGRAPHS = 5_000
_MAX_DEPTH = 200


@dataclass(slots=True)
class Flow:
    """The text of an element: paragraphs in order, and the captions of its pictures."""

    paragraphs: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    _line: list[str] = field(default_factory=list)

    def add(self, text: str | None) -> None:
        """Add text to the open paragraph."""
        if text:
            self._line.append(text)

    def close(self) -> None:
        """End the open paragraph."""
        line = " ".join("".join(self._line).split())
        self._line.clear()
        if line and len(self.paragraphs) < _MAX_PARAGRAPHS:
            self.paragraphs.append(line)


def read_flow(element: etree._Element) -> Flow:
    """Paragraphs and captions of an element."""
    if not len(element) and _BLANK_LINE.search(element.text or ""):
        return read_html(_BLANK_LINE.sub("\n\n", element.text or ""))
    flow = Flow()
    _walk(element, flow, 0)
    flow.close()
    return flow


def read_html(text: str) -> Flow:
    """Paragraphs of a piece of HTML that stands as text in another format.

    Raises:
        UnparsableError: `damaged`, it is nested too deep.
    """
    if "<" not in text:
        flow = Flow()
        for part in text.replace("\r\n", "\n").split("\n\n" if "\n\n" in text else "\n"):
            flow.add(part)
            flow.close()
        return flow
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        root = lxml_html.document_fromstring(f"<html><body>{text}</body></html>", parser=parser)
    except (ValueError, SyntaxError) as error:
        raise refuse_damaged("the text's markup cannot be read") from error
    return read_flow(root)


def _walk(element: etree._Element, flow: Flow, depth: int) -> None:
    name = name_of(element)
    if not name or name in _LEFT_OUT or _has_own_place(element):
        return
    if depth > _MAX_DEPTH:
        raise refuse_damaged(f"the text's markup is nested deeper than {_MAX_DEPTH}")
    if name in _PICTURES:
        flow.captions += _captions(element)
        return
    if name == "tr" and not _lays_out(element):
        flow.close()
        flow.add("  ".join(filter(None, (text_of(cell) for cell in element))))
        flow.close()
        return
    if name == "pre" and not len(element):
        for part in _TYPED_PARAGRAPH.split(element.text or ""):
            flow.close()
            flow.add(part)
        flow.close()
        return
    block = name in _BLOCKS
    if block:
        flow.close()
    flow.add(element.text)
    for child in element:
        _walk(child, flow, depth + 1)
        flow.add(child.tail)
    if block:
        flow.close()


def _lays_out(row: etree._Element) -> bool:
    """True for a row that only places text on a page, as mail does: a cell holds several blocks, or it is alone and holds one."""
    filled = [cell for cell in row if text_of(cell)]
    blocks = [sum(name_of(one) in _LAID_OUT for one in cell.iter()) for cell in filled]
    return max(blocks, default=0) > 1 or (len(filled) == 1 and blocks[0] == 1)


def _has_own_place(element: etree._Element) -> bool:
    classes = attribute(element, "class").lower().split()
    return any(one in _OWN_PLACE for one in classes)


def _captions(element: etree._Element) -> list[str]:
    names = {"media-caption", "figcaption"}
    return [text for one in element.iter() if name_of(one) in names and (text := text_of(one))]
