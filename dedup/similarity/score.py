"""How much two texts share: matched runs of words, each word weighted by what it proves. Counts only; no decision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dedup.similarity import common, measure
from dedup.similarity.tiling import MIN_RUN, Grams, Run
from dedup.similarity.weights import FULL
from dedup.text.ngrams import roll_grams
from dedup.text.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedup.text.words import Text

_LEAST_WEIGHT = 12.0  # so that a few words are no large share of a text of common phrases


class Reading:
    """One version as `score_pair` reads it: its text, the weights frozen on its arrival, its time.

    Args:
        key: the version id; it orders texts of equal length, so that a pair has one score both ways round.
        text: the words.
        weights: uint8[len(text)], as `weights.weigh_words` gives them.
        at: when it was published, or else seen, in seconds since 1970.
        subject: the names of its lead and the words of its headline.
    """

    def __init__(
        self, key: int, text: Text, weights: NDArray[np.uint8], at: float, subject: Subject | None = None
    ) -> None:
        self.key = key
        self.text = text
        self.weights = weights
        self.weight = int(weights.sum()) / FULL
        self.at = at
        self.subject = subject or Subject()

    @cached_property
    def traits(self) -> common.Traits:
        """(numbers, long numbers, names, vocabulary: hashes sorted without repeats; uint8 flags of each word)."""
        text = self.text
        return common.list_traits(text.words, text.quoted, text.numeric, text.precise, text.named)

    @property
    def numbers(self) -> NDArray[np.uint64]:
        """Hashes of the different numbers in the text, sorted."""
        return self.traits[0]

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
        return common.unite(self.vocabulary, self.subject.headline)

    @cached_property
    def grams(self) -> Grams:
        """The n-grams that tiling looks up."""
        return Grams(roll_grams(self.text.words, MIN_RUN))


@dataclass(frozen=True, slots=True)
class PairScore:
    """What two texts share; the same both ways round.

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
        figures: how many different numbers the shorter text has.
        precise: how many different long numbers the shorter text has.
        precise_kept: how many of them the longer text has.
        names: how many different names the shorter text has.
        names_kept: share of them that the longer text has; 1 where the shorter has none.
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
    figures: int
    precise: int
    precise_kept: int
    names: int
    names_kept: float
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
    ours, theirs = shorter.text, longer.text
    right = longer.grams
    numbers, precise, names, _, _ = shorter.traits
    other_numbers = longer.traits[0]
    runs, counted, (both, precise_kept, names_kept) = measure.tile_and_count(
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
    )
    counts = counted.tolist()
    weight = counts[measure.WEIGHT] / FULL
    matched = counts[measure.MATCHED]
    figures, named = len(numbers), len(names)
    mine, his = shorter.subject, longer.subject
    subjects, names_told = common.compare_names(mine.names, shorter.told, his.names, longer.told)
    actors, actors_told = common.compare_names(mine.actors, shorter.told, his.actors, longer.told)
    headline_told = min(
        common.share_headline(mine.headline, longer.told), common.share_headline(his.headline, shorter.told)
    )
    all_figures = figures + len(other_numbers) - both
    return PairScore(
        share=min(1.0, weight / max(_LEAST_WEIGHT, shorter.weight)),
        weight=weight,
        matched_words=matched,
        words=len(ours),
        share_of_shorter=matched / max(1, len(ours)),
        share_of_longer=matched / max(1, len(theirs)),
        unquoted=counts[measure.UNQUOTED_MATCHED] / max(1, counts[measure.UNQUOTED]),
        leads=bool(counts[measure.LEADS]),
        offset=counts[measure.FIRST] / max(1, len(theirs)),
        numbers=both / all_figures if all_figures else 1.0,
        numbers_kept=both / figures if figures else 1.0,
        figures=figures,
        precise=len(precise),
        precise_kept=precise_kept,
        names=named,
        names_kept=names_kept / named if named else 1.0,
        substitutions=counts[measure.SUBSTITUTIONS],
        contradictions=counts[measure.CONTRADICTIONS],
        contested=counts[measure.CONTESTED],
        hours=abs(one.at - other.at) / 3600,
        rival=counts[measure.RIVAL],
        opening=counts[measure.OPENING_WEIGHT] / FULL,
        opening_words=counts[measure.OPENING_WORDS],
        opening_density=counts[measure.OPENING_WORDS] / max(1, counts[measure.OPENING_SPAN]),
        opening_unquoted=counts[measure.OPENING_UNQUOTED],
        opening_contradictions=counts[measure.OPENING_CONTRADICTIONS],
        opening_facts=counts[measure.OPENING_FACTS],
        one_lead=bool(counts[measure.ONE_LEAD]),
        lead_words=counts[measure.LEAD_WORDS] / 100,
        other_day=bool(counts[measure.OTHER_DAY]),
        whole=counts[measure.WHOLE],
        kept=counts[measure.KEPT],
        subjects=subjects,
        subject_kept=min(names_told, actors_told) if actors else names_told,
        headline_told=headline_told,
        runs=tuple(map(tuple, runs.tolist())),
    )
