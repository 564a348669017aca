"""Stripping boilerplate: what a publisher prints on other pages too, and everything below the foot of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FOOT = 5  # paragraphs of boilerplate in a row, with which a page's foot begins
SAME_PAGE = 10  # paragraphs printed with another story before; fewer may be what two reports share


def strip_boilerplate(
    words: int, paragraphs: Sequence[tuple[int, int, int]], boilerplate: Sequence[bool]
) -> NDArray[np.bool_]:
    """bool[words]: which words are the story's own.

    The longest row of boilerplate is the foot of the page, unless more text is below it than above. Below a foot come
    comments, other headlines, a text of another page.

    Args:
        words: length of the text.
        paragraphs: (first word, end, hash) of each.
        boilerplate: which of them the publisher prints on other pages too.
    """
    kept = np.ones(words, dtype=np.bool_)
    if not any(boilerplate):
        return kept
    first, last, row = 0, 0, 0
    for place, ((start, end, _), known) in enumerate(zip(paragraphs, boilerplate, strict=True)):
        row = row + 1 if known else 0
        if known:
            kept[start:end] = False
        if row > last - first:
            first, last = place - row + 1, place + 1
    if last - first >= FOOT and last < len(paragraphs):
        foot = paragraphs[last - 1][1]
        if kept[:foot].sum() >= kept[foot:].sum():
            kept[foot:] = False
    return kept
