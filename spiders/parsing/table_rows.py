"""Puts the cells of a table's row together: results, prices and timetables read by the row."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spiders.parsing.blocks import PageLayout

_CELLS = frozenset({"td", "th"})
_ROWS = frozenset({"tr"})
_LONGEST_CELL = 160  # characters; a longer cell is a column of a page's layout
_BETWEEN = " | "


def join_rows(layout: PageLayout, blocks: Sequence[int], paragraphs: list[str]) -> list[str]:
    """The paragraphs, with the cells of each row in one line; as they came where they are not those of the blocks."""
    if len(blocks) != len(paragraphs):
        return paragraphs
    joined: list[str] = []
    rows = groupby(
        zip(blocks, paragraphs, strict=True),
        key=lambda pair: _inside(layout, layout.blocks[pair[0]].element, _ROWS),
    )
    for row, found in rows:
        pairs = list(found)
        cells = [_inside(layout, layout.blocks[index].element, _CELLS) for index, _ in pairs]
        texts = [text for _, text in pairs]
        values = _by_cell(cells, texts)
        # A cell of a paragraph or more is a column of a layout, not a value.
        if row >= 0 and len(values) > 1 and max(map(len, values)) <= _LONGEST_CELL:
            joined.append(_BETWEEN.join(values))
        else:
            joined += texts
    return joined


def _by_cell(cells: Sequence[int], texts: Sequence[str]) -> list[str]:
    """The text of each cell in one line: `<br>` parts some in two."""
    found: dict[int, list[str]] = {}
    for cell, text in zip(cells, texts, strict=True):
        found.setdefault(cell, []).append(text)
    return [" ".join(lines) for lines in found.values()]


def _inside(layout: PageLayout, element: int, tags: frozenset[str]) -> int:
    """The innermost of these elements around this one; -1 where there is none."""
    return next((index for index in layout.ancestors(element) if layout.elements[index].tag in tags), -1)
