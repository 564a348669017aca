"""Quantiles of measures are values that were measured; exclusivity is said in words."""

import pytest

from newsdesk.operations.measures import spread
from newsdesk.operations.pickups import list_rivals

SOURCES = (
    ("Reuters", None), ("Harbour Post", None), ("Gulf Ledger", "Gulf Group"), ("Gulf Mail", "Gulf Group"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (0, None, None)),
        ([7.0], (1, 7.0, 7.0)),
        ([3.0, 1.0], (2, 1.0, 3.0)),
        (range(1, 101), (100, 50, 95)),
    ],
)
def test_a_spread_has_the_nearest_ranks(values, expected):
    assert spread(values) == expected


@pytest.mark.parametrize(
    ("us", "others"),
    [
        ((), set()),
        (("Harbour Post",), {"Gulf Group"}),
        (("Gulf Group",), {"Harbour Post"}),
        (("Gulf Mail",), {"Harbour Post", "Gulf Group"}),
    ],
)
def test_rivals_are_the_other_owners_and_no_agency(us, others):
    assert list_rivals(us, SOURCES).others == others
