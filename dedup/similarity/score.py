"""How much two texts share: matched runs of words, each word weighted by what it proves. Counts only; no decision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.similarity import common, measure
from dedup.similarity.tiling import MIN_RUN, Grams, Run
from dedup.similarity.weights import FULL
from dedup.text.jit import compiled
from dedup.text.ngrams import _roll, roll_grams
from dedup.text.subject import Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.text.words import Text

_LEAST_WEIGHT = 12.0  # so that a few words are no large share of a text of common phrases


class Reading:
    """One version as `score_pair` reads it: its text, the weights frozen on its arrival, its time.

    Args:
        key: the version id; it orders texts of equal length, so that a pair has one score both ways round.
        text: the words.
        weights: uint8[len(text)], as `weights.weigh` gives them.
        at: when it was published, or else seen, in seconds since 1970.
        subject: the names of its lead and the words of its headline.
    """

    def __init__(
        self, key: int, text: Text, weights: NDArray[np.uint8], at: float, subject: Subject | None = None
    ) -> None:
        self.key = key
        self.text = text
        self.weights = weights
        self.at = at
        self.subject = subject or Subject()

    @cached_property
    def traits(self) -> common.Traits:
        """(numbers, long numbers, names, vocabulary: hashes sorted without repeats; uint8 flags of each word)."""
        text = self.text
        return common.list_traits(text.words, text.quoted, text.named)

    @cached_property
    def numbers(self) -> NDArray[np.uint64]:
        """Hashes of the different numbers in the text, sorted."""
        return common.list_numbers(self.text.words)

    @property
    def precise(self) -> NDArray[np.uint64]:
        """Hashes of the different long numbers in the text, sorted."""
        return self.traits[1]

    @property
    def names(self) -> NDArray[np.uint64]:
        """Hashes of the different names in the text, sorted."""
        return self.traits[2]

    @property
    def vocabulary(self) -> NDArray[np.uint64]:
        """Hashes of the different words in the text, sorted."""
        return self.traits[3]

    @property
    def flags(self) -> NDArray[np.uint8]:
        """uint8 of each word: the bits QUOTED, NUMERIC and NAMED."""
        return self.traits[4]

    @cached_property
    def told(self) -> NDArray[np.uint64]:
        """Hashes of the different words of headline and text, sorted."""
        headline = self.subject.headline
        return common.unite(self.vocabulary, headline) if len(headline) else self.vocabulary

    @cached_property
    def grams(self) -> Grams:
        """The n-grams that tiling looks up."""
        return Grams(roll_grams(self.text.words, MIN_RUN))


@dataclass(slots=True)  # frozen, so many values take five times as long to set
class PairScore:
    """What two texts share; the same both ways round. Nothing changes one.

    Attributes:
        share: matched weight / weight of the shorter text, 0..1 (`s`).
        weight: matched weight in words (`e`): how much is matched that is no common phrase.
        matched_words: words in the runs.
        words: of the shorter text.
        share_of_shorter, share_of_longer: matched words / words.
        unquoted: share of the shorter text's words outside quotations that is matched.
        leads: half of the first 30 words of both texts is matched.
        offset: where in the longer text the first run begins, as a share of it.
        numbers: Jaccard of the numbers in both texts; 1 where neither has any.
        numbers_kept: share of the shorter text's numbers that the longer one has; 1 where it has none.
        numbers_in_order: the same, counted each time that a number is printed, as far as the longer one has them in the same
            order: the scores 5-2, 5-5 and 2-5 differ.
        figures: how many different numbers the shorter text has.
        precise: how many different long numbers the shorter text has.
        precise_kept: how many of them the longer text has.
        names: how many different names the shorter text has.
        names_kept: share of them that the longer text has; 1 where the shorter has none.
        strangers: different words that the other text has nowhere; of the text that has fewer such.
        substitutions: places between two runs where each text has a few words of its own.
        contradictions: substitutions in which both have numbers, and not one in common.
        contested: numbers that differ in the same gap, of at most 60 words.
        hours: between their times.
        rival: words of the longest gap between matches in which each text has words of its own.
        opening: weight in words of the passage near the head of both texts, small gaps in it allowed.
        opening_words: the opening's matched words.
        opening_density: the opening's matched words / all its words, in the text that spends more on it.
        opening_unquoted: the opening's matched words outside quotations.
        opening_contradictions: gaps in the opening in which both texts have numbers, and not one in common.
        opening_facts: names and numbers among the opening's matched words.
        one_lead: half of the first 30 words of at least one text is in the other.
        lead_words: share of the words of a lead, without function words, at the head of the other text; the higher.
        other_day: both heads name weekdays, and not one in common.
        whole: matched words in paragraphs that both texts have whole.
        kept: matched words in paragraphs that both texts have but for a word here and there.
        subjects: names of one lead that the other version has nowhere; of the text that has fewer such names.
        subject_kept: share of the names of both leads that the other version has somewhere, or of those that the headlines
            have too, if that is less; 1 where there are none.
        headline_told: share of the words of a headline that the other version has; the lower; 1 without headlines.
        runs: (start in the shorter, start in the longer, words).
    """

    share: float
    weight: float
    matched_words: int
    words: int
    share_of_shorter: float
    share_of_longer: float
    unquoted: float
    leads: bool
    offset: float
    numbers: float
    numbers_kept: float
    numbers_in_order: float
    figures: int
    precise: int
    precise_kept: int
    names: int
    names_kept: float
    strangers: int
    substitutions: int
    contradictions: int
    contested: int
    hours: float
    rival: int
    opening: float
    opening_words: int
    opening_density: float
    opening_unquoted: int
    opening_contradictions: int
    opening_facts: int
    one_lead: bool
    lead_words: float
    other_day: bool
    whole: int
    kept: int
    subjects: int
    subject_kept: float
    headline_told: float
    runs: tuple[Run, ...]

    @property
    def rest_share(self) -> float:
        """Share matched of the text that has fewer words outside the paragraphs that both have whole."""
        most = max(self.share_of_shorter, self.share_of_longer)
        rest = self.matched_words / most - self.whole if most else 0.0
        return (self.matched_words - self.whole) / rest if rest > 0 else 1.0

    @property
    def between(self) -> float:
        """`rest_share` where a paragraph counts as whole although a word here and there was exchanged."""
        most = max(self.share_of_shorter, self.share_of_longer)
        rest = self.matched_words / most - self.kept if most else 0.0
        return (self.matched_words - self.kept) / rest if rest > 0 else 1.0

    @property
    def own_words(self) -> float:
        """Unmatched words, in the text that has fewer of them."""
        most = max(self.share_of_shorter, self.share_of_longer)
        return self.matched_words * (1 / most - 1) if most else float("inf")


def score_pair(one: Reading, other: Reading) -> PairScore:
    """What two readings share, by greedy string tiling."""
    swap = (len(one.text), one.key) > (len(other.text), other.key)
    shorter, longer = (other, one) if swap else (one, other)
    ours, theirs, right = shorter.text, longer.text, longer.grams
    runs, values = _score(
        shorter.grams.hashes,
        right.hashes,
        right.heads,
        right.nexts,
        shorter.weights,
        ours.words,
        theirs.words,
        shorter.traits,
        longer.traits,
        ours.starts,
        theirs.starts,
        shorter.subject.arrays,
        longer.subject.arrays,
        shorter.told,
        longer.told,
        abs(one.at - other.at) / 3600,
    )
    return PairScore(*values, tuple(map(tuple, runs.tolist())))  # type: ignore[call-arg]


def may_share(one: Reading, other: Reading, least: float) -> bool:
    """False if `score_pair` would give less than `least` for the share and the share of the shorter; for a tenth of its cost.

    A run is made of grams that both texts have: what lies in such grams is at least what is matched.
    """
    return _may_share(
        one.grams.hashes,
        one.grams.heads,
        one.grams.nexts,
        one.weights,
        other.text.words,
        other.weights,
        (len(one.weights), one.key) < (len(other.weights), other.key),
        least,
    )


@compiled
def _may_share(
    grams: common.Hashes,
    heads: NDArray[np.int32],
    nexts: NDArray[np.int32],
    weights: NDArray[np.uint8],
    others: common.Hashes,
    other_weights: NDArray[np.uint8],
    is_shorter: bool,
    least: float,
) -> bool:
    mask, covered = np.uint64(len(heads) - 1), np.zeros(len(weights), dtype=np.uint8)
    words, weight, end = 0, 0, 0
    for start, gram in enumerate(_roll(others, MIN_RUN)):
        index = heads[gram & mask]
        while index >= 0 and grams[index] != gram:
            index = nexts[index]
        if index < 0:
            continue
        if is_shorter:
            while index >= 0:
                if grams[index] == gram:
                    covered[index : index + MIN_RUN] = 1
                index = nexts[index]
        else:
            for position in range(max(start, end), start + MIN_RUN):
                words += 1
                weight += other_weights[position]
            end = start + MIN_RUN
    for position in range(len(covered)):  # nothing, if the other text is the shorter
        words += covered[position]
        weight += covered[position] * np.int64(weights[position])
    weighed, shorter = 0, weights if is_shorter else other_weights
    for each in shorter:
        weighed += each
    share = min(1.0, weight / FULL / max(_LEAST_WEIGHT, weighed / FULL))
    return share >= least or words / max(1, len(shorter)) >= least


@compiled
def _score(
    grams: common.Hashes,
    other_grams: common.Hashes,
    other_heads: NDArray[np.int32],
    other_nexts: NDArray[np.int32],
    weights: NDArray[np.uint8],
    words: common.Hashes,
    others: common.Hashes,
    traits: common.Traits,
    other_traits: common.Traits,
    starts: NDArray[np.int64],
    other_starts: NDArray[np.int64],
    subject: tuple[common.Hashes, common.Hashes, common.Hashes],
    other_subject: tuple[common.Hashes, common.Hashes, common.Hashes],
    told: common.Hashes,
    other_told: common.Hashes,
    hours: float,
) -> tuple[NDArray[np.int64], Any]:
    """(runs, the other values of a `PairScore` in their order) of a shorter text and a longer, `other`."""
    runs, counts, (both, precise_kept, names_kept) = measure.tile_and_count(
        grams,
        other_grams,
        other_heads,
        other_nexts,
        weights,
        words,
        others,
        traits,
        other_traits,
        starts,
        other_starts,
    )
    weighed = 0
    for weight in weights:
        weighed += weight
    figures, names = len(traits[0]), len(traits[2])
    all_figures = figures + len(other_traits[0]) - both
    matched, opening_words = counts[measure.MATCHED], counts[measure.OPENING_WORDS]
    subjects, names_told = common.compare_names(subject[0], told, other_subject[0], other_told)
    actors, actors_told = common.compare_names(subject[1], told, other_subject[1], other_told)
    shares = (
        min(1.0, counts[measure.WEIGHT] / FULL / max(_LEAST_WEIGHT, weighed / FULL)),  # share
        counts[measure.WEIGHT] / FULL,
        matched,
        len(words),
        matched / max(1, len(words)),  # share_of_shorter
        matched / max(1, len(others)),
        counts[measure.UNQUOTED_MATCHED] / max(1, counts[measure.UNQUOTED]),
        counts[measure.LEADS] > 0,
        counts[measure.FIRST] / max(1, len(others)),
    )
    facts = (
        both / all_figures if all_figures else 1.0,  # numbers
        both / figures if figures else 1.0,
        counts[measure.NUMBERS_IN_ORDER] / counts[measure.NUMBERS] if counts[measure.NUMBERS] else 1.0,
        figures,
        len(traits[1]),
        precise_kept,
        names,
        names_kept / names if names else 1.0,
        common.count_strangers(traits[3], other_traits[3]),
    )
    gaps = (
        counts[measure.SUBSTITUTIONS],
        counts[measure.CONTRADICTIONS],
        counts[measure.CONTESTED],
        hours,
        counts[measure.RIVAL],
    )
    opening = (
        counts[measure.OPENING_WEIGHT] / FULL,
        opening_words,
        opening_words / max(1, counts[measure.OPENING_SPAN]),
        counts[measure.OPENING_UNQUOTED],
        counts[measure.OPENING_CONTRADICTIONS],
        counts[measure.OPENING_FACTS],
    )
    leads = (
        counts[measure.ONE_LEAD] > 0,
        counts[measure.LEAD_WORDS] / 100,
        counts[measure.OTHER_DAY] > 0,
        counts[measure.WHOLE],
        counts[measure.KEPT],
        subjects,
        min(names_told, actors_told) if actors else names_told,  # subject_kept
        min(common.share_headline(subject[2], other_told), common.share_headline(other_subject[2], told)),
    )
    return runs, shares + facts + gaps + opening + leads
