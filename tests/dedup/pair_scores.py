"""A pair score on which one bound at a time can be tried."""

from __future__ import annotations

from dedup.similarity.score import PairScore

GOOD = PairScore(
    share=0.9,
    weight=200,
    matched_words=210,
    words=233,
    share_of_shorter=0.9,
    share_of_longer=0.8,
    unquoted=0.9,
    leads=True,
    offset=0.0,
    numbers=1.0,
    numbers_kept=1.0,
    figures=4,
    names=6,
    names_kept=1.0,
    substitutions=1,
    contradictions=0,
    contested=0,
    hours=1.0,
    precise=0,
    precise_kept=0,
    rival=0,
    opening=0.0,
    opening_words=0,
    opening_density=0.0,
    opening_unquoted=0,
    opening_contradictions=0,
    opening_facts=9,
    one_lead=True,
    lead_words=1.0,
    other_day=False,
    whole=0,
    kept=0,
    subjects=0,
    subject_kept=1.0,
    headline_told=1.0,
    runs=((0, 0, 210),),
)
