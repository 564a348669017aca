"""Keys of numbers: the same for a text written anew, other for another publisher, none for what every report prints."""

from __future__ import annotations

import numpy as np

from dedup.candidates.fact_keys import key_facts
from dedup.text.words import read_words

TOLD = read_words("Profit fell to 2.31 billion crowns, sales to 18.94 billion. Shares lost 6.1 percent.")
ANEW = read_words("The stock was 6.1 percent lower after a turnover of 18.94 and earnings of 2.31 billion.")


def test_a_report_written_anew_has_the_same_keys():
    assert key_facts(TOLD, "Newsline").tolist() == key_facts(ANEW, "Newsline").tolist()
    assert len(key_facts(TOLD, "Newsline")) == 3


def test_keys_are_of_one_publisher():
    assert not np.isin(key_facts(TOLD, "Newsline"), key_facts(TOLD, "Other")).any()
    assert not len(key_facts(TOLD, ""))


def test_small_counts_and_years_are_no_keys():
    assert not len(key_facts(read_words("In 2026 there were 3 of 12 left."), "Newsline"))


def test_a_long_table_has_few_keys_and_shares_them_with_a_part_of_it():
    numbers = [str(number) for number in range(100, 400)]
    whole = key_facts(read_words(" ".join(numbers)), "Newsline")
    cut = key_facts(read_words(" ".join(numbers[:280])), "Newsline")
    assert len(whole) == 8
    assert np.isin(whole, cut).sum() >= 5
