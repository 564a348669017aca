"""The scenario has every promised case, and its true grouping is complete."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, pairwise
from typing import get_args

import pytest

from newsdesk.demo.outlets import load_outlets
from newsdesk.demo.retelling import Retelling
from newsdesk.demo.scenario import SPAN_S, load_dispatches
from newsdesk.demo.truth import list_true_pages, true_dispatches

TRUTH = {dispatch.key: dispatch for dispatch in true_dispatches()}
FOLLOW_UP = {"ferry-grounding", "ferry-inquiry"}  # the second ends with background from the first
LOOK_ALIKES = ("zurich-day-", "singapore-day-", "football-", "weather-", "earnings-", "brief-")


def words_of(dispatch):
    return re.findall(r"\w+", " ".join(dispatch.wires[0].paragraphs).lower())


def test_every_page_belongs_to_one_dispatch():
    owners = Counter((page.outlet, page.path) for page in list_true_pages())
    assert set(owners.values()) == {1}
    assert sum(owners.values()) >= 250


def test_there_are_enough_dispatches_and_outlets():
    by_agency = Counter(dispatch.agency for dispatch in TRUTH.values())
    assert by_agency["Norvane"] >= 48
    assert by_agency["Velmoor"] >= 3
    assert sum(outlet.agency is None for outlet in load_outlets().values()) >= 10
    assert len({dispatch.key for dispatch in load_dispatches()}) == len(load_dispatches())


def test_every_kind_of_retelling_is_there():
    seen = Counter(kind for dispatch in TRUTH.values() for page in dispatch.pages for kind in page.retellings)
    assert set(seen) == set(get_args(Retelling))
    assert min(seen.values()) >= 5


@pytest.mark.parametrize(
    "marker", ["UPDATE 1-", "UPDATE 2-", "CORRECTED-", "WITHDRAWN-", "WRAPUP 1-", "RPT-FEATURE-", "URGENT-"]
)
def test_every_kind_of_lineage_is_there(marker):
    assert any(marker in dispatch.markers for dispatch in TRUTH.values())


def test_bigger_stories_are_carried_widely_and_some_by_few():
    counts = sorted(len(dispatch.publishers) for dispatch in TRUTH.values())
    assert sum(5 <= count <= 11 for count in counts) >= 20
    assert counts[0] == 2


@pytest.mark.parametrize("language", ["de", "ar"])
def test_other_languages_have_dispatches_of_several_members(language):
    groups = [dispatch for dispatch in TRUTH.values() if dispatch.language == language]
    assert len(groups) >= 3
    assert all(len(dispatch.urls) >= 2 for dispatch in groups)


def test_a_story_known_to_be_the_agencys_only_through_other_copies():
    classic = TRUTH["ceasefire-call"]
    dispatch = next(one for one in load_dispatches() if one.key == "ceasefire-call")
    uncredited = [
        page.outlet for page in dispatch.pages if any(printing.uncredited for printing in page.printings)
    ]
    assert uncredited == ["gulf-ledger"]
    assert dispatch.photo is not None
    assert dispatch.photo.at == ("gulf-ledger",)
    assert "norvane" not in {page.outlet for page in classic.pages}


def test_dispatches_grow_while_time_moves():
    counts = [len(list_true_pages(elapsed)) for elapsed in range(0, SPAN_S + 1, 20)]
    assert all(earlier <= later for earlier, later in pairwise(counts))
    assert 0.4 <= counts[0] / counts[-1] <= 0.6
    assert sum(earlier < later for earlier, later in pairwise(counts)) >= 25
    assert len(true_dispatches(0)) < len(true_dispatches())


def test_a_withdrawal_makes_a_state_and_removes_no_page():
    before, after = (
        next(one for one in true_dispatches(elapsed) if one.key == "szeged-mayor") for elapsed in (159, 160)
    )
    assert (before.state, after.state) == ("live", "withdrawn")
    assert before.urls == after.urls


def test_a_replaced_version_stays_in_the_truth_but_is_not_current():
    [old, new] = [page for page in TRUTH["corvexa-trial"].pages if page.outlet == "norvane"]
    assert (old.path, old.is_current, new.is_current) == (new.path, False, True)


def test_no_copy_comes_before_its_wire():
    for dispatch in load_dispatches():
        for page in dispatch.pages:
            for printing in page.printings:
                assert printing.offset_s >= dispatch.wires[printing.wire].offset_s, (
                    dispatch.key,
                    page.outlet,
                )
                assert printing.appears_s <= SPAN_S


def test_stories_are_long_enough_to_be_real():
    lengths = {dispatch.key: len(words_of(dispatch)) for dispatch in load_dispatches()}
    short = {key for key, length in lengths.items() if length < 100}
    assert short == {"airship-alert", "brief-lighthouse", "brief-lighthouse-two", "brief-library"}
    assert sum(120 <= length <= 400 for length in lengths.values()) >= 45


def test_different_dispatches_share_phrases_at_most():
    for one, other in combinations(load_dispatches(), 2):
        grams = [
            {tuple(words[at : at + 6]) for at in range(len(words) - 5)}
            for words in (words_of(one), words_of(other))
        ]
        share = len(grams[0] & grams[1]) / min(map(len, grams))
        alike = any(one.key.startswith(name) and other.key.startswith(name) for name in LOOK_ALIKES)
        wrapped = any(dispatch.wires[0].marker.startswith("WRAPUP") for dispatch in (one, other))
        background = {one.key, other.key} == FOLLOW_UP
        assert share < (0.25 if alike or wrapped or background else 0.02), (one.key, other.key)
