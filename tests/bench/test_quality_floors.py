"""Grouping quality stays at its floors: on generated copy, and on the labelled sets if they are there."""

from __future__ import annotations

from statistics import fmean

import pytest

from bench import floors
from bench.agency import judge_agencies
from bench.copy.credited import write_credited
from bench.copy.desk import write_cuts, write_one_story, write_week
from bench.copy.lookalikes import write_lookalikes
from bench.copy.piece import shift_arrivals
from bench.copy.tongues import LANGUAGES, write_tongue
from bench.labelled_sets import CORPUS, read_set
from bench.passes import count_moved, group_in_parts
from bench.rows import judge_on_pages, run_set
from dedup.evaluation.evaluate import assign_groups, judge_groups
from settings import GroupingSettings


@pytest.fixture(scope="module")
def week():
    return write_week(60, forms=60)


def test_recurring_reports_are_not_joined():
    result = run_set(write_lookalikes(450))
    assert len(result.wrong) <= floors.LOOKALIKES_JOINED
    assert result.recall >= floors.LOOKALIKE_RECALL


@pytest.mark.parametrize(
    ("name", "labelled"),
    [("one story", lambda: write_one_story(120, 60)), ("cuts", lambda: write_cuts(80))],
)
def test_copies_are_found(name, labelled):
    assert run_set(labelled()).f1 >= floors.GENERATED_F1[name]


def test_a_week_in_any_order(week):
    settled = run_set(week).f1
    assert settled >= floors.GENERATED_F1["week"]
    lost = [
        settled - run_set(shift_arrivals(week, hours=hours, seed=seed)).f1
        for seed, hours in enumerate((1, 6, 24))
    ]
    assert fmean(lost) <= floors.ARRIVAL_LOST


def test_neither_batches_nor_seeds_nor_restarts_move_anything(week):
    documents = week.documents()[:150]
    once = group_in_parts(documents)
    assert count_moved(once, group_in_parts(documents, batch=7, seed=987_654_321, stops=(70, 75, 86))) == 0


@pytest.mark.parametrize(("name", "pages"), [("boilerplate", 0), ("boilerplate, warm", 12)])
def test_what_a_publisher_prints_on_every_page_joins_little(name, pages):
    week = write_week(30, forms=0)
    result = judge_on_pages(week.documents(), week.same(), (), pages=pages, publishers=8)
    assert result.f1 >= floors.GENERATED_F1[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_script_is_read(language):
    assert run_set(write_tongue(language, 15)).f1 >= floors.SCRIPT_F1


def test_the_agency_comes_from_all_copies():
    verdicts = judge_agencies(write_credited(36))
    wrong = {url: verdict for url, verdict in verdicts.items() if not verdict[-1]}
    assert fmean(right for *_, right in verdicts.values()) >= floors.AGENCY_RIGHT, wrong


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled sets are not beside this checkout")
@pytest.mark.parametrize(
    "name", ["fnc_dev", "reu_dev", "nat_dev", pytest.param("syn_dev", marks=pytest.mark.long)]
)
def test_labelled_copy(name):
    labelled = read_set(name)
    assigned, _ = assign_groups(labelled.documents, GroupingSettings())
    _, unseen = labelled.judge_halves(assigned)
    whole = judge_groups(assigned, labelled.same, left_out=labelled.left_out)
    assert whole.f1 >= floors.CORPUS_F1[name]
    assert whole.precision >= floors.CORPUS_PRECISION[name]
    assert unseen.f1 >= floors.UNSEEN_F1[name]
