"""What copies make of the text: the share they keep, and whether they credit the agency, as stored with each membership."""

import random

import pytest
from rapidfuzz.distance import LCSseq

from dedup.lineage.uses import measure_share
from dedup.text.words import read_words


@pytest.mark.parametrize(
    ("text", "copied", "share"),
    [
        ("One two three four", "ONE, two -- four", 0.75),
        ("One two three four", "four three two one", 0.25),
        ("One two three four", "One two three four five", 1.0),
        ("one two one two", "one two", 0.5),
        ("One two", "", 0.0),
        ("", "One", None),
    ],
)
def test_the_share_counts_words_in_their_order(text, copied, share):
    assert measure_share(read_words(text), read_words(copied)) == share


def test_what_is_cut_off_before_the_comparison_changes_nothing():
    chance = random.Random(11)
    for _ in range(300):
        text, copied = (read_words(" ".join(chance.choices("abcd", k=chance.randint(1, 14)))) for _ in "12")
        whole = LCSseq.similarity(text.words.tolist(), copied.words.tolist())
        assert measure_share(text, copied) == round(whole / len(text), 3)
