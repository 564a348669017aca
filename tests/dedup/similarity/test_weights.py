"""What a word proves, by how often the phrases around it were seen."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dedup.similarity.weights import FULL, WORTH, pick_counted, weigh
from dedup.text.ngrams import narrow, roll_grams
from dedup.text.words import read_words
from tests.dedup import copydesk as copy


def test_weights_fall_with_how_often_a_phrase_was_seen():
    words = read_words(copy.FERRY).words
    grams = narrow(roll_grams(words, 4))
    means = [
        weigh(grams, np.full(len(pick_counted(grams)), seen), len(words), WORTH).mean()
        for seen in (0, 2, 5, 12, 25, 900)
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] == means[1] == FULL
    assert means[-1] == means[-2] == 1


@pytest.mark.parametrize("words", [0, 1, 3, 4, 5, 9])
def test_short_texts_are_weighed_in_full(words):
    hashes = read_words(" ".join(copy.say_words(random.Random(words), words))).words
    grams = narrow(roll_grams(hashes, 4))
    times = np.zeros(len(pick_counted(grams)), dtype=np.int64)
    assert weigh(grams, times, words, WORTH).tolist() == [FULL] * words


def test_a_third_of_all_phrases_is_counted():
    grams = narrow(roll_grams(read_words(copy.write_story(1, 9000)).words, 4))
    assert len(pick_counted(grams)) / len(grams) == pytest.approx(1 / 3, abs=0.03)
