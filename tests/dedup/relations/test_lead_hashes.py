"""Leads of near meaning share buckets, others hardly one."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.relations.lead_hashes import TABLES, hash_leads
from dedup.relations.window import compress_lead


def draw(width, nearness, pairs=64):
    """int8[pairs, width] twice: vectors, and others of this nearness to them."""
    vectors, others = np.random.default_rng(width).standard_normal((2, pairs, width)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    others -= (others * vectors).sum(axis=1, keepdims=True) * vectors
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    return compress_lead(vectors), compress_lead(nearness * vectors + np.sqrt(1 - nearness**2) * others)


def count_shared(width, nearness):
    """Mean number of buckets in common."""
    one, other = draw(width, nearness)
    return float((hash_leads(one) == hash_leads(other)).sum(axis=1).mean())


@pytest.mark.parametrize("width", [512, 1024, 300, 40])
def test_the_nearer_two_leads_are_the_more_buckets_they_share(width):
    far, near, nearer = (count_shared(width, nearness) for nearness in (0.0, 0.7, 0.9))
    assert far < 1
    assert 4 < near < nearer < count_shared(width, 1.0) == TABLES


def test_no_two_tables_have_a_bucket_in_common():
    tables = [set(column) for column in hash_leads(draw(512, 0.0, pairs=200)[0]).T]
    assert len(set.union(*tables)) == sum(map(len, tables))


def test_leads_hashed_together_get_what_each_gets_alone():
    leads, _ = draw(512, 0.0, pairs=600)
    alone = np.concatenate([hash_leads(leads[n : n + 1]) for n in range(len(leads))])
    assert (hash_leads(leads) == alone).all()


def test_no_leads_have_no_buckets():
    assert hash_leads(np.empty((0, 512), dtype=np.int8)).shape == (0, TABLES)
