"""Each bound of the rules, from a pair score that passes all others."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dedup.decision.decide import MEAN_AGREEMENT
from dedup.decision.rules import (
    FLASHES,
    LEAST_SHARED,
    RULES,
    STEPS,
    VERSIONS,
    WITH_WRAPUP,
    WITHIN_PUBLISHER,
    measure_agreement,
)
from tests.dedup.pair_scores import GOOD


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
        ({"weight": 50, "contradictions": 1, "numbers_kept": 0.5}, None),
        ({"weight": 60, "share": 0.7, "figures": 7, "numbers_kept": 0.7}, None),
        ({"names_kept": 0.3}, None),
        ({"names_kept": 0.3, "names": 3}, "covered"),
        ({"contradictions": 3, "numbers_kept": 0.4}, None),
        ({"contradictions": 2, "numbers_kept": 0.4}, "covered"),
        ({"weight": 48, "contested": 3, "numbers_kept": 0.8}, None),
        ({"offset": 0.5, "share_of_longer": 0.2}, None),
        ({"offset": 0.7, "share_of_longer": 0.4}, None),
    ],
)
def test_rules(changes, rule):
    assert RULES.match(replace(GOOD, **changes)) == rule


def test_versions_of_one_publisher_share_more_than_whole_paragraphs():
    score = replace(GOOD, share_of_shorter=0.85)
    assert WITHIN_PUBLISHER.match(score) == "covered"
    assert WITHIN_PUBLISHER.match(replace(score, whole=205)) is None
    assert WITHIN_PUBLISHER.match(replace(score, whole=195)) == "covered"
    assert RULES.match(replace(score, whole=205)) == "covered"


def test_a_few_words_of_its_own_make_no_other_page():
    assert WITHIN_PUBLISHER.match(replace(GOOD, share_of_shorter=0.95, whole=210)) == "covered"


def test_under_one_headline_new_boxes_are_no_new_story():
    page = replace(GOOD, share_of_shorter=0.85, whole=205)
    assert (WITHIN_PUBLISHER.match(page), VERSIONS.match(page)) == (None, "covered")
    sibling = replace(page, leads=False, one_lead=False, lead_words=0.2, share=0.6)
    assert VERSIONS.match(sibling) is None


def test_a_story_is_a_wrapup_only_where_it_is_half_of_it():
    assert WITH_WRAPUP.match(replace(GOOD, share_of_longer=0.5)) == "covered"
    assert WITH_WRAPUP.match(replace(GOOD, share_of_longer=0.49)) is None


def test_texts_that_open_alike_agree_as_far_as_the_opening_is_whole():
    cut = replace(GOOD, share=0.2, opening=60.0, opening_density=0.9, opening_unquoted=50)
    assert measure_agreement(cut) == 0.9
    assert measure_agreement(replace(cut, opening=30.0)) == 0.2


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"one_lead": False, "strangers": 15, "whole": 205, "headline_told": 0.8}, None),
        ({"one_lead": False, "strangers": 15, "whole": 205, "headline_told": 0.9}, "covered"),
        ({"one_lead": False, "strangers": 30, "whole": 205, "lead_words": 0.4}, "covered"),
        ({"one_lead": False, "strangers": 30, "whole": 205, "lead_words": 0.39}, None),
        ({"one_lead": False, "strangers": 20, "whole": 205, "lead_words": 0.39}, "covered"),
        ({"one_lead": False, "strangers": 13, "whole": 205, "headline_told": 0.8}, "covered"),
        ({"one_lead": False, "strangers": 15, "whole": 100, "headline_told": 0.8}, "covered"),
        ({"one_lead": False, "strangers": 15, "kept": 205, "headline_told": 0.8}, "covered"),
        ({"one_lead": False, "strangers": 15, "headline_told": 0.4}, None),
        ({"strangers": 15, "whole": 205, "headline_told": 0.8}, "covered"),
        ({"one_lead": False, "other_day": True, "share": 0.69}, None),
        ({"one_lead": False, "other_day": True, "share": 0.71}, "covered"),
    ],
)
def test_neither_lead_is_in_the_other(changes, rule):
    assert RULES.match(replace(GOOD, **{"share_of_shorter": 0.85, **changes})) == rule


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"share_of_longer": 0.4}, "covered"),
        ({"headline_told": 0.3}, "covered"),
        ({"share_of_shorter": 0.9}, "covered"),  # a copy that was cut short
    ],
)
def test_the_headline_of_a_round_up_is_of_none_of_its_stories(changes, rule):
    told = {"share_of_shorter": 0.85, "share_of_longer": 0.3, "headline_told": 0.2}
    assert RULES.match(replace(GOOD, **{**told, **changes})) == rule


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"headline_told": 0.7}, "opening"),
        ({"share_of_shorter": 0.7}, "opening"),
        ({"kept": 150}, "opening"),
    ],
)
def test_whoever_quotes_a_story_has_a_headline_of_his_own(changes, rule):
    quoting = {
        "share": 0.6,
        "share_of_shorter": 0.6,
        "share_of_longer": 0.5,
        "headline_told": 0.6,
        "kept": 205,
    }
    opening = {"opening": 160.0, "opening_unquoted": 90}
    assert RULES.match(replace(GOOD, **{**quoting, **opening, **changes})) == rule


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"weight": 100}, "covered"),
        ({"share_of_longer": 0.69}, "covered"),
        ({"share_of_longer": 0.69, "leads": True}, None),
        ({"subject_kept": 0.7}, "covered"),
        ({"subjects": 0}, "covered"),
    ],
)
def test_one_short_form_has_two_subjects_wherever_they_are_named(changes, rule):
    form = {"weight": 90, "leads": False, "subjects": 1, "subject_kept": 0.6}
    assert RULES.match(replace(GOOD, **{**form, **changes})) == rule


def test_a_long_standing_opening_makes_no_story():
    letter = {"share": 0.56, "share_of_shorter": 0.56, "share_of_longer": 0.5, "whole": 205}
    assert RULES.match(replace(GOOD, **letter)) == "covered"
    assert RULES.match(replace(GOOD, **letter, weight=79)) is None


def test_one_publisher_begins_otherwise_only_with_other_news():
    own = replace(GOOD, one_lead=False, lead_words=0.4, share=0.69)
    assert RULES.match(own) == "covered"
    assert VERSIONS.match(own) is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "flash"),
        ({"numbers_in_order": 0.5}, None),
        ({"names_kept": 0.5}, None),
        ({"words": 19}, None),
        ({"names": 0}, None),
        ({"names": 0, "strangers": 0}, "flash"),
    ],
)
def test_flashes(changes, rule):
    flash = replace(GOOD, words=27, weight=25, matched_words=26, opening_facts=0)
    assert FLASHES.match(replace(flash, **changes)) == rule


def test_steps_of_a_story_join_though_their_figures_differ():
    step = replace(GOOD, contested=10, numbers_kept=0.2)
    assert RULES.match(step) is None
    assert STEPS.match(step) == "update"
    assert STEPS.match(replace(step, share=0.4)) is None
    assert STEPS.match(replace(step, hours=25.0)) is None
    assert STEPS.match(replace(step, other_day=True)) is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "writethru"),
        ({"figures": 1}, None),
        ({"share_of_longer": 0.3}, None),
        ({"share_of_longer": 0.3, "figures": 8}, "writethru"),
        ({"numbers_kept": 0.8}, None),
        ({"names_kept": 0.8}, None),
        ({"contested": 1}, None),
        ({"rival": 50}, None),
        ({"other_day": True}, None),
        ({"hours": 7.0}, None),
    ],
)
def test_a_snap_and_its_full_story_share_facts(changes, rule):
    inside = {"offset": 0.4, "leads": False, "one_lead": False, "lead_words": 0.3}
    snap = replace(GOOD, share=0.49, weight=50, share_of_shorter=0.5, share_of_longer=0.1, **inside)
    assert VERSIONS.match(replace(snap, **changes)) == rule
    assert RULES.match(replace(snap, **changes)) is None


def test_an_opening_that_names_nobody_proves_nothing():
    opening = replace(
        GOOD, share=0.2, opening=60.0, opening_words=60, opening_density=0.9, opening_unquoted=50
    )
    assert RULES.match(opening) == "opening"
    assert RULES.match(replace(opening, opening_facts=2)) is None
    assert RULES.match(replace(opening, share_of_shorter=0.29)) is None


def draw_score(chance, shares):
    """A random pair whose other measures speak for a join more often than not."""
    return replace(
        GOOD,
        share=chance.choice(shares),
        share_of_shorter=chance.choice(shares),
        share_of_longer=chance.random(),
        weight=chance.uniform(0, 300),
        leads=chance.random() < 0.7,
        numbers_kept=chance.choice((0.2, 1.0)),
        contradictions=chance.choice((0, 3)),
        substitutions=chance.choice((0, 5)),
        contested=chance.choice((0, 2)),
        precise_kept=chance.choice((0, 5)),
        opening=chance.uniform(0, 120),
        opening_density=chance.random(),
        words=chance.choice((25, 300)),
    )


def count_joined(shares):
    chance = random.Random(5)
    lists = (RULES, FLASHES, STEPS, VERSIONS, WITH_WRAPUP, WITHIN_PUBLISHER)
    scores = [draw_score(chance, shares) for _ in range(3000)]
    assert all(measure_agreement(score) < MEAN_AGREEMENT for score in scores) == (max(shares) < LEAST_SHARED)
    return sum(rules.match(score) is not None for rules in lists for score in scores)


def test_no_rule_joins_a_pair_of_which_less_is_shared():
    assert count_joined((0.0, 0.1, 0.25, 0.2999)) == 0
    assert count_joined((0.1, 0.3, 0.5, 0.9)) > 1000
