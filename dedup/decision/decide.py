"""The decision on one version: which dispatch it joins, or that it founds one, and why. Pure; no clock, no store.

A false merge is worse than a miss: a wrong member hides a story, a missed one shows it twice. So every rule needs
matched text, not likeness in general, and a version joins a dispatch by agreement with several of its members, never
over a chain of neighbours.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from copytaster.fast_values import fast_value
from dedup.decision.anew import ANEW, WRITTEN_ANEW
from dedup.decision.rules import (
    FLASHES,
    LEAST_SHARED,
    OTHER_SERIES_WITHIN_PUBLISHER,
    RULES,
    SAME_PAGE,
    STEPS,
    VERSIONS,
    WITH_WRAPUP,
    WITH_WRAPUP_WITHIN_PUBLISHER,
    WITHIN_PUBLISHER,
    measure_agreement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dedup.decision.conditions import RuleList
    from dedup.similarity.score import PairScore

EXACT_WORDS = 8  # a shorter text proves nothing even where it is the same
MEAN_AGREEMENT = 0.40  # with the members compared; between it and a join lies "see also"
FOUNDER_AGREEMENT = 0.36  # with the version that founded the dispatch: a story may grow, but not drift away
SAME_STORY = 0.25  # of the text before it; under it the address now carries another day's report
EXPLAINED = (
    1.5  # weight of the share of the longer text, against agreement, when a version fits two dispatches
)
RUNS_KEPT = 40  # matched runs kept as evidence
SEE_ALSO_KEPT = 5


@fast_value
class Newcomer:
    """The version to decide on.

    Attributes:
        wrapup: by its marker it joins several stories, and is a rewrite of none.
        series: by its marker it is a fact box, an instant view or the like, and is a rewrite of none.
        revision: by its marker it is a newer version of another (update, lead, corrected, ...).
        notice: by its marker it withdraws a story.
        short: it has too few words for anything but a match of nearly all.
    """

    version_id: int
    story_id: int
    publisher: str
    wrapup: bool = False
    series: str = ""
    revision: bool = False
    notice: bool = False
    short: bool = False


@fast_value
class Candidate:
    """A version compared with the newcomer, and its dispatch.

    Attributes:
        exact: the whole text is the same after normalisation.
        founder: it founded its dispatch.
        wrapup: it is a wrap-up, or a wrap-up founded its dispatch.
        series: its series, or that of the version that founded its dispatch.
        step: by marker and headline it and the newcomer are steps of one story by one publisher.
        resent: the same publisher printed it and the newcomer under one headline, or marked one of them as a newer version.
        anew: it and the newcomer are of one publisher, within hours, with nearly the same numbers.
    """

    version_id: int
    story_id: int
    publisher: str
    dispatch_id: str
    score: PairScore
    exact: bool = False
    founder: bool = False
    wrapup: bool = False
    series: str = ""
    step: bool = False
    resent: bool = False
    anew: bool = False


@fast_value
class Decision:
    """Which dispatch a version joins, by which rule; `evidence` is stored with the membership.

    Attributes:
        dispatch_id: None where the version founds a dispatch.
        against: the member that it agrees with most.
        agreement: the mean over the `compared` members.
        see_also: other dispatches and the share they have in common with it.
        also: the other dispatches that it fits too.
    """

    dispatch_id: str | None
    rule: str
    against: Candidate | None = None
    agreement: float = 0.0
    compared: int = 0
    see_also: tuple[tuple[str, float], ...] = field(default=())
    also: tuple[str, ...] = ()

    @property
    def evidence(self) -> dict[str, Any]:
        """JSON data: the rule, the scores, the matched runs of the member that it agrees with most."""
        data: dict[str, Any] = {"rule": self.rule, "score": 0.0, "matched_words": 0}
        data |= {"share_of_shorter": 0.0, "share_of_longer": 0.0}
        if self.against is not None:
            score = self.against.score
            data |= {
                "score": round(score.share, 4),
                "matched_words": score.matched_words,
                "share_of_shorter": round(score.share_of_shorter, 4),
                "share_of_longer": round(score.share_of_longer, 4),
                "weight": round(score.weight, 1),
                "against": self.against.version_id,
                "runs": [list(run) for run in score.runs[:RUNS_KEPT]],
            }
        if self.compared:
            data |= {"agreement": round(self.agreement, 4), "compared": self.compared}
        if self.see_also:
            data["see_also"] = [{"dispatch": name, "score": round(share, 4)} for name, share in self.see_also]
        return data


def match_candidate(newcomer: Newcomer, candidate: Candidate) -> str | None:
    """The rule by which a newcomer and a candidate are one dispatch, or None."""
    if candidate.exact:
        return "exact"
    return choose_rules(newcomer, candidate).match(candidate.score)


def choose_rules(newcomer: Newcomer, candidate: Candidate) -> RuleList:
    """The rules for a pair: more is needed between a wrap-up and a story; within one publisher a report may be rewritten."""
    if newcomer.short:
        return FLASHES
    within = newcomer.publisher != "" and newcomer.publisher == candidate.publisher
    if within and newcomer.series != candidate.series:
        return OTHER_SERIES_WITHIN_PUBLISHER
    alike = newcomer.wrapup == candidate.wrapup and newcomer.series == candidate.series
    if alike and candidate.step:
        return STEPS
    if within:
        return _choose_within(candidate, alike=alike)
    return RULES if alike else WITH_WRAPUP


def _choose_within(candidate: Candidate, *, alike: bool) -> RuleList:
    """The rules for a pair of one publisher."""
    if not alike:
        return WITH_WRAPUP_WITHIN_PUBLISHER
    if _is_written_anew(candidate):
        return ANEW
    return VERSIONS if candidate.resent else WITHIN_PUBLISHER


def _is_written_anew(candidate: Candidate) -> bool:
    return candidate.anew and WRITTEN_ANEW.holds(candidate.score)


def decide(
    newcomer: Newcomer,
    candidates: Sequence[Candidate],
    *,
    previous: Candidate | None = None,
    notified: str | None = None,
) -> Decision:
    """Which dispatch a version joins.

    Args:
        newcomer: the version to decide on.
        candidates: versions compared, the founder of each of their dispatches among them.
        previous: the version before it of the newcomer's own story.
        notified: the dispatch whose story a notice withdraws, found by its headline or slug.
    """
    if previous is not None and _is_same_story(newcomer, previous):
        return Decision(previous.dispatch_id, "same-story", previous, previous.score.share, 1)
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.dispatch_id, []).append(candidate)
    judged = [
        judge_group(newcomer, name, members)
        for name, members in groups.items()
        if any(map(_is_near, members))
    ]
    joined = [one for one in judged if one.rule]
    if joined:
        best, *others = sorted(joined, key=_rank)
        also = tuple(other.dispatch_id for other in others if other.dispatch_id)
        return _with_see_also(replace(best, also=also), judged)
    if notified is not None:
        return Decision(notified, "notice")
    return _with_see_also(Decision(None, "founded"), judged)


def _is_same_story(newcomer: Newcomer, previous: Candidate) -> bool:
    """False where the address now carries another day's report."""
    return (
        newcomer.notice
        or newcomer.revision
        or newcomer.short
        or previous.exact
        or previous.score.share >= SAME_STORY
    )


def _is_near(candidate: Candidate) -> bool:
    """False where too little is shared for any rule, and for a look: nearly all that is compared."""
    score = candidate.score
    return (
        candidate.exact
        or candidate.anew
        or score.share >= LEAST_SHARED
        or score.share_of_shorter >= LEAST_SHARED
    )


def judge_group(newcomer: Newcomer, name: str, members: Sequence[Candidate]) -> Decision:
    """The decision for this dispatch alone; its rule is empty where the newcomer does not fit."""
    rules = {member.version_id: match_candidate(newcomer, member) for member in members}
    agreement = sum([measure_member(member) for member in members]) / len(members)
    matched = [member for member in members if rules[member.version_id]]
    best = max(matched or members, key=lambda member: (member.exact, member.score.share, -member.version_id))
    kept_apart = any(_opens_again(newcomer, member) for member in members if not rules[member.version_id])
    fits = matched and (
        best.exact or (agreement >= MEAN_AGREEMENT and not kept_apart and not _has_drifted(members))
    )
    rule = (rules[best.version_id] or "") if fits else ""
    return Decision(name, rule, best, agreement, len(members))


def _opens_again(newcomer: Newcomer, member: Candidate) -> bool:
    """True if one publisher printed both under its standing opening: a copy elsewhere does not make them one."""
    return (
        newcomer.publisher == member.publisher != "" and member.score.leads and SAME_PAGE.holds(member.score)
    )


def _has_drifted(members: Sequence[Candidate]) -> bool:
    """True if the newcomer is too unlike the founder."""
    return any(member.founder and measure_member(member) < FOUNDER_AGREEMENT for member in members)


def measure_member(member: Candidate) -> float:
    """How much the newcomer agrees with this member, 0..1."""
    return 1.0 if member.exact or _is_written_anew(member) else measure_agreement(member.score)


def _rank(fit: Decision) -> tuple[bool, float, str]:
    """The sort key of dispatches that a newcomer fits, the best first."""
    best = fit.against
    exact, explained = (best.exact, best.score.share_of_longer) if best else (False, 0.0)
    return (not exact, -(fit.agreement + EXPLAINED * explained), fit.dispatch_id or "")


def _with_see_also(decision: Decision, judged: Iterable[Decision]) -> Decision:
    """The decision, with the other dispatches that share enough to be worth a look."""
    others = [
        (one.dispatch_id or "", one.against.score.share)
        for one in judged
        if one.against is not None
        and one.dispatch_id != decision.dispatch_id
        and one.against.score.share >= MEAN_AGREEMENT
    ]
    if not others:
        return decision
    kept = tuple(sorted(others, key=lambda other: (-other[1], other[0]))[:SEE_ALSO_KEPT])
    return replace(decision, see_also=kept)
