"""Keys of numbers: the same for a text written anew, other for another publisher, none for what every report prints."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.candidates.fact_keys import key_facts
from dedup.text.words import read_words

HOUR = 3_600_000_000
NOON = 1_772_452_800_000_000
TOLD = read_words("Profit fell to 2.31 billion crowns, sales to 18.94 billion. Shares lost 6.1 percent.")
ANEW = read_words("The stock was 6.1 percent lower after a turnover of 18.94 and earnings of 2.31 billion.")


def test_a_report_written_anew_has_the_same_keys():
    assert key_facts(TOLD, "Newsline", NOON).tolist() == key_facts(ANEW, "Newsline", NOON).tolist()
    assert len(key_facts(TOLD, "Newsline", NOON)) == 2 * 3


def test_keys_are_of_one_publisher():
    assert not np.isin(key_facts(TOLD, "Newsline", NOON), key_facts(TOLD, "Other", NOON)).any()
    assert not len(key_facts(TOLD, "", NOON))


def test_small_counts_and_years_are_no_keys():
    assert not len(
        key_facts(read_words("In 2026 there were 3 of 12 left, 41 and 57 gone."), "Newsline", NOON)
    )
    assert len(
        key_facts(read_words("In 2026 there were 3 of 12 left, 41, 57 and 99 gone."), "Newsline", NOON)
    )


@pytest.mark.parametrize(("hours", "shared"), [(0, 6), (1, 3), (2.9, 3), (-2.9, 3), (6, 0), (-6, 0), (24, 0)])
def test_keys_are_of_some_hours(hours, shared):
    first = key_facts(TOLD, "Newsline", NOON + HOUR * 5 // 2)
    later = key_facts(ANEW, "Newsline", NOON + HOUR * 5 // 2 + int(hours * HOUR))
    assert np.isin(first, later).sum() == shared


def test_a_long_table_has_few_keys_and_shares_some_with_a_part_of_it():
    numbers = [str(number) for number in range(100, 400)]
    whole = key_facts(read_words(" ".join(numbers)), "Newsline", NOON)
    cut = key_facts(read_words(" ".join(numbers[:280])), "Newsline", NOON)
    assert len(whole) == 2 * 6
    assert np.isin(whole, cut).any()
