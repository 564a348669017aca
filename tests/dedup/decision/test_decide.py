"""The decision, from frozen values only."""

from __future__ import annotations

from dataclasses import replace

from dedup.decision.decide import Candidate, Newcomer, decide
from tests.dedup.pair_scores import GOOD

NEWCOMER = Newcomer(99, 99, "The Crown Courier")


def candidate(version=1, dispatch="d1", *, score=GOOD, **facts):
    facts = {"story_id": version, "publisher": f"Outlet {version}", "founder": version == 1, **facts}
    return Candidate(version, dispatch_id=dispatch, score=score, **facts)


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


def test_within_one_publisher_more_is_needed_unless_it_is_sent_again():
    fair = candidate(score=replace(GOOD, share_of_shorter=0.85, whole=205), publisher=NEWCOMER.publisher)
    assert decide(NEWCOMER, [fair]).dispatch_id is None
    assert decide(NEWCOMER, [replace(fair, resent=True)]).dispatch_id == "d1"
    assert decide(NEWCOMER, [replace(fair, score=GOOD)]).dispatch_id == "d1"


def test_a_publishers_opening_is_no_story_though_a_copy_elsewhere_fits():
    letter = replace(GOOD, share=0.4, share_of_shorter=0.4, weight=60, whole=205)
    own, copied = candidate(1, score=letter, publisher=NEWCOMER.publisher), candidate(2)
    assert decide(NEWCOMER, [own, copied]).dispatch_id is None
    assert decide(NEWCOMER, [replace(own, publisher="Outlet 9"), copied]).dispatch_id == "d1"


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


def test_a_notice_joins_the_dispatch_of_its_headline():
    decision = decide(replace(NEWCOMER, notice=True, short=True), [], notified="d3")
    assert (decision.dispatch_id, decision.rule) == ("d3", "notice")
