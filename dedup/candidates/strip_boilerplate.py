"""Which words of a page are the story's own: not what its publisher prints on other pages too, nor what stands below its foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FOOT = 5  # paragraphs of furniture in a row, with which a page's foot begins
SAME_PAGE = 10  # paragraphs printed with another story before; fewer may be what two reports share


def strip_boilerplate(
    words: int, paragraphs: Sequence[tuple[int, int, int]], furniture: Sequence[bool]
) -> NDArray[np.bool_]:
    """bool[words]: which words are the story's own.

    The longest row of furniture is the foot of the page, where no less stands above it than below: comments, other
    headlines, a text of another page.

    Args:
        words: length of the text.
        paragraphs: (first word, end, hash) of each.
        furniture: which of them the publisher prints on other pages too.
    """
    kept = np.ones(words, dtype=np.bool_)
    if not any(furniture):
        return kept
    first, last, row = 0, 0, 0
    for place, ((start, end, _), known) in enumerate(zip(paragraphs, furniture, strict=True)):
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
