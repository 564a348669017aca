"""One page as every later step reads it. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spiders.parsing.block_scores import BlockScores
    from spiders.parsing.blocks import PageLayout
    from spiders.parsing.structured import PageClaims


@dataclass(frozen=True, slots=True)
class PageView:
    """A page's layout, what its blocks are worth, what the page says about itself, and where the body may begin.

    Attributes:
        headline_at: position of the block that prints the headline; the body lies below it. -1 where no such
            block limits the body.
    """

    layout: PageLayout
    scores: BlockScores
    claims: PageClaims
    headline_at: int
