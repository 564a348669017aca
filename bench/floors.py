"""Floors of grouping quality: tests fail below them. Raise a floor when quality rises; never lower one."""

from __future__ import annotations

# F1 of one pass over the labelled sets
CORPUS_F1 = {"fnc_dev": 0.995, "reu_dev": 0.99, "syn_dev": 0.987, "nat_dev": 0.97}
CORPUS_PRECISION = {"fnc_dev": 0.995, "reu_dev": 0.995, "syn_dev": 0.995, "nat_dev": 0.94}
UNSEEN_F1 = {"fnc_dev": 0.995, "reu_dev": 0.975, "syn_dev": 0.985, "nat_dev": 0.99}

# F1 of one pass over generated sets of the sizes that tests use
GENERATED_F1 = {
    "one story": 0.995,
    "cuts": 0.99,
    "week": 0.995,
    "boilerplate": 0.9,
    "boilerplate, warm": 0.99,
    "mixed": 0.95,
    "mixed, without pages": 0.99,
}
MIXED_PRECISION = 0.99
SCRIPT_F1 = 0.97  # in each language
LOOKALIKES_JOINED = 0  # pairs of 450 issues
LOOKALIKE_RECALL = 0.94
ARRIVAL_LOST = 0.003  # F1, mean over some orders of arrival
AGENCY_RIGHT = 1.0

# One pass over copy that shares much with other news, `bench/copy/kinds.py`
OTHER_NEWS_PRECISION = {
    "same form": 0.95,
    "shared matter": 0.98,
    "openings": 0.98,
    "series": 0.98,
    "quoting": 0.98,
    "own news": 0.95,
}
OTHER_NEWS_RECALL = 0.95
