"""A flood: texts of sixty words of news each above one boilerplate, at as many outlets. Each stays a dispatch."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from unittest.mock import patch

from bench.soak.trial import Outcome, Trial
from dedup.decision.conditions import RuleList
from dedup.decision.rules import OWN_LEADS, RULES
from dedup.evaluation.evaluate import assign_groups
from dedup.evaluation.labelled import Document
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOON = 1_772_452_800.0  # 2 March 2026, 12:00 UTC
_OWN, _SHARED = 60, 260  # words
_STEP = 60.0  # seconds


def run(size: int, seed: int) -> Outcome:
    """`size` texts above one boilerplate; held are those that are alone in their dispatch."""
    assigned, _ = assign_groups(list(_write_flood(size, seed)), GroupingSettings())
    groups = list(assigned.values())
    alone = sum(groups.count(group) == 1 for group in groups)
    return Outcome(size, alone, f"{size} texts became {len(set(groups))} dispatches")


def control(size: int, seed: int) -> Outcome:
    """The same texts where nobody asks whether their leads are shared."""
    unguarded = RuleList(tuple(rule for rule in RULES.rules if rule.condition is not OWN_LEADS))
    with patch("dedup.decision.decide.RULES", unguarded):
        return run(size, seed)


def _write_flood(size: int, seed: int) -> Iterator[Document]:
    boilerplate = _write_words(random.Random(f"flood {seed}"), _SHARED)
    for number in range(size):
        news = _write_words(random.Random(f"flood {seed} {number}"), _OWN)
        text = f"{news}\n\n{boilerplate}"
        yield Document(number, f"{number}", "", text, _NOON + number * _STEP, f"Outlet {number}")


def _write_words(chance: random.Random, count: int) -> str:
    """Words in sentences of twenty and paragraphs of two sentences."""
    words = ["".join(chance.choices("abdeiklmnoprstu", k=chance.randint(2, 9))) for _ in range(count)]
    sentences = [" ".join(words[start : start + 20]).capitalize() + "." for start in range(0, count, 20)]
    return "\n\n".join(" ".join(sentences[start : start + 2]) for start in range(0, len(sentences), 2))


TRIAL = Trial(
    name="flood",
    promise="Texts of sixty words of their own above one boilerplate are as many dispatches",
    run=run,
    control=control,
    short=40,
    long=150,
)
