"""Letters that are typed in several ways, folded for search and for grouping alike."""

from __future__ import annotations

import pytest

from copytaster.folding import fold_letters
from dedup.text.words import read_words

SAME = [
    ("मोदी ने 2,500 करोड़ 12 कहा", "मोदी ने २,५०० करोड़ १२ कहा"),
    ("ایران گفت", "ايران گفت"),
    ("کار می‌شود", "كار میشود"),
    ("Žižkov řekl příliš", "Zizkov rekl prilis"),
    ("ΑΘΗΝΑ ΣΟΦΙΑΣ", "Αθήνα Σοφίας"),
    ("İSTANBUL ISPARTA", "istanbul ısparta"),
    ("שָׁלוֹם עולם", "שלום עולם"),
    ("Việt Nam đường", "VIET NAM duong"),
    ("مُحَمَّد ١٢٫٥", "محمد 12.5"),
    ("စုစုပေါင်း ၁၂၃ ဦး", "စုစုပေါင်း 123 ဦး"),
    ("Łódź Kraków", "Lodz Krakow"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_grouping_reads_the_same_words(one, other):
    assert read_words(one).exact == read_words(other).exact


@pytest.mark.parametrize(("one", "other"), [("12", "13"), ("नौ", "दस"), ("Lodz", "Lidz"), ("١٢", "١٣")])
def test_other_words_stay_others(one, other):
    assert read_words(one).exact != read_words(other).exact


def test_a_word_is_folded_letter_by_letter():
    assert fold_letters("Øystein") == "oystein"
    assert fold_letters("کتاب") == fold_letters("كتاب")
