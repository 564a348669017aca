"""Why two versions are in one dispatch or in two: the live rules run again, and every bound they compare is kept.

Texts and weights are those frozen on arrival, so the numbers are those of the decision. Nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import NotFoundError
from copytaster.store.decisions import find_versions, list_decisions_about
from copytaster.store.memberships import (
    list_grouped_members,
    read_dispatch_refs,
    read_grouped_members,
    read_grouped_version,
)
from copytaster.store.relations import read_relations
from dedup.cache.version_cache import VersionCache
from dedup.candidates.shortlist import PER_DISPATCH
from dedup.decision.decide import (
    FOUNDER_AGREEMENT,
    MEAN_AGREEMENT,
    choose_rules,
    decide,
    match_candidate,
    measure_member,
)
from dedup.explain.rule_trace import trace_rules
from dedup.explain.sentences import Findings, sum_up
from dedup.explain.side_by_side import Copy, compare_sets, find_passages, trace_path
from dedup.explain.values import DispatchAgreement, Explanation, OnlyIn, Placement, find_reason
from dedup.grouping.participants import make_candidate, make_newcomer
from dedup.similarity.score import score_pair

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.decisions import DecisionRow
    from copytaster.store.relations import RelationRow
    from dedup.decision.decide import Candidate, Newcomer
    from settings import GroupingSettings

PASSAGES = 12
CHANGES = 12


def explain_pair(connection: Connection, one: str, other: str, settings: GroupingSettings) -> Explanation:
    """Why two stories or versions are in one dispatch or in two; of a story, its newest grouped version counts.

    Raises:
        NotFoundError: one of them is unknown, or waits for grouping.
        UsageError: a reference cannot be read.
    """
    return explain_versions(connection, _choose(connection, one), _choose(connection, other), settings)


def explain_place(connection: Connection, reference: str, settings: GroupingSettings) -> Placement:
    """Why a story or version is in its dispatch.

    Raises:
        NotFoundError: it is unknown, or waits for grouping.
        UsageError: the reference cannot be read.
    """
    version = _choose(connection, reference)
    side = read_grouped_version(connection, version)
    against = find_reason(side.evidence)
    because = None
    if against is not None and read_grouped_members(connection, [against]):
        because = explain_versions(connection, against, version, settings)
    return Placement(
        side=side,
        members=len(list_grouped_members(connection, side.dispatch)),
        because=because,
        see_also=tuple(side.evidence.get("see_also") or ()),
        decisions=_list_decisions(connection, [side.dispatch], {version}),
    )


def explain_versions(connection: Connection, one: int, other: int, settings: GroupingSettings) -> Explanation:
    """Why two grouped versions are in one dispatch or in two; `one` of the explanation arrived first."""
    first, second = sorted((one, other))
    cache = VersionCache()
    known = cache.get(connection, [first, second])
    left = Copy(read_grouped_version(connection, first), known[first])
    right = Copy(read_grouped_version(connection, second), known[second])
    score = score_pair(left.reading, right.reading)
    newcomer = make_newcomer(right.known, min_words=settings.min_words)
    candidate = make_candidate(
        left.known, right.known, score, dispatch_id=left.side.dispatch, founder=False, begun=None
    )
    judged = not candidate.exact
    found = Findings(
        left=left,
        right=right,
        score=score,
        pair_rule=match_candidate(newcomer, candidate),
        traces=trace_rules(choose_rules(newcomer, candidate), score)[1] if judged else (),
        agreement=_agree_with_dispatch(connection, cache, left, right, newcomer),
        path=trace_path(connection, left, right, settings),
        decisions=_list_decisions(connection, [left.side.dispatch, right.side.dispatch], {first, second}),
        newcomer=newcomer,
        relation=_find_relation(connection, left.side.dispatch, right.side.dispatch),
    )
    return _explain(found)


def _find_relation(connection: Connection, one: str, other: str) -> RelationRow | None:
    rows = read_relations(connection, [one])[one]
    return next((row for row in rows if other in {row.dispatch_id, row.other_dispatch}), None)


def _explain(found: Findings) -> Explanation:
    left, right = found.left, found.right
    passages, changes = find_passages(left, right, found.score)
    together = left.side.dispatch == right.side.dispatch
    return Explanation(
        one=left.side,
        other=right.side,
        together=together,
        rule=str(right.side.evidence.get("rule", "")),
        pair_rule=found.pair_rule,
        why=tuple(sum_up(found, together=together)),
        score=found.score,
        traces=found.traces,
        agreement=found.agreement,
        passages=tuple(passages[:PASSAGES]),
        passages_left_out=max(0, len(passages) - PASSAGES),
        changes=tuple(changes[:CHANGES]),
        changes_left_out=max(0, len(changes) - CHANGES),
        numbers=compare_sets(left, right, "numbers"),
        names=compare_sets(left, right, "names"),
        boilerplate=OnlyIn(left.quote_boilerplate(), right.quote_boilerplate()),
        path=found.path,
        relation=found.relation,
        decisions=found.decisions,
    )


def _choose(connection: Connection, reference: str) -> int:
    grouped = read_grouped_members(connection, find_versions(connection, reference))
    if not grouped:
        raise NotFoundError("waits for grouping", resource=reference, hint="copytaster group")
    return grouped[-1].version_id


def _list_decisions(
    connection: Connection, dispatches: list[str], versions: set[int]
) -> tuple[DecisionRow, ...]:
    """The manual decisions that name one of these versions; one that a pin only keeps company is not named."""
    return tuple(
        row
        for row in list_decisions_about(connection, dispatches)
        if any(named.version_id in versions and named.part != "beside" for named in row.versions)
    )


def _agree_with_dispatch(
    connection: Connection, cache: VersionCache, left: Copy, right: Copy, newcomer: Newcomer
) -> DispatchAgreement:
    """Whether the dispatch of the earlier version would take the later one, if there were no other dispatch."""
    candidates = _list_candidates(connection, cache, left, right)
    decision = decide(newcomer, candidates)
    shares = [measure_member(one) for one in candidates]
    with_founder = next((share for one, share in zip(candidates, shares, strict=True) if one.founder), None)
    return DispatchAgreement(
        dispatch=left.side.dispatch,
        joins=decision.dispatch_id is not None,
        rule=decision.rule,
        mean=sum(shares) / max(1, len(shares)),
        needed=MEAN_AGREEMENT,
        with_founder=with_founder,
        founder_needed=FOUNDER_AGREEMENT,
        compared=len(candidates),
    )


def _list_candidates(connection: Connection, cache: VersionCache, left: Copy, right: Copy) -> list[Candidate]:
    """Members of the earlier version's dispatch that arrived before the later one: its founder and itself first."""
    dispatch = left.side.dispatch
    founder = read_dispatch_refs(connection, [left.side.version])[left.side.version].founder_id
    members = [one.version_id for one in list_grouped_members(connection, dispatch)]
    before = [version for version in members if version < right.side.version]
    compared = list(dict.fromkeys([founder, left.side.version, *before]))[:PER_DISPATCH]
    compared = [version for version in compared if version != right.side.version]
    known = cache.get(connection, compared)
    return [
        make_candidate(
            known[version],
            right.known,
            score_pair(known[version].reading, right.reading),
            dispatch_id=dispatch,
            founder=version == founder,
            begun=known.get(founder),
        )
        for version in compared
    ]
