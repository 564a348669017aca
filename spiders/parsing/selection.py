"""Applies the CSS selectors of a source to a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spiders.parsing.blocks import read_layout
from spiders.parsing.boilerplate import is_boilerplate_line

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from spiders.parsing.context import Selectors


def remove_selected(tree: LexborHTMLParser, selectors: Selectors) -> None:
    """Delete the elements that `remove` finds."""
    for node in _find(tree, selectors.remove):
        node.decompose()


def select_text(tree: LexborHTMLParser, selector: str | None) -> str | None:
    """The first element's `datetime` or `content` attribute, else its text in one line."""
    for node in _find(tree, selector):
        attributes = node.attributes
        text = attributes.get("datetime") or attributes.get("content") or node.text(separator=" ")
        if text and text.strip():
            return " ".join(text.split())
    return None


def select_paragraphs(tree: LexborHTMLParser, selector: str | None) -> list[str]:
    """The text blocks of all elements found; an element inside another one found counts once."""
    paragraphs: list[str] = []
    seen: set[int] = set()
    for node in _find(tree, selector):
        if seen & _ancestor_ids(node):
            continue
        seen.add(node.mem_id)
        layout = read_layout(node)
        paragraphs += [block.text for block in layout.blocks if not is_boilerplate_line(block.text)]
    return paragraphs


def _ancestor_ids(node: LexborNode) -> set[int]:
    ids = set()
    above = node.parent
    while above is not None:
        ids.add(above.mem_id)
        above = above.parent
    return ids


def _find(tree: LexborHTMLParser, selector: str | None) -> list[LexborNode]:
    """Return the elements found; an invalid selector finds none."""
    if not selector:
        return []
    try:
        return list(tree.css(selector))
    except Exception:  # noqa: BLE001  the parser raises bare exceptions of its own for bad selectors
        return []
