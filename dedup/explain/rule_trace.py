"""The live rules evaluated bound by bound for one pair: which bounds were compared, and how each ended. Decides nothing.

The walk goes over the same values that decide, so there is no second list of thresholds that could say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dedup.decision.conditions import Bound, Compound, NamedCondition, Negation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dedup.decision.conditions import Condition, RuleList
    from dedup.similarity.score import PairScore


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """One bound compared: `figure sign threshold`; `words` says what the figure is, `rule` for which rule it counts."""

    figure: str
    words: str
    value: float
    sign: str
    threshold: float
    held: bool
    rule: str


@dataclass(slots=True)
class RuleTrace:
    """One named condition evaluated: what it means, its own bounds, the named conditions inside it, and its answer.

    `rule` is the rule that the condition speaks for; empty where it speaks against joining.
    """

    name: str
    meaning: str
    rule: str
    checks: list[RuleCheck] = field(default_factory=list)
    inner: list[RuleTrace] = field(default_factory=list, metadata={"json": "asked"})
    answer: bool = False

    def walk(self) -> Iterator[RuleTrace]:
        """This condition and all inside it, in the order they were evaluated."""
        yield self
        for below in self.inner:
            yield from below.walk()


def trace_rules(rules: RuleList, score: PairScore) -> tuple[str | None, tuple[RuleTrace, ...]]:
    """(the rule by which the pair is one dispatch, or None; a trace of each condition up to the deciding one)."""
    traces: list[RuleTrace] = []
    for rule in rules.rules:
        trace = _trace(rule.condition, rule.name, score)
        traces.append(trace)
        if trace.answer:
            return rule.name or None, tuple(traces)
    return None, tuple(traces)


def _trace(condition: NamedCondition, rule: str, score: PairScore) -> RuleTrace:
    trace = RuleTrace(condition.name, condition.meaning, rule)
    trace.answer = _walk(condition.part, rule, score, trace)
    return trace


def _walk(condition: Condition, rule: str, score: PairScore, trace: RuleTrace) -> bool:
    """Whether the condition holds; its bounds go to `trace`, and what settles a group ends it, as in the live rules."""
    match condition:
        case Bound(measure, sign, limit):
            held = condition.holds(score)
            value, threshold = float(measure.read(score)), float(limit.read(score))
            trace.checks.append(RuleCheck(measure.name, measure.words, value, sign, threshold, held, rule))
            return held
        case Compound(joint, parts):
            join = all if joint == "and" else any
            return join(_walk(part, rule, score, trace) for part in parts)
        case Negation(part):
            return not _walk(part, "", score, trace)
        case NamedCondition():
            inner = _trace(condition, rule, score)
            trace.inner.append(inner)
            return inner.answer
    raise TypeError(condition)
