"""How a member's text relates to the canonical version's: verbatim, cut, extended or edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dedup.similarity.score import PairScore

Relation = Literal["original", "verbatim", "cut", "edited", "extended", "version"]

_ALL = 0.98
_NEARLY_ALL = 0.90


def describe_relation(score: PairScore, *, member_words: int, canonical_words: int) -> Relation:
    """The relation of a member to the canonical version, from what their texts share.

    Verbatim: all but a word or two of both. Cut: nearly all of the member is in the canonical version, which has more.
    Extended: nearly all of the canonical version is in the member, which has more. Edited: everything else.
    """
    shorter, longer = score.share_of_shorter, score.share_of_longer
    if shorter >= _ALL and longer >= _ALL:
        return "verbatim"
    if shorter >= _NEARLY_ALL > longer:
        return "cut" if member_words < canonical_words else "extended"
    return "edited"
