"""What an agency sends again joins its dispatch, and what only looks like it stays apart; controls take the rule away."""

from __future__ import annotations

import pytest

from bench.copy.resent import write_corrections, write_galleries, write_rewritten
from bench.rows import run_set
from dedup.decision import decide
from dedup.decision.conditions import NamedCondition, RuleList, join
from dedup.decision.measures import share_of_shorter
from dedup.decision.rules import RULES

RULE_LISTS = ("RULES", "WITHIN_PUBLISHER", "VERSIONS", "STEPS")
_LIKE = join("like", NamedCondition("like", "A tenth is shared.", share_of_shorter >= 0.1))
WRITERS = (write_corrections, write_galleries, write_rewritten)


@pytest.mark.parametrize("seed", [7, 8])
@pytest.mark.parametrize(
    ("write", "f1"), [(write_corrections, 0.99), (write_galleries, 0.99), (write_rewritten, 0.94)]
)
def test_what_is_sent_again_is_one_dispatch_and_no_other(write, f1, seed):
    result = run_set(write(seed=seed))
    assert not result.wrong
    assert result.f1 >= f1


@pytest.mark.parametrize("write", WRITERS)
def test_by_likeness_alone_what_looks_like_it_joins(write, monkeypatch):
    for name in RULE_LISTS:
        monkeypatch.setattr(decide, name, RuleList((_LIKE,)))
    monkeypatch.setattr(decide, "MEAN_AGREEMENT", 0.0)
    monkeypatch.setattr(decide, "FOUNDER_AGREEMENT", 0.0)
    assert run_set(write(seed=7)).wrong


def test_without_its_rule_what_is_rewritten_is_missed(monkeypatch):
    monkeypatch.setattr(decide, "_is_written_anew", lambda _: False)
    assert run_set(write_rewritten(seed=7)).f1 < 0.9


@pytest.mark.parametrize("write", [write_corrections, write_galleries])
def test_without_the_rules_copies_are_missed(write, monkeypatch):
    for name in RULE_LISTS:
        monkeypatch.setattr(decide, name, RuleList(RULES.rules[:1]))
    assert run_set(write(seed=7)).recall < 0.5


@pytest.mark.parametrize("write", WRITERS)
def test_a_seed_gives_one_set_and_another_seed_another(write):
    assert write(4, seed=3) == write(4, seed=3) != write(4, seed=4)
    assert not any(mark in piece.text for piece in write(4, seed=3).pieces for mark in "{}<[")
