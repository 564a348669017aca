"""What is counted of two tiled texts, on texts of a few words in which every count can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.similarity import common, measure
from dedup.similarity.weights import FULL
from dedup.text.words import hash_words

FILL = [f"same{number}" for number in range(200)]
NO_RUNS = np.empty((0, 3), dtype=np.int64)


def encode(words):
    """(hashes, flags) of words; one in quotation marks is quoted, one of digits a number."""
    plain = [word.strip('"') for word in words]
    hashes = np.array([int.from_bytes(word.encode()[:8], "big") for word in plain], dtype=np.uint64)
    flags = [
        common.QUOTED * word.startswith('"') | common.NUMERIC * text.isdigit()
        for word, text in zip(words, plain, strict=True)
    ]
    return hashes, np.array(flags, dtype=np.uint8)


def count(one, other, runs):
    words, flags = encode(one)
    others, other_flags = encode(other)
    weights = np.full(len(words), FULL, dtype=np.uint8)
    runs = np.array(runs, dtype=np.int64).reshape(-1, 3)
    return measure.count_matched(runs, weights, words, flags, others, other_flags).tolist()


def gap(ours, theirs, *, before=40, after=40):
    """The counts of two texts that share two passages and differ between them."""
    one = [*FILL[:before], *ours, *FILL[before : before + after]]
    other = [*FILL[:before], *theirs, *FILL[before : before + after]]
    runs = [(0, 0, before), (before + len(ours), before + len(theirs), after)]
    return count(one, other, runs)


def test_matched_words_and_their_weight():
    one, other = [*FILL[:10], "own"], ["head", *FILL[:10]]
    counts = count(one, other, [(0, 1, 10)])
    assert counts[measure.MATCHED] == 10
    assert counts[measure.WEIGHT] == 10 * FULL
    assert counts[measure.FIRST] == 1


def test_quoted_words_are_counted_apart():
    one = ['"a', '"b', *FILL[:6], "own"]
    counts = count(one, one[:-1], [(0, 0, 8)])
    assert (counts[measure.UNQUOTED], counts[measure.UNQUOTED_MATCHED]) == (7, 6)


def test_without_runs_nothing_is_matched():
    counts = count(FILL[:20], FILL[100:120], NO_RUNS)
    assert counts[measure.UNQUOTED] == counts[measure.RIVAL] == 20
    counts[measure.UNQUOTED] = counts[measure.RIVAL] = 0
    assert not any(counts)


@pytest.mark.parametrize(("matched", "leads"), [(30, 1), (15, 1), (14, 0)])
def test_leads_are_half_matched(matched, leads):
    one = [*FILL[:matched], *[f"own{number}" for number in range(40)]]
    other = [*FILL[:matched], *[f"else{number}" for number in range(40)]]
    assert count(one, other, [(0, 0, matched)])[measure.LEADS] == leads


@pytest.mark.parametrize(
    ("ours", "theirs", "substitutions", "contradictions", "contested"),
    [
        (["said"], ["says"], 1, 0, 0),
        (["12"], ["13"], 1, 1, 1),
        (["12", "dead"], ["12", "killed"], 1, 0, 0),
        (["12", "14"], ["12", "13"], 1, 0, 1),
        (["12"], ["thirteen"], 1, 0, 0),
        ([], ["13"], 0, 0, 0),
        (["12"] * 9, ["13"] * 9, 0, 0, 9),
    ],
)
def test_a_gap_between_two_runs(ours, theirs, substitutions, contradictions, contested):
    counts = gap(ours, theirs)
    assert counts[measure.SUBSTITUTIONS] == substitutions
    assert counts[measure.CONTRADICTIONS] == contradictions
    assert counts[measure.CONTESTED] == contested


def test_rival_is_the_longest_gap_in_which_both_have_words():
    assert gap(["a", "b", "c"], ["d", "e"])[measure.RIVAL] == 2
    assert gap(["a", "b", "c"], [])[measure.RIVAL] == 0


def test_an_opening_goes_on_over_small_gaps_and_ends_at_a_large_one():
    small = gap(["x"] * 12, ["y"] * 3)
    assert (small[measure.OPENING_WORDS], small[measure.OPENING_SPAN]) == (80, 92)
    large = gap(["x"] * 13, ["y"] * 3)
    assert (large[measure.OPENING_WORDS], large[measure.OPENING_SPAN]) == (40, 40)
    assert large[measure.OPENING_WEIGHT] == 40 * FULL


def test_an_opening_begins_near_both_heads():
    late = [f"ad{number}" for number in range(81)]
    assert count(FILL[:40], [*late[:80], *FILL[:40]], [(0, 80, 40)])[measure.OPENING_WORDS] == 40
    assert count(FILL[:40], [*late, *FILL[:40]], [(0, 81, 40)])[measure.OPENING_WORDS] == 0
    one = [*late[:11], *FILL[:40]]
    assert count(one, one, [(11, 11, 40)])[measure.OPENING_WORDS] == 0


def test_contradictions_in_an_opening():
    assert gap(["12"], ["13"])[measure.OPENING_CONTRADICTIONS] == 1
    assert gap(["12"], ["12", "men"])[measure.OPENING_CONTRADICTIONS] == 0


def test_traits_are_sorted_without_repeats():
    words = hash_words("rain 12 sun rain 12 Ada 12345 17")
    quoted, named = (np.isin(np.arange(8), marked) for marked in ([0], [5]))
    numbers, precise, names, vocabulary, flags = common.list_traits(words, quoted, named)
    assert numbers.tolist() == sorted(words[[1, 6, 7]].tolist())
    assert precise.tolist() == [words[6]]
    assert names.tolist() == [words[5]]
    assert vocabulary.tolist() == sorted(set(words.tolist()))
    number = common.NUMERIC
    assert flags.tolist() == [common.QUOTED, number, 0, 0, number, common.NAMED, number, number]


def test_united_values_are_sorted_without_repeats():
    one, other = (np.array(values, dtype=np.uint64) for values in ([1, 3, 5], [3, 4, 9]))
    assert common.unite(one, other).tolist() == [1, 3, 4, 5, 9]
    assert common.unite(one[:0], other).tolist() == [3, 4, 9]


def test_common_values():
    one, other = (np.array(values, dtype=np.uint64) for values in ([1, 3, 5, 7], [3, 4, 7, 9]))
    assert measure.count_all_common(one, other, one, one, one, one[:0]) == (2, 4, 0)
