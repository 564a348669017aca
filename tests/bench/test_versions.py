"""Versions of one story are found and look-alikes of them kept apart; each control shows that the set can fail."""

from __future__ import annotations

from functools import partial

import pytest

from bench.copy.versions import write_flashes, write_scores, write_snaps, write_updates
from bench.rows import run_set
from dedup.decision import decide
from dedup.decision import measures as pair
from dedup.decision.conditions import NamedCondition, RuleList, bar, join
from dedup.decision.rules import RULES, SIBLING
from dedup.evaluation import labelled
from dedup.grouping import participants

_write_noted = partial(write_updates, noted=True)
_LIKE = join("like", NamedCondition("like", "A quarter is shared.", pair.share_of_shorter >= 0.25))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("write", "stories", "f1"),
    [
        (write_flashes, 40, 0.99),
        (write_scores, 40, 0.99),
        (write_updates, 24, 0.99),
        (_write_noted, 24, 0.99),
        (write_snaps, 15, 0.95),
    ],
)
def test_versions_are_one_dispatch_and_their_look_alikes_are_not(write, stories, f1, seed):
    result = run_set(write(stories, seed=seed))
    assert not result.wrong
    assert result.f1 >= f1


def test_scores_of_the_same_figures_are_joined_where_only_their_set_is_compared(monkeypatch):
    kept = NamedCondition("kept", "The numbers are kept.", pair.numbers_kept.equals(1))
    monkeypatch.setattr(decide, "FLASHES", RuleList((join("flash", kept),)))
    assert run_set(write_scores(12)).wrong


@pytest.mark.parametrize(
    ("write", "rules", "without"),
    [
        (write_flashes, "FLASHES", RuleList(())),
        (write_updates, "STEPS", RULES),
        (write_snaps, "WITHIN_PUBLISHER", RULES.after(bar(SIBLING))),
    ],
)
def test_without_its_rule_versions_are_missed(write, rules, without, monkeypatch):
    monkeypatch.setattr(decide, rules, without)
    assert run_set(write(24)).recall < 0.9


def test_updates_that_only_a_note_marks_are_missed_where_notes_mark_nothing(monkeypatch):
    monkeypatch.setattr(labelled, "mark_by_note", lambda markers, _: markers)
    assert run_set(_write_noted(24)).recall < 0.5


@pytest.mark.parametrize(
    ("write", "rules"),
    [
        (write_flashes, "FLASHES"),
        (write_updates, "STEPS"),
        (_write_noted, "STEPS"),
        (write_snaps, "WITHIN_PUBLISHER"),
    ],
)
def test_by_likeness_alone_look_alikes_are_joined(write, rules, monkeypatch):
    monkeypatch.setattr(decide, rules, RuleList((_LIKE,)))
    if rules == "STEPS":
        monkeypatch.setattr(participants, "_is_step", lambda *_: True)
    assert run_set(write(24)).wrong
