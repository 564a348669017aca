"""Whom a version is compared with first."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.candidates.shortlist import SHARED_PHRASES, order_alike


def order_plainly(hits):
    ordered = sorted(hits, key=lambda hit: (-hit[2], -hit[1], hit[0]))[:300]
    return [version for version, bands, phrases in ordered if bands or phrases >= SHARED_PHRASES]


@pytest.mark.parametrize("many", [0, 1, 40, 299, 301, 2000])
def test_most_phrases_come_first_then_bands_then_the_earlier(many):
    chance = np.random.default_rng(many)
    hits = np.stack(
        (
            chance.choice(10**9, many, replace=False),
            chance.integers(0, 3, many) * chance.integers(0, 33, many),
            chance.integers(0, 4, many) * chance.integers(0, 134, many),
        ),
        axis=1,
    ).astype(np.int64)
    assert order_alike(hits) == order_plainly(hits.tolist())


def test_the_largest_counts_and_numbers_keep_their_order():
    hits = [[2**43 - 1, 64, 400], [2**43 - 2, 64, 400], [1, 0, 400], [3, 64, 0], [2, 0, 1]]
    assert order_alike(np.array(hits)) == [2**43 - 2, 2**43 - 1, 1, 3]
