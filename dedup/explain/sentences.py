"""The reasons in sentences for a reader, the most important first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedup.decision.decide import MEAN_AGREEMENT
from dedup.decision.overrides import DESK
from dedup.explain.values import find_reason
from dedup.similarity.tiling import MIN_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copytaster.store.decisions import DecisionRow
    from copytaster.store.relations import RelationRow
    from dedup.decision.decide import Newcomer
    from dedup.explain.rule_trace import RuleCheck, RuleTrace
    from dedup.explain.side_by_side import Copy
    from dedup.explain.values import CandidatePath, DispatchAgreement, Placement
    from dedup.similarity.score import PairScore

_RULES_NAMED = 3  # of those that a pair missed; the others are far off
_FEW_KEPT = 0.5  # of the shorter text's numbers or names


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the sentences are made from; `left` arrived first."""

    left: Copy
    right: Copy
    score: PairScore
    pair_rule: str | None
    traces: tuple[RuleTrace, ...]
    agreement: DispatchAgreement
    path: CandidatePath
    decisions: tuple[DecisionRow, ...]
    newcomer: Newcomer
    relation: RelationRow | None = None


def sum_up_place(found: Placement, dispatch: str | None = None) -> list[str]:
    """How a version came into its dispatch, by its id or as `dispatch` names it, and how many others are there."""
    rule, dispatch = str(found.side.evidence.get("rule", "")), dispatch or found.side.dispatch
    others = found.members - 1
    if rule == "founded":
        how = f"It founded {dispatch}: when it arrived, no version was alike enough."
    elif rule == DESK:
        how = f"It is in {dispatch} because people decided so."
    else:
        score = found.side.evidence.get("score")
        weighed = f", score {score:.2f}" if isinstance(score, float) and score else ""
        how = f"It joined {dispatch} by the rule “{rule}”{weighed}."
    return [how, f"{others} other {'version is' if others == 1 else 'versions are'} in this dispatch."]


def sum_up(found: Findings, *, together: bool) -> list[str]:
    """Manual decisions, why the two are in one dispatch or in two, and how much they share."""
    decided = [
        _describe_decision(row, found.left.side.version, found.right.side.version)
        for row in found.decisions
        if row.in_force
    ]
    reasons = _explain_together(found) if together else _explain_apart(found)
    return [*decided, *reasons, *_describe_share(found.score, always=together)]


def _describe_share(score: PairScore, *, always: bool) -> Iterator[str]:
    count = len(score.runs)
    if count or always:
        yield (
            f"{score.matched_words} words in {count} {'passage' if count == 1 else 'passages'} are in both: "
            f"{score.share_of_shorter:.0%} of the shorter text, {score.share_of_longer:.0%} of the longer."
        )


def _describe_decision(row: DecisionRow, one: int, other: int) -> str:
    part_of = {named.version_id: named.part for named in row.versions}
    parts = [part_of.get(version) for version in (one, other)]
    if row.kind == "merge":
        did = "joined their dispatches" if parts[0] != parts[1] else "joined their dispatch with another"
    elif row.kind == "pin":
        did = "pinned one of them" if parts[0] != parts[1] else "pinned them"
    elif parts == ["taken", "taken"]:
        did = "took both out of a dispatch"
    elif None not in parts and parts[0] != parts[1] and "taken" in parts:
        did = "put them together" if "target" in parts else "took one of them away from the other"
    else:
        did = "split the dispatch of one of them"
    why = f": {row.why}" if row.why else ""
    return f"Decision {row.id}: {row.who} {did} on {row.at:%Y-%m-%d}{why}."


def _explain_together(found: Findings) -> list[str]:
    evidence = found.right.side.evidence
    rule = str(evidence.get("rule", ""))
    if found.left.side.story == found.right.side.story:
        return ["They are two versions of one story."]
    if rule == DESK:
        return ["The later one is in this dispatch because people decided so."]
    against = find_reason(evidence)
    if found.pair_rule and against in {None, found.left.side.version}:
        return [f"The later one joined because of the earlier one, by the rule “{found.pair_rule}”."]
    other = f"v{against}" if against is not None else "another member"
    reasons = [f"The later one joined their dispatch because of {other}, by the rule “{rule}”."]
    if found.pair_rule:
        reasons.append(f"The two alone would also be one dispatch, by “{found.pair_rule}”.")
    return reasons


def _explain_apart(found: Findings) -> list[str]:
    path = found.path
    if any(row.in_force and _keeps_apart(row, found) for row in found.decisions):
        return ["They stay apart because people decided so.", *_describe_pair_rule(found)]
    if path.hours > path.window_hours:
        return [
            f"They arrived more than {path.window_hours:g} hours apart, and such versions are never compared."
        ]
    if found.pair_rule:
        return [*_describe_pair_rule(found), *_explain_dispatch(found)]
    if found.newcomer.short:
        words = found.right.side.words
        return [f"The later one has only {words} words: so short a text joins only an equal one."]
    objections = list(dict.fromkeys(one.meaning for trace in found.traces for one in find_objections(trace)))
    little = not objections or not found.score.runs or found.score.share < MEAN_AGREEMENT
    reasons = [_describe_nearest(found)] if little else []
    if found.score.runs:
        reasons += [*objections, *_describe_facts(found.score)]
        if not path.found:
            reasons.append("The candidate index would not have proposed one for the other.")
    return reasons


def _describe_pair_rule(found: Findings) -> list[str]:
    return [f"The two alone would be one dispatch, by “{found.pair_rule}”."] if found.pair_rule else []


def _keeps_apart(row: DecisionRow, found: Findings) -> bool:
    """Whether a split took one of the two away from the other."""
    part_of = {named.version_id: named.part for named in row.versions}
    parts = {part_of.get(found.left.side.version), part_of.get(found.right.side.version)}
    return row.kind == "split" and parts == {"taken", "rest"}


def find_objections(trace: RuleTrace) -> list[RuleTrace]:
    """The conditions that kept a pair apart: a bar that held, or what a joining rule excludes and the pair has."""
    if not trace.rule:
        return [trace] if trace.answer else []
    if trace.answer:
        return []
    return [objection for inner in trace.inner for objection in find_objections(inner)]


def show_number(value: float) -> str:
    """A measure or its bound: two decimals, or none where they are zeros."""
    return f"{value:.2f}".removesuffix(".00")


def _describe_nearest(found: Findings) -> str:
    if not found.score.runs:
        left_out = any(read.quote_boilerplate() for read in (found.left, found.right))
        but = ", except boilerplate" if left_out else ""
        return f"No run of {MIN_RUN} words is in both{but}: two reports, not one and its rewrite."
    share = f"{found.score.share:.0%} of what the shorter text says"
    if found.score.share < MEAN_AGREEMENT:
        return f"Too little is shared: {share}."
    missed: dict[str, RuleCheck] = {}
    for trace in found.traces:
        for check in (check for inner in trace.walk() for check in inner.checks):
            if check.rule and not check.held:
                missed.setdefault(check.rule, check)
    nearest = sorted(missed.items(), key=lambda item: _measure_distance(item[1]))[:_RULES_NAMED]
    needs = "; ".join(f"“{rule}” needs {_describe_need(check)}" for rule, check in nearest)
    return f"A near miss: {share} is in the longer one, too little for every rule (nearest: {needs})."


def _measure_distance(check: RuleCheck) -> float:
    """How far a figure is from its bound, as a share of the bound."""
    return abs(check.value - check.threshold) / abs(check.threshold) if check.threshold else float("inf")


def _describe_need(check: RuleCheck) -> str:
    return f"{check.words} {check.sign} {show_number(check.threshold)}, here {show_number(check.value)}"


def _describe_facts(score: PairScore) -> list[str]:
    """How many of the shorter text's numbers and names are in the longer one, where half of them are not."""
    counted = [
        f"{round(kept * count)} of {count} {name}"
        for name, count, kept in (
            ("numbers", score.figures, score.numbers_kept),
            ("names", score.names, score.names_kept),
        )
        if count > 1 and kept <= _FEW_KEPT
    ]
    return [f"Of the shorter text's facts {' and '.join(counted)} are in the longer one."] if counted else []


def _explain_dispatch(found: Findings) -> list[str]:
    """Why the dispatch of the earlier one did not take the later one, although the two alone would be one."""
    agreement = found.agreement
    if agreement.mean < agreement.needed:
        mean = f"{agreement.mean:.2f} on average over {agreement.compared} members"
        return [
            f"But the later one agrees with the dispatch by {mean}, and {agreement.needed:.2f} is needed."
        ]
    if agreement.with_founder is not None and agreement.with_founder < agreement.founder_needed:
        return ["But it has drifted too far from the version that the dispatch began with."]
    if found.right.side.evidence.get("rule") not in {"founded", None}:
        return ["The later one agrees better with the dispatch that it joined."]
    return []
