"""Conditions are values: they compile to what they say, and lists of rules stop at the first that holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedup.decision import measures as pair
from dedup.decision.conditions import NamedCondition, RuleList, all_of, any_of, bar, join, negate
from tests.dedup.pair_scores import GOOD


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        (pair.figures < 4, False),
        (pair.figures <= 4, True),
        (pair.figures > 4, False),
        (pair.figures >= 4, True),
        (pair.figures.equals(4), True),
        (pair.figures.equals(5), False),
        (pair.figures >= 0.7 * pair.names, False),
        (pair.figures + pair.substitutions >= 5, True),
        (pair.passages - 1 > 0, False),
        (pair.weight >= 30 + 330 * (0.75 - pair.share), True),
        (pair.leads > 0, True),
        (all_of(pair.figures >= 4, pair.names >= 7), False),
        (any_of(pair.figures >= 5, pair.names >= 6), True),
        (negate(any_of(pair.figures >= 5, pair.names >= 7)), True),
    ],
)
def test_a_condition_holds_as_written(condition, held):
    assert condition.holds(GOOD) is held


def test_a_measure_made_of_measures_names_them():
    needed = 30 + 330 * (0.75 - pair.share)
    assert needed.name == "30 + 330 × (0.75 − share)"
    assert needed.read(replace(GOOD, share=0.25)) == 195


def test_the_first_rule_that_holds_decides():
    never = NamedCondition("never", "", pair.share > 1)
    always = NamedCondition("always", "", pair.share >= 0)
    assert RuleList((join("one", never), join("two", always), bar(always))).match(GOOD) == "two"
    assert RuleList((bar(always), join("two", always))).match(GOOD) is None
    assert RuleList((join("one", always),)).after(bar(always)).match(GOOD) is None
    assert RuleList((join("one", never),)).match(GOOD) is None
    assert RuleList(()).match(GOOD) is None
