"""Counts what two tiled texts have in common, in compiled passes over arrays. No objects, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.similarity.common import NAMED, NUMERIC, QUOTED, count_all_common
from dedup.similarity.tiling import tile
from dedup.text.jit import compiled
from dedup.text.words import FUNCTION, KIND_BITS, WEEKDAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.similarity.common import Hashes, Traits

LEAD = 30  # words
_LEAD_READ = 40  # words of a lead, looked for in
_LEAD_AMONG = 80  # words at the head of the other text
LONGEST_GAP = 8  # words exchanged between two runs
_KIND_BITS, _FUNCTION, _WEEKDAY = np.uint64(KIND_BITS), np.uint64(FUNCTION), np.uint64(WEEKDAY)
_KEPT = 75  # percent of a paragraph that is matched where a text has it but for a word here and there
_CONTESTED_GAP = 60  # words; numbers that differ in a longer gap are no contest
_OPENS_WITH = 10  # words, such as byline and dateline, that may precede the opening in one text
_OPENING_FROM = 80  # words, such as boilerplate, that may precede it in the other
_OPENING_GAP = 12  # words left out, added or exchanged in one place inside an opening
(
    WEIGHT,
    MATCHED,
    UNQUOTED_MATCHED,
    UNQUOTED,
    LEADS,
    FIRST,
    SUBSTITUTIONS,
    CONTRADICTIONS,
    OPENING_WEIGHT,
    OPENING_WORDS,
    OPENING_SPAN,
    OPENING_UNQUOTED,
    OPENING_CONTRADICTIONS,
    RIVAL,
    CONTESTED,
    OPENING_FACTS,
    ONE_LEAD,
    LEAD_WORDS,
    OTHER_DAY,
    WHOLE,
    KEPT,
    NUMBERS,
    NUMBERS_IN_ORDER,
) = range(23)
COUNTS = 23


@compiled
def tile_and_count(
    grams: Hashes,
    other_grams: Hashes,
    other_heads: NDArray[np.int32],
    other_nexts: NDArray[np.int32],
    weights: NDArray[np.uint8],
    words: Hashes,
    others: Hashes,
    traits: Traits,
    other_traits: Traits,
    starts: NDArray[np.int64],
    other_starts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, int, int]]:
    """(runs, what `count_matched` gives, what `count_all_common` gives) of a shorter text and a longer, `other`."""
    runs = tile(grams, other_grams, other_heads, other_nexts)
    numbers, precise, names, _, flags = traits
    other_numbers, other_precise, _, vocabulary, other_flags = other_traits
    counts = count_matched(runs, weights, words, flags, others, other_flags)
    counts[KEPT] = _count_kept(runs, starts, len(words), other_starts, len(others))
    counts[WHOLE] = _count_whole(runs, starts, len(words), other_starts, len(others))
    common = count_all_common(numbers, other_numbers, precise, other_precise, names, vocabulary)
    return runs, counts, common


@compiled
def count_matched(
    runs: NDArray[np.int64],
    weights: NDArray[np.uint8],
    words: NDArray[np.uint64],
    flags: NDArray[np.uint8],
    others: NDArray[np.uint64],
    other_flags: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """int64[COUNTS]: the counts, in the order of the names above.

    Args:
        runs: int64[n, 3], of the shorter text (first) and the longer.
        weights: uint8 of each word of the shorter text.
        words: the shorter text's word hashes.
        flags: uint8 of each word, the bits QUOTED, NUMERIC and NAMED.
        others: the longer text's word hashes.
        other_flags: the longer text's flags.
    """
    counts = np.zeros(COUNTS, dtype=np.int64)
    lead, other_lead = 0, 0
    counts[FIRST] = len(others)
    for n in range(len(runs)):
        i, j, length = runs[n]
        counts[MATCHED] += length
        counts[FIRST] = min(counts[FIRST], j)
        lead += max(0, min(LEAD, i + length) - i)
        other_lead += max(0, min(LEAD, j + length) - j)
        for position in range(i, i + length):
            counts[WEIGHT] += weights[position]
            counts[UNQUOTED_MATCHED] += not flags[position] & QUOTED
    if not len(runs):
        counts[FIRST] = 0
    for position in range(len(words)):
        counts[UNQUOTED] += not flags[position] & QUOTED
    counts[LEADS] = 2 * lead >= min(LEAD, len(words)) and 2 * other_lead >= min(LEAD, len(others))
    counts[ONE_LEAD] = 2 * lead >= min(LEAD, len(words)) or 2 * other_lead >= min(LEAD, len(others))
    counts[LEAD_WORDS] = max(_share_lead(words, others), _share_lead(others, words))
    counts[OTHER_DAY] = _name_other_days(words, others)
    for n in range(len(runs) - 1):
        start, other_start = runs[n, 0] + runs[n, 2], runs[n, 1] + runs[n, 2]
        ours, theirs = runs[n + 1, 0] - start, runs[n + 1, 1] - other_start
        if 0 < ours <= LONGEST_GAP and 0 < theirs <= LONGEST_GAP:
            counts[SUBSTITUTIONS] += 1
            counts[CONTRADICTIONS] += _contradict(
                words[start : start + ours],
                flags[start : start + ours],
                others[other_start : other_start + theirs],
                other_flags[other_start : other_start + theirs],
            )
    counts[RIVAL] = _find_rival(runs, len(words), len(others))
    counts[CONTESTED] = _count_contested(runs, words, flags, others, other_flags)
    counts[NUMBERS], counts[NUMBERS_IN_ORDER] = _count_numbers_in_order(words, flags, others, other_flags)
    _measure_opening(counts, runs, weights, words, flags, others, other_flags)
    return counts


@compiled
def _count_whole(
    runs: NDArray[np.int64],
    starts: NDArray[np.int64],
    words: int,
    other_starts: NDArray[np.int64],
    others: int,
) -> int:
    """Words of the paragraphs that both texts have whole: each lies in one run, and is a paragraph in both."""
    whole, n = 0, 0
    for paragraph in range(len(starts)):
        start = starts[paragraph]
        end = starts[paragraph + 1] if paragraph + 1 < len(starts) else words
        while n < len(runs) and runs[n, 0] + runs[n, 2] <= start:
            n += 1
        if n == len(runs):
            break
        i, j, length = runs[n]
        if i <= start and end <= i + length:
            moved = j - i
            whole += (
                end - start
                if _is_start(start + moved, other_starts, others)
                and _is_start(end + moved, other_starts, others)
                else 0
            )
    return whole


@compiled
def _count_kept(
    runs: NDArray[np.int64],
    starts: NDArray[np.int64],
    words: int,
    other_starts: NDArray[np.int64],
    others: int,
) -> int:
    """Matched words in paragraphs that both texts have, but for a word here and there."""
    kept, first = 0, 0
    for paragraph in range(len(starts)):
        start = starts[paragraph]
        end = starts[paragraph + 1] if paragraph + 1 < len(starts) else words
        while first < len(runs) and runs[first, 0] + runs[first, 2] <= start:
            first += 1
        matched, there, n = 0, -1, first
        while n < len(runs) and runs[n, 0] < end:
            i, j, length = runs[n]
            here = max(i, start)
            place = np.searchsorted(other_starts, j + here - i, side="right") - 1
            if there < 0:
                there = place
            if place == there:
                matched += min(i + length, end) - here
            n += 1
        if there >= 0:
            other_end = other_starts[there + 1] if there + 1 < len(other_starts) else others
            longest = max(end - start, other_end - other_starts[there])
            if _KEPT * longest <= 100 * matched <= 100 * longest:
                kept += matched
    return kept


@compiled
def _is_start(place: int, starts: NDArray[np.int64], words: int) -> bool:
    """True if a paragraph begins there, or the text ends."""
    if place == words:
        return True
    at = np.searchsorted(starts, place)
    return bool(at < len(starts) and starts[at] == place)


@compiled
def _share_lead(words: NDArray[np.uint64], others: NDArray[np.uint64]) -> int:
    """Percent of the words of a lead, without function words and weekdays, that stand at the head of the other text."""
    told, common = 0, 0
    for position in range(min(_LEAD_READ, len(words))):
        if words[position] & _KIND_BITS in (_FUNCTION, _WEEKDAY):
            continue
        told += 1
        for other in others[:_LEAD_AMONG]:
            if other == words[position]:
                common += 1
                break
    return 100 * common // told if told else 0


@compiled
def _name_other_days(words: NDArray[np.uint64], others: NDArray[np.uint64]) -> bool:
    """True if both heads name weekdays, and not one in common."""
    ours, theirs = False, False
    for other in others[:_LEAD_AMONG]:
        theirs = theirs or other & _KIND_BITS == _WEEKDAY
    for word in words[:_LEAD_AMONG]:
        if word & _KIND_BITS == _WEEKDAY:
            ours = True
            for other in others[:_LEAD_AMONG]:
                if other == word:
                    return False
    return ours and theirs


@compiled
def _find_rival(runs: NDArray[np.int64], words: int, others: int) -> int:
    """Words of the longest gap, before, between or after runs, in which each text has words of its own."""
    longest, end, other_end = 0, 0, 0
    for n in range(len(runs) + 1):
        start = runs[n, 0] if n < len(runs) else words
        other_start = runs[n, 1] if n < len(runs) else others
        longest = max(longest, min(start - end, other_start - other_end))
        if n < len(runs):
            end, other_end = start + runs[n, 2], other_start + runs[n, 2]
    return longest


@compiled
def _count_contested(
    runs: NDArray[np.int64],
    words: NDArray[np.uint64],
    flags: NDArray[np.uint8],
    others: NDArray[np.uint64],
    other_flags: NDArray[np.uint8],
) -> int:
    """Numbers that differ in the same gap, before the first run or between two: the lesser count of the two texts."""
    contested, end, other_end = 0, 0, 0
    for n in range(len(runs)):
        i, j, length = runs[n]
        if n == 0:
            end, other_end = max(0, i - _CONTESTED_GAP), max(0, j - _CONTESTED_GAP)
        if 0 < i - end <= _CONTESTED_GAP and 0 < j - other_end <= _CONTESTED_GAP:
            here, there = slice(end, i), slice(other_end, j)
            contested += min(
                _count_foreign(words[here], flags[here], others[there], other_flags[there]),
                _count_foreign(others[there], other_flags[there], words[here], flags[here]),
            )
        end, other_end = i + length, j + length
    return contested


@compiled
def _count_numbers_in_order(
    words: NDArray[np.uint64],
    flags: NDArray[np.uint8],
    others: NDArray[np.uint64],
    other_flags: NDArray[np.uint8],
) -> tuple[int, int]:
    """(numbers, how many of them the other text has in this order, each time that they are printed)."""
    numbers, found, place = 0, 0, 0
    for position in range(len(words)):
        if not flags[position] & NUMERIC:
            continue
        numbers += 1
        there = place
        while there < len(others) and not (other_flags[there] & NUMERIC and others[there] == words[position]):
            there += 1
        if there < len(others):
            found += 1
            place = there + 1
    return numbers, found


@compiled
def _count_foreign(
    words: NDArray[np.uint64],
    flags: NDArray[np.uint8],
    others: NDArray[np.uint64],
    other_flags: NDArray[np.uint8],
) -> int:
    """How many of the words are numbers that the others have not."""
    foreign = 0
    for position in range(len(words)):
        if flags[position] & NUMERIC:
            found = False
            for other in range(len(others)):
                found = found or (other_flags[other] & NUMERIC != 0 and others[other] == words[position])
            foreign += not found
    return foreign


@compiled
def _contradict(
    words: NDArray[np.uint64],
    flags: NDArray[np.uint8],
    others: NDArray[np.uint64],
    other_flags: NDArray[np.uint8],
) -> bool:
    """True if both have numbers, and not one in common."""
    ours, theirs = False, False
    for position in range(len(others)):
        theirs = theirs or other_flags[position] & NUMERIC != 0
    for position in range(len(words)):
        if flags[position] & NUMERIC:
            ours = True
            for other in range(len(others)):
                if other_flags[other] & NUMERIC and others[other] == words[position]:
                    return False
    return ours and theirs


@compiled
def _measure_opening(
    counts: NDArray[np.int64],
    runs: NDArray[np.int64],
    weights: NDArray[np.uint8],
    words: NDArray[np.uint64],
    flags: NDArray[np.uint8],
    others: NDArray[np.uint64],
    other_flags: NDArray[np.uint8],
) -> None:
    """Write to `counts` the heaviest chain of runs that starts near the head of both texts with small gaps only."""
    n = 0
    while n < len(runs):
        first, other_first = runs[n, 0], runs[n, 1]
        weight, matched, unquoted, facts, contradictions, last = 0, 0, 0, 0, 0, n
        while True:
            i, j, length = runs[last]
            matched += length
            for position in range(i, i + length):
                weight += weights[position]
                unquoted += not flags[position] & QUOTED
                facts += flags[position] & (NUMERIC | NAMED) and words[position] & _KIND_BITS != _WEEKDAY
            if last + 1 == len(runs):
                break
            ours, theirs = runs[last + 1, 0] - i - length, runs[last + 1, 1] - j - length
            if not (0 <= ours <= _OPENING_GAP and 0 <= theirs <= _OPENING_GAP):
                break
            contradictions += _contradict(
                words[i + length : i + length + ours],
                flags[i + length : i + length + ours],
                others[j + length : j + length + theirs],
                other_flags[j + length : j + length + theirs],
            )
            last += 1
        near = min(first, other_first) <= _OPENS_WITH and max(first, other_first) <= _OPENING_FROM
        if near and weight > counts[OPENING_WEIGHT]:
            i, j, length = runs[last]
            counts[OPENING_WEIGHT] = weight
            counts[OPENING_WORDS] = matched
            counts[OPENING_SPAN] = max(i + length - first, j + length - other_first)
            counts[OPENING_UNQUOTED] = unquoted
            counts[OPENING_FACTS] = facts
            counts[OPENING_CONTRADICTIONS] = contradictions
        n = last + 1
