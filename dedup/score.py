"""How much two texts share: matched runs, each word weighted by what it proves. Says numbers, decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dedup.rarity import FULL
from dedup.shingles import roll_grams
from dedup.tiling import MIN_RUN, Grams, Run, cover, find_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dedup.text import Text

LEAD = 30  # words
LONGEST_GAP = 8  # words
_LEAST_WEIGHT = 12.0  # a text of common phrases only must not be explained by a handful of words


class Reading:
    """One version as the pair score reads it: its text, the weights frozen on its arrival, its place in time.

    Args:
        key: names the version; equal lengths are ordered by it, so that a pair has one score whichever way round.
        text: the words.
        weights: uint8[len(text)], as `rarity.weigh_words` gives them.
        at: seconds since 1970, the version's place in the window.
    """

    def __init__(self, key: int, text: Text, weights: NDArray[np.uint8], at: float) -> None:
        self.key = key
        self.text = text
        self.weights = weights.astype(np.float32) / FULL
        self.weight = float(self.weights.sum())
        self.at = at

    @cached_property
    def numbers(self) -> frozenset[int]:
        """Hashes of the different numbers in the text."""
        return frozenset(self.text.words[self.text.numeric].tolist())

    @cached_property
    def names(self) -> frozenset[int]:
        """Hashes of the different names in the text."""
        return frozenset(self.text.words[self.text.named].tolist())

    @cached_property
    def vocabulary(self) -> frozenset[int]:
        """Hashes of the different words in the text."""
        return frozenset(self.text.words.tolist())

    @cached_property
    def grams(self) -> Grams:
        """The n-grams that tiling looks up."""
        return Grams(roll_grams(self.text.words, MIN_RUN))


@dataclass(frozen=True, slots=True)
class PairScore:
    """What two texts share; the same whichever of them comes first.

    Attributes:
        share: matched weight / weight of the shorter text, 0..1 (`s`).
        weight: matched weight in words (`e`): how much was matched that is not common phrase.
        matched_words: words in the runs.
        share_of_shorter, share_of_longer: matched words / words.
        unquoted: share of the shorter text's words outside quotations that is matched.
        leads: both texts' first words are matched.
        offset: where in the longer text the first run begins, as a share of it.
        numbers: Jaccard of the numbers in both texts; 1 where neither has any.
        numbers_kept: share of the shorter text's numbers that the longer one has; 1 where it has none.
        figures: how many different numbers the shorter text has.
        names: how many different names the shorter text has.
        names_kept: share of them that stand in the longer one; 1 where it has none.
        substitutions: places between two runs where each text has a few words of its own.
        contradictions: those of them where both have numbers, and not one in common.
        hours: between the two.
        runs: (start in the shorter, start in the longer, words).
    """

    share: float
    weight: float
    matched_words: int
    share_of_shorter: float
    share_of_longer: float
    unquoted: float
    leads: bool
    offset: float
    numbers: float
    numbers_kept: float
    figures: int
    names: int
    names_kept: float
    substitutions: int
    contradictions: int
    hours: float
    runs: tuple[Run, ...]


def score_pair(one: Reading, other: Reading) -> PairScore:
    """Compare two readings by greedy string tiling."""
    shorter, longer = sorted((one, other), key=lambda reading: (len(reading.text), reading.key))
    runs = find_runs(shorter.grams, longer.grams)
    covered = cover(runs, 0, len(shorter.text))
    matched = int(covered.sum())
    weight = float(shorter.weights @ covered)
    unquoted = ~shorter.text.quoted
    gaps = list(_find_gaps(runs))
    ours, theirs = shorter.numbers, longer.numbers
    both = len(ours & theirs)
    return PairScore(
        share=min(1.0, weight / max(_LEAST_WEIGHT, shorter.weight)),
        weight=weight,
        matched_words=matched,
        share_of_shorter=matched / max(1, len(shorter.text)),
        share_of_longer=matched / max(1, len(longer.text)),
        unquoted=float((covered & unquoted).sum()) / max(1, int(unquoted.sum())),
        leads=_lead_is_matched(covered) and _lead_is_matched(cover(runs, 1, len(longer.text))),
        offset=min((run[1] for run in runs), default=0) / max(1, len(longer.text)),
        numbers=both / len(ours | theirs) if ours or theirs else 1.0,
        numbers_kept=both / len(ours) if ours else 1.0,
        figures=len(ours),
        names=len(shorter.names),
        names_kept=len(shorter.names & longer.vocabulary) / len(shorter.names) if shorter.names else 1.0,
        substitutions=len(gaps),
        contradictions=sum(_contradict(gap, shorter.text, longer.text) for gap in gaps),
        hours=abs(one.at - other.at) / 3600,
        runs=tuple(runs),
    )


def _lead_is_matched(covered: NDArray[np.bool_]) -> bool:
    lead = covered[:LEAD]
    return bool(2 * lead.sum() >= len(lead))


def _find_gaps(runs: list[Run]) -> Iterator[tuple[int, int, int, int]]:
    """(start, end, start, end) in both texts of what was put for something else between two runs."""
    for (left, right, length), (next_left, next_right, _) in pairwise(runs):
        ours, theirs = next_left - left - length, next_right - right - length
        if 0 < ours <= LONGEST_GAP and 0 < theirs <= LONGEST_GAP:
            yield left + length, next_left, right + length, next_right


def _contradict(gap: tuple[int, int, int, int], shorter: Text, longer: Text) -> bool:
    ours = _numbers_between(shorter, gap[0], gap[1])
    theirs = _numbers_between(longer, gap[2], gap[3])
    return bool(ours and theirs and not ours & theirs)


def _numbers_between(text: Text, start: int, end: int) -> set[int]:
    return set(text.words[start:end][text.numeric[start:end]].tolist())
