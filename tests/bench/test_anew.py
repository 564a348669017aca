"""Versions written anew and copies with altered facts are found, their look-alikes stay apart; controls show that both can fail."""

from __future__ import annotations

import pytest

from bench.copy.anew import write_altered, write_anew
from bench.rows import run_set
from dedup.decision import decide
from dedup.decision import measures as pair
from dedup.decision.altered import ALTERED
from dedup.decision.conditions import NamedCondition, RuleList, all_of, join
from dedup.decision.rules import RULES


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("write", "recall"), [(write_anew, 0.65), (write_altered, 0.9)])
def test_versions_are_found_and_look_alikes_stay_apart(write, recall, seed):
    result = run_set(write(seed=seed))
    assert not result.wrong
    assert result.recall >= recall


@pytest.mark.parametrize(
    ("write", "file", "recall"),
    [(write_anew, "written_anew_second.txt", 0.75), (write_altered, "altered_second.txt", 0.6)],
)
def test_so_it_is_on_copy_that_tuned_no_rule(write, file, recall):
    result = run_set(write(file=file))
    assert not result.wrong
    assert result.recall >= recall


def test_without_its_rule_what_is_written_anew_is_missed(monkeypatch):
    monkeypatch.setattr(decide, "ANEW", RULES)
    assert run_set(write_anew()).recall < 0.5


def test_without_its_rule_altered_facts_split_the_copy(monkeypatch):
    left = tuple(rule for rule in RULES.rules if rule.condition is not ALTERED)
    monkeypatch.setattr(decide, "RULES", RuleList(left))
    assert run_set(write_altered()).recall < 0.5


def test_by_the_numbers_alone_another_firm_is_joined(monkeypatch):
    like = NamedCondition("like", "The numbers are kept.", pair.numbers_kept >= 0.9)
    monkeypatch.setattr(decide, "WRITTEN_ANEW", like)
    monkeypatch.setattr(decide, "ANEW", RuleList((join("like", like),)))
    assert run_set(write_anew()).wrong


def test_by_likeness_alone_another_subject_on_the_same_form_is_joined(monkeypatch):
    like = NamedCondition("like", "Half is shared.", all_of(pair.share_of_shorter >= 0.5))
    monkeypatch.setattr(decide, "RULES", RuleList((join("like", like),)))
    assert run_set(write_altered()).wrong
