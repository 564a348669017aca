"""Splitting a text into words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analyzer import both_texts, exact_words, folded_words, join_breaks
from tests.growth import is_even


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Émile's naïve Ångström", "emile s naive angstrom"),
        ("cease-fire, isn’t", "cease fire isn t"),
        ("5.25%, 7 per cent, 3 pct", "5.25 percent 7 percent 3 percent"),
        ("$1,200 or 1200", "1200 or 1200"),
        ("U.S.-led U.N.", "us led un"),
        ("Straße Łódź Øresund", "strasse lodz oresund"),
        ("北江2026年", "北 江 2026 年"),
        ("المتّحدة أوسك", "المتحده اوسك"),
        ("हज़ारों लोग", "हज़ारों लोग"),
        ("co\u00adop e\u0301tude", "coop etude"),
    ],
)
def test_folding(text, folded):
    assert " ".join(word.text for word in folded_words(text)).replace("．", ".") == folded


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cease-fire", "cease fire", False),
        ("cease-fire", "Cease\u2011Fire", True),
        ("isn't", "isn’t", True),
        ("isn't", "isn t", False),
        ("Müller", "Muller", False),
        ("Müller", "Mu\u0308ller", True),
        ("Straße", "Strasse", False),
        ("5%", "5", False),
        ("has, died.", "has died", True),
        ("U.S.", "US", False),
    ],
)
def test_spelling_counts_in_exact_words(one, other, same):
    assert ([word.text for word in exact_words(one)] == [word.text for word in exact_words(other)]) is same


@given(st.text(max_size=200))
def test_words_stand_where_they_say(text):
    for words in (folded_words(text), exact_words(text)):
        assert all(0 <= word.start < word.end <= len(text) for word in words)
        assert all(one.end <= other.start for one, other in pairwise(words))
        assert all(word.text and not set(word.text) & set(' "*()\n\t') for word in words)


around = st.sampled_from(["", ",", "."]) | st.text(
    alphabet="!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~“”„‘’«»…–—٪€", max_size=3
)
core = st.sampled_from(
    ["word", "Word", "U.S", "per", "cent", "pct", "prozent", "isn't", "é", "a", "1,200", "北江", "", "w" * 65]
)
pieces = st.tuples(around, core, around).map("".join)


gaps = st.sampled_from([" ", "  ", "\n\n", "\t", "\u00a0", "\u2028"])


@given(st.lists(st.tuples(pieces, gaps).map("".join), max_size=8).map("".join) | st.text(max_size=100))
def test_words_that_are_looked_up_are_those_of_the_text(text):
    for stored, words in zip(both_texts(text), (folded_words(text), exact_words(text)), strict=True):
        assert stored.split() == " ".join(join_breaks(word.text) for word in words).replace("\0", " ").split()


@pytest.mark.parametrize("piece", ["a.", "1,", "a", "中", "-", "a-", "\u0300", "'", "%", "per cent ", "é́"])
def test_no_text_takes_long(piece):
    text = (piece * 100_000)[:100_000]
    folded_words(text), exact_words(text)  # fills the caches, so that the time measured is the pattern's
    assert is_even(folded_words, text)
