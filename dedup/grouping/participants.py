"""The two sides of a decision, made from known versions: the newcomer, and a candidate that it is compared with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedup.decision.anew import may_be_anew
from dedup.decision.decide import EXACT_WORDS, Candidate, Newcomer
from dedup.decision.rules import MANY_FIGURES
from dedup.similarity.common import share_headline
from dedup.text.house_style import fold_headline

if TYPE_CHECKING:
    from copytaster.store.versions import StoredVersion
    from dedup.cache.known_version import Known
    from dedup.similarity.score import PairScore
    from dedup.text.words import Text

_TOLD = 0.5  # of the words of a headline; those of a standing title are not in the text


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
        series=known.series,
        revision=known.revision,
        notice=known.notice,
        short=is_short(known.reading.text, min_words),
    )


def make_candidate(
    known: Known, newcomer: Known, score: PairScore, *, dispatch_id: str, founder: bool, begun: Known | None
) -> Candidate:
    """A known version as a candidate for a newcomer.

    Args:
        known: the version that has a dispatch.
        newcomer: the version to decide on.
        score: of the two.
        dispatch_id: the dispatch of the candidate.
        founder: whether it founded that dispatch.
        begun: the version that founded it, which may be a wrap-up or of a series.
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
        wrapup=known.wrapup or (begun is not None and begun.wrapup),
        series=known.series or (begun.series if begun is not None else ""),
        step=_is_step(known, newcomer),
        resent=_is_resent(known, newcomer),
        anew=may_rewrite(known, newcomer),
    )


def may_rewrite(known: Known, newcomer: Known) -> bool:
    """True if one publisher printed both, and one may be the other in other words."""
    return known.version.publisher == newcomer.version.publisher != "" and may_be_anew(
        known.reading, newcomer.reading
    )


def _is_step(known: Known, newcomer: Known) -> bool:
    """True if the later of the two says that it is newer, under the headline of the other: an unmarked one begins anew."""
    later = max(known, newcomer, key=lambda one: (one.reading.at, one.version.id))
    return later.revision and _frame(known.version) == _frame(newcomer.version) != ""


def _is_resent(known: Known, newcomer: Known) -> bool:
    """True if one publisher sent it again: it says so, or the headline is one, and no standing title: both texts tell it."""
    if known.version.publisher != newcomer.version.publisher:
        return False
    if known.revision or newcomer.revision:
        return True
    return _frame(known.version) == _frame(newcomer.version) != "" and all(
        share_headline(one.reading.subject.headline, one.reading.vocabulary) >= _TOLD
        for one in (known, newcomer)
    )


def _frame(version: StoredVersion) -> str:
    """What steps of one story have in common: their publisher and their headline without its figures."""
    headline = re.sub(r"\d+", "0", fold_headline(version.headline))
    return f"{version.publisher}\n{headline}" if headline and version.publisher else ""
