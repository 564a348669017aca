"""The two sides of a decision, made from known versions: the newcomer, and a candidate that it is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.decision.decide import EXACT_WORDS, Candidate, Newcomer
from dedup.decision.rules import MANY_FIGURES

if TYPE_CHECKING:
    from dedup.cache.known_version import Known
    from dedup.similarity.score import PairScore
    from dedup.text.words import Text


def is_short(text: Text, min_words: int) -> bool:
    """True if only an exact match can join the text: it has too few words and no table of numbers."""
    return len(text) < min_words and len(set(text.words[text.numeric].tolist())) < MANY_FIGURES


def make_newcomer(known: Known, *, min_words: int) -> Newcomer:
    """A known version as the newcomer of a decision."""
    version = known.version
    return Newcomer(
        version.id,
        version.story_id,
        version.publisher,
        wrapup=known.wrapup,
        revision=known.revision,
        notice=known.notice,
        short=is_short(known.reading.text, min_words),
    )


def make_candidate(
    known: Known, newcomer: Known, score: PairScore, *, dispatch_id: str, founder: bool, wrapup: bool
) -> Candidate:
    """A known version as a candidate for a newcomer.

    Args:
        known: the version that has a dispatch.
        newcomer: the version to decide on.
        score: of the two.
        dispatch_id: the dispatch of the candidate.
        founder: whether it founded that dispatch.
        wrapup: whether a wrap-up founded that dispatch; a candidate that is one itself counts in any case.
    """
    ours, theirs = newcomer.reading.text, known.reading.text
    return Candidate(
        known.version.id,
        known.version.story_id,
        known.version.publisher,
        dispatch_id,
        score,
        exact=len(theirs) == len(ours) >= EXACT_WORDS and theirs.exact == ours.exact,
        founder=founder,
        wrapup=wrapup or known.wrapup,
        revision=known.revision,
    )
