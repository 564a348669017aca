"""Digits with groups of thousands and a fraction in any country's way."""

from __future__ import annotations

import pytest

from dedup.text.digits import read_digits


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1,000", 1000),
        ("1.000", 1000),
        ("1 000", 1000),
        ("3.5", 3.5),
        ("3,5", 3.5),
        ("12,34,567", 1234567),
        ("٣٠٠", 300),
        ("0 200.0", 200),
        ("1.234.567,8", 1234567.8),
        ("1826,000", 1826000),
        ("1826,000.5", 1826000.5),
        ("12,34,567.5", 1234567.5),
        ("1'234", 1234),
        ("24.12.2020", 24.12202),
    ],
)
def test_groups_of_three_are_thousands_where_the_point_is_not_known(printed, value):
    assert read_digits(printed) == value


@pytest.mark.parametrize(
    ("printed", "point", "value"),
    [
        ("1.300", ".", 1.3),
        ("1.300", ",", 1300),
        ("1,300", ".", 1300),
        ("1,300", ",", 1.3),
        ("1,5", ".", 1.5),
        ("0,300", ".", 0.3),
        ("26.469,89", ".", 26469.89),
        ("26,469.89", ",", 26469.89),
        ("1.234.567", ".", 1234567),
        ("1826,000", ",", 1826),
        ("10 000", ",", 10000),
        ("1,335 584", ".", 1335584),
    ],
)
def test_a_point_that_is_known_divides_a_fraction(printed, point, value):
    assert read_digits(printed, point) == value
