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
        # A cell of several paragraphs is a column of a layout, not a value.
        if row >= 0 and len(set(cells)) == len(cells) and max(map(len, texts)) <= _LONGEST_CELL:
            joined.append(_BETWEEN.join(texts))
        else:
            joined += texts
    return joined


def _inside(layout: PageLayout, element: int, tags: frozenset[str]) -> int:
    """The innermost of these elements around this one; -1 where there is none."""
    return next((index for index in layout.ancestors(element) if layout.elements[index].tag in tags), -1)
