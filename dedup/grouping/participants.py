"""The two sides of a decision, made from known versions: the newcomer, and a candidate that it is compared with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedup.candidates.fact_keys import HOURS, LEAST
from dedup.decision.decide import EXACT_WORDS, Candidate, Newcomer
from dedup.decision.rules import MANY_FIGURES
from dedup.similarity.common import count_common, share_headline
from dedup.text.house_style import fold_headline

if TYPE_CHECKING:
    from copytaster.store.versions import StoredVersion
    from dedup.cache.known_version import Known
    from dedup.similarity.score import PairScore
    from dedup.text.words import Text

_NUMBERS_SHARED = 0.7  # of all that a report and the same written anew have
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
        revision=known.revision,
        step=_is_step(known, newcomer),
        resent=_is_resent(known, newcomer),
        anew=is_anew(known, newcomer),
    )


def is_anew(known: Known, newcomer: Known) -> bool:
    """True if one publisher printed both within hours under headlines, with nearly the same numbers, three or more."""
    one, other = known.reading, newcomer.reading
    if known.version.publisher != newcomer.version.publisher or not known.version.publisher:
        return False
    if abs(one.at - other.at) > HOURS * 3600:
        return False
    if not (len(one.subject.headline) and len(other.subject.headline)):
        return False
    common = count_common(one.numbers, other.numbers)
    whole = len(one.numbers) + len(other.numbers) - common
    return common >= LEAST and common >= _NUMBERS_SHARED * whole


def _is_step(known: Known, newcomer: Known) -> bool:
    """True if the later of the two says that it is newer, under the headline of the other: an unmarked one begins anew."""
    later = max(known, newcomer, key=lambda one: (one.reading.at, one.version.id))
    return later.revision and _frame(known.version) == _frame(newcomer.version) != ""


def _is_resent(known: Known, newcomer: Known) -> bool:
    """True if one publisher printed both under one headline, and it is no standing title: both texts tell what it says."""
    return (
        known.version.publisher == newcomer.version.publisher
        and _frame(known.version) == _frame(newcomer.version) != ""
        and all(
            share_headline(one.reading.subject.headline, one.reading.vocabulary) >= _TOLD
            for one in (known, newcomer)
        )
    )


def _frame(version: StoredVersion) -> str:
    """What steps of one story have in common: their publisher and their headline without its figures."""
    headline = re.sub(r"\d+", "0", fold_headline(version.headline))
    return f"{version.publisher}\n{headline}" if headline and version.publisher else ""
