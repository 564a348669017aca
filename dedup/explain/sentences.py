"""The verdict on two versions in sentences, the most important first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedup.decision.decide import MEAN_AGREEMENT
from dedup.decision.overrides import DESK
from dedup.explain.values import find_reason
from dedup.similarity.tiling import MIN_RUN

if TYPE_CHECKING:
    from copytaster.store.decisions import DecisionRow
    from dedup.decision.decide import Newcomer
    from dedup.explain.rule_trace import Question
    from dedup.explain.side_by_side import Copy
    from dedup.explain.values import Agreement, Path
    from dedup.similarity.score import PairScore


@dataclass(frozen=True, slots=True)
class Findings:
    """What the verdict is told from; `left` came first."""

    left: Copy
    right: Copy
    score: PairScore
    pair_rule: str | None
    questions: tuple[Question, ...]
    agreement: Agreement
    path: Path
    rulings: tuple[DecisionRow, ...]
    newcomer: Newcomer


def sum_up(found: Findings, *, together: bool) -> list[str]:
    """Decisions of people, why they stand as they do, how much they share."""
    said = [
        _tell_ruling(row, found.left.side.version, found.right.side.version)
        for row in found.rulings
        if row.stands
    ]
    count = len(found.score.runs)
    share = (
        f"{found.score.matched_words} words in {count} {'passage' if count == 1 else 'passages'} stand in both: "
        f"{found.score.share_of_shorter:.0%} of the shorter text, {found.score.share_of_longer:.0%} of the longer"
    )
    if together:
        return [*said, *_tell_together(found), f"{share}."]
    reasons = _tell_apart(found)
    return [*said, *reasons, f"{share}."] if count else [*said, *reasons]


def _tell_ruling(row: DecisionRow, one: int, other: int) -> str:
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


def _tell_together(found: Findings) -> list[str]:
    evidence = found.right.side.evidence
    rule = str(evidence.get("rule", ""))
    if found.left.side.story == found.right.side.story:
        return ["Two versions of one story."]
    if rule == DESK:
        return ["The later one stands here because people decided so."]
    against = find_reason(evidence)
    if found.pair_rule and against in {None, found.left.side.version}:
        return [f"The later one joined because of the earlier one, by the rule “{found.pair_rule}”."]
    other = f"v{against}" if against is not None else "another member"
    said = [f"Both belong to one dispatch: the later one joined because of {other}, by the rule “{rule}”."]
    if found.pair_rule:
        said.append(f"By themselves they would be one too, by “{found.pair_rule}”.")
    return said


def _tell_apart(found: Findings) -> list[str]:
    path, score = found.path, found.score
    if any(row.stands and _parts(row, found) for row in found.rulings):
        alone = f"By themselves they would be one, by “{found.pair_rule}”." if found.pair_rule else ""
        return ["They stay apart because people decided so.", *([alone] if alone else [])]
    if path.hours > path.window_hours:
        return [f"They came more than {path.window_hours:g} hours apart; over so long nothing is compared."]
    if found.pair_rule:
        return _tell_group(found)
    if found.newcomer.short:
        words = found.right.side.words
        return [f"The later one has {words} words only: so short a text joins only what is the same."]
    guards = [
        question
        for top in found.questions
        for question in top.walk()
        if question.answer is True
        and question.meaning
        and not question.rule
        and _stands_against(question, top)
    ]
    against = list(dict.fromkeys(guard.meaning.rstrip(".") + "." for guard in guards))
    nearest = _tell_nearest(found) if not against or score.share < MEAN_AGREEMENT else []
    said = [*nearest, *against, *_tell_facts(score)]
    if not path.found and score.runs:
        said.append("The candidate index would not have proposed one for the other.")
    return said


def _tell_facts(score: PairScore) -> list[str]:
    """How many of the shorter text's numbers and names stand in the longer one, where half of them do not."""
    if not score.runs:
        return []
    told = [
        f"{round(kept * count)} of {count} {name}"
        for name, count, kept in (
            ("numbers", score.figures, score.numbers_kept),
            ("names", score.names, score.names_kept),
        )
        if count > 1 and kept <= 0.5  # noqa: PLR2004
    ]
    return [f"Of the shorter text's facts {' and '.join(told)} are in the longer one."] if told else []


def _parts(row: DecisionRow, found: Findings) -> bool:
    """Whether a split has one of the two taken from the other."""
    part_of = {named.version_id: named.part for named in row.versions}
    parts = {part_of.get(found.left.side.version), part_of.get(found.right.side.version)}
    return row.kind == "split" and parts == {"taken", "rest"}


def _stands_against(question: Question, top: Question) -> bool:
    """A predicate that held although the whole answered no: what it asks speaks against joining."""
    leaves = {asked.name for asked in question.asked}
    parents = [one for one in top.walk() if question in one.asked]
    return not leaves & {"match_pair"} and all(parent.answer in (None, False) for parent in parents)


def _tell_nearest(found: Findings) -> list[str]:
    if found.newcomer.wrapup != found.left.known.wrapup:
        return ["One of them is a wrap-up, which joins several stories and is a rewrite of none."]
    if not found.score.runs:
        but = (
            ", but for standing text"
            if any(read.quote_furniture() for read in (found.left, found.right))
            else ""
        )
        return [f"No run of {MIN_RUN} words stands in both{but}: two reports, not one and its rewrite."]
    strict = [
        f"{check.figure.replace('_', ' ')} {check.sign} {check.threshold:g}, it is {check.value:.2f}"
        for top in found.questions
        for question in top.walk()
        if question.name == "is_surely_same" and question.answer is False
        for check in question.checks
        if not check.held
    ]
    if strict:
        return [f"Both are of one publisher, and there more is asked: {'; '.join(strict)}."]
    missed = [
        f"“{check.rule}” asks {check.sign} {check.threshold:g}, it is {check.value:.2f}"
        for top in found.questions
        for question in top.walk()
        for check in question.checks
        if check.rule and not check.held
    ]
    if found.score.share >= MEAN_AGREEMENT:
        share = f"{found.score.share:.0%} of what the shorter text says stands in the longer one"
        return [f"A near miss: {share}, and by no rule is that enough ({'; '.join(missed)})."]
    return [f"Too little is shared: {found.score.share:.0%} of what the shorter text says."]


def _tell_group(found: Findings) -> list[str]:
    agreement = found.agreement
    said = [f"By themselves they would be one, by “{found.pair_rule}”."]
    if agreement.mean < agreement.needed:
        said.append(
            f"But the later one agrees with the dispatch by {agreement.mean:.2f} on average over "
            f"{agreement.compared} members, and {agreement.needed:.2f} is needed."
        )
    elif agreement.with_founder is not None and agreement.with_founder < agreement.founder_needed:
        said.append("But it has drifted too far from what the dispatch began with.")
    elif found.right.side.evidence.get("rule") not in {"founded", None}:
        said.append("The later one agrees better with the dispatch in which it stands.")
    return said
