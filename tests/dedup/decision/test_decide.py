"""The verdict, from frozen values only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedup.decision.decide import Candidate, Newcomer, decide
from dedup.decision.rules import match_pair
from dedup.similarity.score import PairScore

GOOD = PairScore(
    share=0.9,
    weight=200,
    matched_words=210,
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
    runs=((0, 0, 210),),
)
NEWCOMER = Newcomer(99, 99, "The Crown Courier")


def candidate(version=1, dispatch="d1", *, score=GOOD, **facts):
    facts = {"story_id": version, "publisher": f"Outlet {version}", "founder": version == 1, **facts}
    return Candidate(version, dispatch_id=dispatch, score=score, **facts)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "covered"),
        ({"unquoted": 0.2}, None),
        ({"share": 0.55, "weight": 30}, "covered"),
        ({"share": 0.54, "weight": 39}, None),
        ({"share": 0.81, "weight": 14, "numbers": 0.6}, "figures"),
        ({"share": 0.81, "weight": 14, "numbers": 0.5}, None),
        ({"share": 0.5, "weight": 120}, "covered"),
        ({"share": 0.5, "weight": 120, "hours": 30.0}, None),
        ({"share": 0.5, "weight": 120, "leads": False}, "covered"),
        ({"share": 0.5, "weight": 105, "leads": False}, None),
        ({"share": 0.5, "weight": 120, "share_of_longer": 0.2}, None),
        ({"weight": 60, "contested": 3, "numbers_kept": 0.5}, None),
        ({"weight": 60, "contested": 2, "numbers_kept": 0.5}, "covered"),
        ({"weight": 110, "contested": 4, "numbers_kept": 0.5}, "covered"),
        ({"weight": 35, "contested": 1, "numbers_kept": 0.66}, None),
        ({"weight": 60, "names": 2, "names_kept": 0.0, "numbers_kept": 0.5}, None),
        ({"unquoted": 0.4, "share_of_longer": 0.28, "leads": False, "weight": 100}, None),
        ({"unquoted": 0.4, "share_of_longer": 0.28, "weight": 100}, "covered"),
        ({"share": 0.6, "weight": 20, "numbers": 0.95, "figures": 12}, "figures"),
        ({"share": 0.45, "weight": 60, "opening": 25.0, "opening_density": 0.9}, "lead"),
        ({"share": 0.45, "weight": 60, "opening": 10.0, "opening_density": 0.9}, None),
        ({"share": 0.2, "opening": 60.0, "opening_density": 0.9, "opening_unquoted": 50}, "opening"),
        ({"share": 0.2, "opening": 60.0, "opening_density": 0.9, "opening_unquoted": 9}, None),
        ({"share": 0.45, "weight": 60, "leads": False}, None),
        ({"share": 0.45, "weight": 60, "hours": 30}, None),
        ({"share": 0.31, "weight": 60, "leads": False, "substitutions": 5}, "worked-over"),
        ({"share": 0.31, "weight": 60, "leads": False, "substitutions": 5, "contradictions": 2}, None),
        ({"weight": 50, "contradictions": 1, "numbers_kept": 0.5}, None),
        ({"weight": 60, "share": 0.7, "figures": 7, "numbers_kept": 0.7}, None),
        ({"names_kept": 0.3}, None),
        ({"names_kept": 0.3, "names": 3}, "covered"),
        ({"contradictions": 3, "substitutions": 5, "numbers_kept": 0.4}, None),
        ({"contradictions": 2, "contested": 3, "numbers_kept": 0.4}, "covered"),
        ({"contradictions": 2, "contested": 3, "numbers_kept": 0.4, "weight": 94}, None),
        ({"offset": 0.5, "share_of_longer": 0.2}, None),
        ({"offset": 0.7, "share_of_longer": 0.4}, None),
    ],
)
def test_rules(changes, rule):
    assert match_pair(replace(GOOD, **changes)) == rule


def test_nothing_to_compare_founds():
    decision = decide(NEWCOMER, [])
    assert (decision.dispatch_id, decision.rule) == (None, "founded")
    assert decision.evidence["rule"] == "founded"


def test_one_good_neighbour_among_strangers_is_not_enough():
    poor = replace(GOOD, share=0.1, weight=20)
    members = [candidate(version, score=poor) for version in range(1, 7)]
    decision = decide(NEWCOMER, [*members, candidate(7)])
    assert decision.dispatch_id is None
    assert decision.see_also == (("d1", 0.9),)


def test_a_group_that_drifted_from_its_founder_is_left():
    far = candidate(1, score=replace(GOOD, share=0.1))
    assert decide(NEWCOMER, [far, *(candidate(version) for version in range(2, 9))]).dispatch_id is None


def test_the_better_agreement_wins_and_ties_go_by_name():
    other = candidate(2, "d2", score=replace(GOOD, share=0.95), founder=True)
    assert decide(NEWCOMER, [candidate(), other]).dispatch_id == "d2"
    twin = replace(candidate(2, "d2"), founder=True)
    assert decide(NEWCOMER, [candidate(), twin]) == decide(NEWCOMER, [twin, candidate()])
    assert decide(NEWCOMER, [twin, candidate()]).dispatch_id == "d1"


def test_within_one_publisher_more_is_asked():
    fair = candidate(score=replace(GOOD, share=0.6), publisher=NEWCOMER.publisher)
    assert decide(NEWCOMER, [fair]).dispatch_id is None
    assert decide(replace(NEWCOMER, revision=True), [fair]).dispatch_id == "d1"
    assert decide(NEWCOMER, [replace(fair, score=GOOD)]).dispatch_id == "d1"


def test_short_texts_join_exactly_the_same_only():
    short = replace(NEWCOMER, short=True)
    assert decide(short, [candidate()]).dispatch_id is None
    assert decide(short, [candidate(exact=True)]).rule == "exact"


def test_a_wrapup_is_a_rewrite_of_its_own_copies_only():
    wrapup, partial = replace(NEWCOMER, wrapup=True), replace(GOOD, share_of_longer=0.3)
    assert decide(wrapup, [candidate(score=partial)]).dispatch_id is None
    assert decide(wrapup, [candidate()]).dispatch_id == "d1"
    assert decide(wrapup, [candidate(wrapup=True)]).dispatch_id == "d1"
    assert decide(NEWCOMER, [candidate(wrapup=True, score=partial)]).dispatch_id is None
    assert decide(NEWCOMER, [candidate(wrapup=True)]).dispatch_id == "d1"


def test_its_own_story_comes_first():
    previous = candidate(5, "d5", score=replace(GOOD, share=0.3))
    assert decide(NEWCOMER, [candidate()], previous=previous).dispatch_id == "d5"
    reused = replace(previous, score=replace(GOOD, share=0.05))
    assert decide(NEWCOMER, [candidate()], previous=reused).dispatch_id == "d1"
    assert decide(replace(NEWCOMER, notice=True), [candidate()], previous=reused).dispatch_id == "d5"


def test_a_notice_goes_where_its_headline_leads():
    decision = decide(replace(NEWCOMER, notice=True, short=True), [], notified="d3")
    assert (decision.dispatch_id, decision.rule) == ("d3", "notice")
