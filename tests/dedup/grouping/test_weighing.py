"""A text is weighed in one pass as it is step by step."""

from __future__ import annotations

import pytest

from dedup.candidates.phrase_counts import PhraseCounts
from dedup.grouping.weighing import weigh_text
from dedup.similarity.weights import WORTH, pick_counted, weigh
from dedup.text.ngrams import narrow, roll_grams
from dedup.text.words import read_words
from tests.dedup import copydesk as copy


@pytest.mark.parametrize("body", ["", "three words only", copy.FERRY, copy.write_story(2, 900)])
def test_a_text_is_weighed_by_what_was_counted_before_it(body):
    words, phrases = read_words(body).words, PhraseCounts()
    grams = narrow(roll_grams(words, 4))
    counted = pick_counted(grams)
    for _ in range(7):
        phrases.add(counted[::3])
    found, weights = weigh_text(words, phrases)
    assert found.tolist() == counted.tolist()
    assert weights.tolist() == weigh(grams, phrases.count(counted), len(words), WORTH).tolist()
