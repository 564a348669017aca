"""The sentences of an explanation, from real copies and a pair score on which one bound at a time is tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copytaster.store.memberships import read_grouped_version
from dedup.cache.version_cache import VersionCache
from dedup.decision.decide import Newcomer
from dedup.decision.rules import RULES, WITH_WRAPUP, WITHIN_PUBLISHER
from dedup.explain.rule_trace import trace_rules
from dedup.explain.sentences import Findings, find_objections, sum_up
from dedup.explain.side_by_side import Copy
from dedup.explain.values import CandidatePath, DispatchAgreement
from tests.dedup import copydesk as copy
from tests.dedup.pair_scores import GOOD

PATH = CandidatePath(
    hours=1.0,
    window_hours=48,
    bands=9,
    of_bands=64,
    likeness=0.4,
    phrases=5,
    needed=2,
    of_phrases=(20, 22),
    shown=(),
)
AGREEMENT = DispatchAgreement(
    dispatch="d1",
    joins=True,
    rule="covered",
    mean=0.9,
    needed=0.4,
    with_founder=0.9,
    founder_needed=0.36,
    compared=3,
)


@pytest.fixture
def findings(desk):
    """What was found of two copies that joined; the later one with the evidence of its membership."""
    ids = [desk.take(copy.FERRY), desk.take(copy.with_local_paragraphs(copy.FERRY), hours=1)]
    desk.group()
    with desk.store.read() as connection:
        known = VersionCache().get(connection, ids)
        left, right = (Copy(read_grouped_version(connection, version), known[version]) for version in ids)
    return Findings(
        left=left,
        right=right,
        score=GOOD,
        pair_rule="covered",
        traces=trace_rules(RULES, GOOD)[1],
        agreement=AGREEMENT,
        path=PATH,
        decisions=(),
        newcomer=Newcomer(ids[1], 2, "Outlet 2"),
    )


def apart(findings, rules=RULES, **changes):
    """The sentences where no rule joins a pair of this score."""
    score = replace(GOOD, **changes)
    rule, traces = trace_rules(rules, score)
    assert rule is None
    return sum_up(replace(findings, score=score, pair_rule=None, traces=traces), together=False)


def test_together_by_the_pair_itself(findings):
    first, share = sum_up(findings, together=True)
    assert first == "The later one joined because of the earlier one, by the rule “covered”."
    assert share == "210 words in 1 passage are in both: 90% of the shorter text, 80% of the longer."


def test_together_because_of_another(findings):
    findings.right.side = replace(findings.right.side, evidence={"rule": "lead", "against": 77})
    first, second, _ = sum_up(findings, together=True)
    assert first == "The later one joined their dispatch because of v77, by the rule “lead”."
    assert second == "The two alone would also be one dispatch, by “covered”."


def test_together_as_versions_or_by_people(findings):
    findings.right.side = replace(findings.right.side, evidence={"rule": "desk"})
    assert "people decided so" in sum_up(findings, together=True)[0]
    findings.right.side = replace(findings.right.side, story=findings.left.side.story)
    assert sum_up(findings, together=True)[0] == "They are two versions of one story."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unquoted": 0.2}, "Of its words outside quotations the shorter text shares less than 30%."),
        ({"offset": 0.5, "share_of_longer": 0.2}, "What they share lies deep inside the longer text"),
        ({"contested": 10, "numbers_kept": 0.4}, "It is the same form filled in again"),
        (
            {"unquoted": 0.4, "share_of_longer": 0.28, "leads": False, "weight": 100},
            "What they share is a statement",
        ),
    ],
)
def test_apart_by_what_speaks_against(findings, changes, sentence):
    assert apart(findings, **changes)[0].startswith(sentence)


def test_apart_by_what_an_opening_excludes(findings):
    opening = {"share": 0.2, "opening": 60.0, "opening_density": 0.9, "opening_unquoted": 50}
    said = apart(findings, **opening, contested=9, numbers_kept=0.5)
    assert said[0].startswith("Too little is shared: 20%")
    assert said[1] == "In the same place the two texts print different figures."


def test_a_near_miss_names_measure_limit_and_value(findings):
    (nearest, _) = apart(findings, share=0.5, hours=30.0)
    assert "“covered” needs share of the shorter, weighed ≥ 0.55, here 0.50" in nearest
    assert "“lead” needs hours apart ≤ 24, here 30" in nearest
    assert nearest.index("“covered”") < nearest.index("“lead”")


def test_a_near_miss_leaves_out_the_rules_that_are_far_off(findings):
    (nearest, _) = apart(findings, share=0.5, hours=30.0)
    assert nearest.count("needs") == 3
    assert "“flash”" not in nearest


def test_one_publisher_and_a_wrapup(findings):
    (same, _) = apart(findings, WITHIN_PUBLISHER, whole=205, share_of_shorter=0.85)
    assert same.startswith("Both are of one publisher")
    assert apart(findings, WITH_WRAPUP, share_of_longer=0.4)[0].startswith("One of them is a wrap-up")


def test_apart_without_a_common_run(findings):
    assert apart(findings, runs=(), share=0.0, unquoted=0.0) == [
        "No run of 6 words is in both: two reports, not one and its rewrite."
    ]


def test_apart_by_time_length_or_dispatch(findings):
    late = replace(findings, path=replace(PATH, hours=50.0))
    assert "more than 48 hours apart" in sum_up(late, together=False)[0]
    short = replace(findings, pair_rule=None, traces=(), newcomer=replace(findings.newcomer, short=True))
    assert "so short a text joins only an equal one" in sum_up(short, together=False)[0]
    unlike = replace(findings, agreement=replace(AGREEMENT, joins=False, mean=0.3))
    assert "0.30 on average over 3 members, and 0.40 is needed" in sum_up(unlike, together=False)[1]
    drifted = replace(findings, agreement=replace(AGREEMENT, joins=False, with_founder=0.2))
    assert "drifted too far" in sum_up(drifted, together=False)[1]


def test_what_the_index_would_not_have_proposed(findings):
    unseen = replace(findings, path=replace(PATH, bands=0, phrases=1))
    said = apart(unseen, share=0.2, numbers_kept=0.25, names_kept=0.5)
    assert "The candidate index would not have proposed one for the other." in said
    assert "Of the shorter text's facts 1 of 4 numbers and 3 of 6 names are in the longer one." in said


def test_objections_are_conditions_that_hold_against_a_pair():
    _, traces = trace_rules(RULES, replace(GOOD, names_kept=0.3))
    names = [objection.name for trace in traces for objection in find_objections(trace)]
    assert names == ["template"]
    _, joined = trace_rules(RULES, GOOD)
    assert not [objection for trace in joined for objection in find_objections(trace)]
