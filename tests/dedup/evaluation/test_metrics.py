"""Figures of agreement between a grouping and labels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.evaluation.metrics import adjusted_rand_index, b_cubed, compare_pairs, join_pairs


def test_pairs_are_counted():
    groups = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: "c"}
    agreement = compare_pairs(groups, same=[(2, 1), (5, 4), (6, 1)], ignored=[(3, 1)])
    assert (agreement.wrong, agreement.missed) == (((2, 3),), ((1, 6),))
    assert agreement.precision == agreement.recall == agreement.f1 == pytest.approx(2 / 3)


def test_nothing_joined_is_no_success_where_something_is_the_same():
    assert compare_pairs({1: "a", 2: "b"}, [(1, 2)], []).f1 == 0.0
    assert compare_pairs({1: "a", 2: "b"}, [], []).f1 == 1.0


partitions = st.lists(st.integers(0, 4), min_size=2, max_size=12)


@given(partitions)
def test_a_partition_agrees_with_itself_whatever_its_names(groups):
    renamed = [f"group {group}" for group in groups]
    assert adjusted_rand_index(groups, renamed) == pytest.approx(1.0)
    assert b_cubed(groups, renamed) == pytest.approx(1.0)


def test_known_figures():
    # by hand: one pair together in both, chance 3*2/15, most (3+2)/2
    one, other = [1, 1, 1, 2, 3, 4], [1, 1, 2, 2, 3, 4]
    assert adjusted_rand_index(one, other) == pytest.approx((1 - 0.4) / (2.5 - 0.4))
    precision, recall = (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4, (1 + 1 + 1 / 2 + 1 / 2) / 4
    assert b_cubed(one, other) == pytest.approx(2 * precision * recall / (precision + recall))
    assert adjusted_rand_index([1, 1, 2, 2], [1, 2, 1, 2]) < 0


def test_pairs_make_groups():
    assert join_pairs(range(5), [(3, 1), (3, 4)]) == {0: 0, 1: 1, 2: 2, 3: 1, 4: 1}
