"""Why two versions stand together or apart: the functions that decide are asked again, and watched.

Texts and weights are those frozen on arrival, so the figures are those of the verdict; nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.errors import NotFoundError
from copytaster.store.decisions import find_versions, list_rulings_about
from copytaster.store.memberships import list_standings, read_places, read_standings
from copytaster.store.tables import memberships, signatures, stories, versions
from dedup.cache.version_cache import VersionCache
from dedup.candidates.shortlist import PER_DISPATCH
from dedup.candidates.traces import is_short
from dedup.decision.decide import (
    EXACT_WORDS,
    FOUNDER_AGREEMENT,
    MEAN_AGREEMENT,
    Candidate,
    Newcomer,
    decide,
    is_match,
)
from dedup.decision.rules import tell_agreement
from dedup.explain.rule_trace import Watch
from dedup.explain.sentences import Findings, sum_up
from dedup.explain.side_by_side import Copy, compare_sets, find_passages, trace_path
from dedup.explain.values import Agreement, Explanation, OnlyIn, Side, Standpoint, find_reason
from dedup.similarity.score import score_pair

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.decisions import DecisionRow
    from dedup.cache.known_version import Known
    from dedup.similarity.score import PairScore
    from settings import GroupingSettings

DECIDING = ("dedup.decision.decide", "dedup.decision.rules")
PASSAGES = 12
CHANGES = 12


def explain_pair(connection: Connection, one: str, other: str, settings: GroupingSettings) -> Explanation:
    """Why two stories or versions stand together or apart; of a story, its newest version that has been grouped.

    Raises:
        NotFoundError: one of them is unknown, or waits for grouping.
        UsageError: a reference cannot be read.
    """
    return explain_versions(connection, _choose(connection, one), _choose(connection, other), settings)


def explain_place(connection: Connection, reference: str, settings: GroupingSettings) -> Standpoint:
    """Why a story or version is where it is.

    Raises:
        NotFoundError: it is unknown, or waits for grouping.
        UsageError: the reference cannot be read.
    """
    version = _choose(connection, reference)
    side = _read_side(connection, version)
    against = find_reason(side.evidence)
    because = None
    if against is not None and read_standings(connection, [against]):
        because = explain_versions(connection, against, version, settings)
    named = tuple(row for row in list_rulings_about(connection, [side.dispatch]) if _names(row, version))
    return Standpoint(
        side,
        len(list_standings(connection, side.dispatch)),
        because,
        tuple(side.evidence.get("see_also") or ()),
        named,
    )


def explain_versions(connection: Connection, one: int, other: int, settings: GroupingSettings) -> Explanation:
    """Why two grouped versions stand together or apart; the one that came first is `one`."""
    first, second = sorted((one, other))
    shelf = VersionCache()
    known = shelf.get(connection, [first, second])
    left = Copy(_read_side(connection, first), known[first])
    right = Copy(_read_side(connection, second), known[second])
    score = score_pair(left.reading, right.reading)
    newcomer = _introduce(right, settings)
    watch = Watch(*DECIDING)
    candidate = _as_candidate(
        left.known, left.side.dispatch, right, watch.watch(score), founder=False, wrapup=left.known.wrapup
    )
    pair_rule = watch.run(is_match, newcomer, candidate)
    questions = tuple(watch.questions)
    agreement = _ask_dispatch(connection, shelf, left, right, newcomer)
    passages, changes = find_passages(left, right, score)
    path = trace_path(connection, left, right, settings)
    named = tuple(
        row
        for row in list_rulings_about(connection, [left.side.dispatch, right.side.dispatch])
        if _names(row, first) or _names(row, second)
    )
    together = left.side.dispatch == right.side.dispatch
    rule = str(right.side.evidence.get("rule", ""))
    found = Findings(left, right, score, pair_rule, questions, agreement, path, named, newcomer)
    return Explanation(
        left.side,
        right.side,
        together,
        rule,
        pair_rule,
        tuple(sum_up(found, together=together)),
        score,
        questions,
        agreement,
        tuple(passages[:PASSAGES]),
        max(0, len(passages) - PASSAGES),
        tuple(changes[:CHANGES]),
        max(0, len(changes) - CHANGES),
        compare_sets(left, right, "numbers"),
        compare_sets(left, right, "names"),
        OnlyIn(left.quote_furniture(), right.quote_furniture()),
        path,
        named,
    )


def _choose(connection: Connection, reference: str) -> int:
    grouped = read_standings(connection, find_versions(connection, reference))
    if not grouped:
        raise NotFoundError("waits for grouping", resource=reference, hint="copytaster group")
    return grouped[-1].version_id


def _names(row: DecisionRow, version: int) -> bool:
    """Whether it decides about this version; those beside a pinned one are not held."""
    return any(one.version_id == version and one.part != "beside" for one in row.versions)


def _read_side(connection: Connection, version: int) -> Side:
    (standing,) = read_standings(connection, [version])
    row = connection.execute(
        select(
            versions.c.number,
            versions.c.headline,
            versions.c.seen_at,
            versions.c.published_at,
            versions.c.agency,
            versions.c.agency_confidence,
            versions.c.agency_evidence,
            stories.c.publisher,
            stories.c.url,
            signatures.c.words,
            memberships.c.relation,
        )
        .join(stories, stories.c.id == versions.c.story_id)
        .join(signatures, signatures.c.version_id == versions.c.id)
        .join(memberships, memberships.c.version_id == versions.c.id)
        .where(versions.c.id == version)
    ).one()
    return Side(
        version,
        standing.story_id,
        row.number,
        row.publisher,
        row.url,
        row.headline,
        row.seen_at,
        row.published_at,
        row.words,
        standing.dispatch_id,
        row.relation,
        standing.evidence,
        row.agency,
        row.agency_confidence,
        row.agency_evidence,
    )


def _introduce(read: Copy, settings: GroupingSettings) -> Newcomer:
    known = read.known
    return Newcomer(
        read.side.version,
        read.side.story,
        read.side.publisher,
        wrapup=known.wrapup,
        revision=known.revision,
        notice=known.notice,
        short=is_short(read.reading.text, settings.min_words),
    )


def _as_candidate(
    known: Known, dispatch: str, newcomer: Copy, score: PairScore, *, founder: bool, wrapup: bool
) -> Candidate:
    ours, theirs = newcomer.reading.text, known.reading.text
    return Candidate(
        known.version.id,
        known.version.story_id,
        known.version.publisher,
        dispatch,
        score,
        exact=len(theirs) == len(ours) >= EXACT_WORDS and theirs.exact == ours.exact,
        founder=founder,
        wrapup=wrapup,
        revision=known.revision,
    )


def _ask_dispatch(
    connection: Connection, shelf: VersionCache, left: Copy, right: Copy, newcomer: Newcomer
) -> Agreement:
    """Would the dispatch of the earlier one take the later one, were it the only one there is?"""
    dispatch = left.side.dispatch
    founder = read_places(connection, [left.side.version])[left.side.version].founder_id
    before = [
        one.version_id
        for one in list_standings(connection, dispatch)
        if one.version_id < right.side.version and one.version_id not in {founder, left.side.version}
    ]
    compared = list(dict.fromkeys([founder, left.side.version, *before]))[:PER_DISPATCH]
    compared = [version for version in compared if version != right.side.version]
    known = shelf.get(connection, compared)
    begun_by_wrapup = founder in known and known[founder].wrapup
    candidates = [
        _as_candidate(
            known[version],
            dispatch,
            right,
            score_pair(known[version].reading, right.reading),
            founder=version == founder,
            wrapup=begun_by_wrapup or known[version].wrapup,
        )
        for version in compared
    ]
    verdict = decide(newcomer, candidates)
    shares = [1.0 if one.exact else tell_agreement(one.score) for one in candidates]
    beginning = next((share for one, share in zip(candidates, shares, strict=True) if one.founder), None)
    return Agreement(
        dispatch,
        verdict.dispatch_id is not None,
        verdict.rule,
        sum(shares) / max(1, len(shares)),
        MEAN_AGREEMENT,
        beginning,
        FOUNDER_AGREEMENT,
        len(candidates),
    )
