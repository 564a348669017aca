"""Runs of words that two texts share, against a plain tiling."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.similarity.tiling import MIN_RUN, Grams, tile
from dedup.text.ngrams import roll_grams
from dedup.text.words import read_words
from tests.dedup import copydesk as copy
from tests.dedup.similarity.plain_tiling import tile_plainly


def find_runs(one, other):
    return tile_words(read_words(one).words, read_words(other).words)


def tile_words(words, others):
    left, right = (Grams(roll_grams(side, MIN_RUN)) for side in (words, others))
    return list(map(tuple, tile(left.hashes, right.hashes, right.heads, right.nexts).tolist()))


def test_runs_are_found_longest_first_and_never_overlap():
    parts = [" ".join(copy.say_words(random.Random(n), size)) for n, size in enumerate((30, 9, 12))]
    moved = " ".join([parts[2], parts[0], parts[1]])
    assert find_runs(" ".join(parts), moved) == [(0, 12, 39), (39, 0, 12)]
    assert find_runs(parts[0], parts[1]) == []
    assert find_runs("five words are no run", "five words are no run") == []


def test_a_repeated_passage_is_matched_once():
    passage = " ".join(copy.say_words(random.Random(1), 10))
    assert find_runs(passage, f"{passage} {passage}") == [(0, 0, 10)]
    assert find_runs(f"{passage} {passage}", f"{passage} {passage}") == [(0, 0, 20)]


@given(st.lists(st.sampled_from("abcde"), max_size=80), st.lists(st.sampled_from("abcde"), max_size=80))
def test_tiles_are_equal_words_and_each_is_used_once(one, other):
    words = [read_words(" ".join(side)).words for side in (one, other)]
    runs = tile_words(*words)
    for i, j, length in runs:
        assert length >= MIN_RUN
        assert np.array_equal(words[0][i : i + length], words[1][j : j + length])
    for side in (0, 1):
        covered = [word for run in runs for word in range(run[side], run[side] + run[2])]
        assert len(covered) == len(set(covered)) <= len(words[side])
    assert runs == tile_plainly(words[0].tolist(), words[1].tolist())
