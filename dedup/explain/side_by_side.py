"""Two versions side by side: passages as each printed them, words exchanged, how the candidate index connects them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from copytaster.store.signatures import read_signatures
from dedup.candidates.sampling import GRAM, sample_grams
from dedup.candidates.shortlist import SHARED_PHRASES
from dedup.candidates.signature import Recipe, band_keys, load_signature
from dedup.explain.quoting import locate_words, quote
from dedup.explain.values import CandidatePath, Change, OnlyIn, Passage
from dedup.similarity.measure import LONGEST_GAP
from dedup.similarity.weights import FULL
from dedup.text.ngrams import narrow, roll_grams
from dedup.text.words import read_words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.memberships import GroupedVersion
    from dedup.cache.known_version import Known
    from dedup.explain.quoting import Span
    from dedup.similarity.score import PairScore, Reading
    from settings import GroupingSettings

LISTED = 20  # numbers, names


class Copy:
    """A version with its text, and where each word of it was printed."""

    def __init__(self, side: GroupedVersion, known: Known) -> None:
        self.side = side
        self.known = known
        self.reading: Reading = known.reading
        self.body = known.version.body
        text = read_words(self.body)
        kept = np.frombuffer(known.version.weights or b"", dtype=np.uint8) > 0
        self._all_spans = locate_words(self.body, text)
        self._kept = kept if len(kept) == len(self._all_spans) else np.ones(len(self._all_spans), np.bool_)
        self.spans: list[Span] = [self._all_spans[index] for index in np.flatnonzero(self._kept)]

    def quote(self, start: int, end: int) -> str:
        """The words from `start` up to `end` as they were printed."""
        return quote(self.body, self.spans, start, end)

    def quote_boilerplate(self) -> tuple[str, ...]:
        """What was left out as boilerplate when it arrived, each run of words as it was printed."""
        edges = np.flatnonzero(np.diff(self._kept, prepend=True, append=True))
        return tuple(
            quote(self.body, self._all_spans, int(start), int(end))
            for start, end in zip(edges[::2], edges[1::2], strict=True)
        )

    def name(self, value: int) -> str:
        """The first word of this hash, as it was printed."""
        index = int(np.argmax(self.reading.text.words == np.uint64(value)))
        return self.quote(index, index + 1).strip(".,;:!?()[]\"'“”‘’„«»")


def find_passages(left: Copy, right: Copy, score: PairScore) -> tuple[list[Passage], list[Change]]:
    """(passages, longest first; changes between passages, contradicting numbers first), each as left and right print it."""
    shorter, longer = sorted((left, right), key=lambda read: (len(read.reading.text), read.reading.key))
    swapped = shorter is right

    def order(mine: str, theirs: str) -> tuple[str, str]:
        return (theirs, mine) if swapped else (mine, theirs)

    passages = [
        Passage(
            size,
            round(int(shorter.reading.weights[start : start + size].sum()) / FULL, 1),
            *order(shorter.quote(start, start + size), longer.quote(other_start, other_start + size)),
        )
        for start, other_start, size in score.runs
    ]
    changes = []
    for (start, other_start, size), (next_start, next_other_start, _) in pairwise(score.runs):
        mine, theirs = (start + size, next_start), (other_start + size, next_other_start)
        if not 0 <= theirs[1] - theirs[0] <= LONGEST_GAP or mine[1] - mine[0] > LONGEST_GAP:
            continue
        numbers = _numbers_in(shorter, *mine), _numbers_in(longer, *theirs)
        contradict = bool(numbers[0] and numbers[1] and not numbers[0] & numbers[1])
        changes.append(Change(*order(shorter.quote(*mine), longer.quote(*theirs)), contradict))
    passages.sort(key=lambda passage: -passage.words)
    changes.sort(key=lambda change: not change.numbers)
    return passages, [change for change in changes if change.one or change.other]


def _numbers_in(read: Copy, start: int, end: int) -> set[int]:
    text = read.reading.text
    return set(text.words[start:end][text.numeric[start:end]].tolist())


def compare_sets(left: Copy, right: Copy, what: Literal["numbers", "names"]) -> OnlyIn:
    """The `numbers` or `names` that only one of the two has, as it printed them."""
    ours = set(getattr(left.reading, what).tolist()) - set(right.reading.vocabulary.tolist())
    theirs = set(getattr(right.reading, what).tolist()) - set(left.reading.vocabulary.tolist())
    return OnlyIn(
        tuple(sorted({left.name(value) for value in ours})[:LISTED]),
        tuple(sorted({right.name(value) for value in theirs})[:LISTED]),
    )


def trace_path(connection: Connection, left: Copy, right: Copy, settings: GroupingSettings) -> CandidatePath:
    """The bands and sampled phrases by which the candidate index proposes one when the other arrives."""
    bands, of_bands, likeness = _compare_signatures(connection, left.side.version, right.side.version)
    ours, theirs = (set(sample_grams(read.reading.text).tolist()) for read in (left, right))
    shared = sorted(ours & theirs)
    grams = narrow(roll_grams(left.reading.text.words, GRAM))
    starts = [int(np.argmax(grams == gram)) for gram in shared[:3]]
    return CandidatePath(
        hours=round(abs(left.reading.at - right.reading.at) / 3600, 2),
        window_hours=settings.window_hours,
        bands=bands,
        of_bands=of_bands,
        likeness=likeness,
        phrases=len(shared),
        needed=SHARED_PHRASES,
        of_phrases=(len(ours), len(theirs)),
        shown=tuple(left.quote(start, start + GRAM) for start in starts),
    )


def _compare_signatures(connection: Connection, one: int, other: int) -> tuple[int, int, float | None]:
    """(bands shared, bands of a signature, Jaccard likeness estimated); (0, 0, None) without comparable signatures."""
    stored = read_signatures(connection, [one, other])
    if len({signature.recipe_id for signature in stored}) != 1 or not all(
        signature.values for signature in stored
    ):
        return 0, 0, None
    recipe = Recipe(**stored[0].recipe)
    first, last = load_signature(stored[0].values, recipe), load_signature(stored[-1].values, recipe)
    mine, theirs = band_keys(first.hashvalues), band_keys(last.hashvalues)
    return int((mine == theirs).sum()), len(mine), round(float(first.jaccard(last)), 3)
