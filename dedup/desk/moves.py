"""Moves the versions that a manual decision names, with the decisions and dispatches that depend on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copytaster.errors import UsageError
from copytaster.store.decisions import (
    add_decided_versions,
    read_grouping_decisions,
)
from copytaster.store.dispatches import resolve_id
from copytaster.store.lineage import find_partners
from copytaster.store.memberships import list_grouped_members, read_grouped_members
from copytaster.store.moves import move_members, open_dispatch, reseat
from dedup.cache.version_cache import VersionCache
from dedup.grouping.override_cache import read_decisions_in_force
from dedup.lineage.revision import revise_dispatches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.decisions import DecisionRow
    from copytaster.store.memberships import GroupedMember

GROUP_PARTS = frozenset({"rest", "target", "kept", "merged", "beside"})  # named as members of their dispatch


def move(
    connection: Connection,
    targets: Mapping[int, str],
    evidence: Mapping[int, Mapping[str, Any]],
    *,
    at: datetime,
) -> list[str]:
    """Move versions, redirect emptied ids, and revise every dispatch concerned; gives back those with members."""
    if not targets:
        return []
    before = [one.dispatch_id for one in read_grouped_members(connection, sorted(targets))]
    for target in dict.fromkeys(targets.values()):
        open_dispatch(connection, target, min(one for one, name in targets.items() if name == target))
    move_members(connection, targets, evidence)
    live = reseat(connection, [*before, *targets.values()], sorted(targets), at=at)
    partners = find_partners(
        connection, sorted(targets)
    )  # their documents name the dispatches they belong with
    revise_dispatches(connection, [*live, *partners], VersionCache())
    return live


def find_ways_back(
    connection: Connection, row: DecisionRow
) -> tuple[dict[int, str], dict[int, Mapping[str, Any]]]:
    """Version -> the dispatch it returns to, and its evidence from before; those moved on by others stay."""
    moved = {one.version_id: one for one in row.versions if one.part in {"taken", "merged"}}
    if not moved:
        return {}, {}
    standings = {one.version_id: one for one in read_grouped_members(connection, sorted(moved))}
    places = {one.now_in: resolve_id(connection, one.now_in) for one in moved.values()}
    targets: dict[int, str] = {}
    for version, one in moved.items():
        if standings[version].dispatch_id == places[one.now_in]:
            back = one.was_in if row.kind == "merge" else resolve_id(connection, one.was_in)
            targets[version] = back
    named = frozenset(one.version_id for one in row.versions)
    for place in dict.fromkeys(places.values()):
        members = list_grouped_members(connection, place)
        start = {
            version: back for version, back in targets.items() if standings[version].dispatch_id == place
        }
        for version, back in find_followers(members, start, named=named).items():
            targets[version] = back
            standings[version] = next(one for one in members if one.version_id == version)
    targets = {version: back for version, back in targets.items() if standings[version].dispatch_id != back}
    evidence = {version: _evidence_before(standings[version].evidence, row.id) for version in targets}
    return targets, evidence


def rejoin_decisions(connection: Connection, row: DecisionRow, targets: Mapping[int, str]) -> None:
    """Add versions that return to a dispatch to the later decisions about it: they would have been there."""
    later = [one for one in read_grouping_decisions(connection) if one.id > row.id]
    for dispatch in dict.fromkeys(targets.values()) if later else ():
        members = {one.version_id for one in list_grouped_members(connection, dispatch)}
        back = [version for version, name in targets.items() if name == dispatch]
        for decision in later:
            there = [
                one for one in decision.versions if one.version_id in members and one.part in GROUP_PARTS
            ]
            known = {one.version_id for one in decision.versions}
            for standing in read_grouped_members(connection, sorted(set(back) - known)) if there else ():
                named = replace(there[0], version_id=standing.version_id, story_id=standing.story_id)
                add_decided_versions(connection, decision.id, [named])


def _evidence_before(evidence: Mapping[str, Any], decision_id: int) -> Mapping[str, Any]:
    before = evidence.get("before")
    return before if isinstance(before, dict) and evidence.get("ruling") == decision_id else evidence


def find_followers(
    members: Sequence[GroupedMember], start: Mapping[int, str], *, named: frozenset[int]
) -> dict[int, str]:
    """Version -> target of those members that came because of those in `start`: versions of their stories, and copies.

    A copy goes with the version that it was found most like; in order of arrival, so copies of copies go too.
    """
    found = dict(start)
    story_goes = {one.story_id: start[one.version_id] for one in members if one.version_id in start}
    for one in members:
        if one.version_id in found or one.version_id in named:
            continue
        against = one.evidence.get("against")
        target = story_goes.get(one.story_id) or found.get(against if isinstance(against, int) else -1)
        if target is not None and one.version_id > min(start):
            found[one.version_id] = target
            story_goes.setdefault(one.story_id, target)
    return {version: target for version, target in found.items() if version not in start}


def refuse_contradictions(connection: Connection, concerned: Iterable[int]) -> None:
    """Refuse what contradicts a decision in force; the transaction is then rolled back.

    Raises:
        UsageError: it names the newest decision that is contradicted.
    """
    wanted = set(concerned)
    decisions = read_decisions_in_force(connection)
    places = decisions.find_all(lambda ids: _read_places(connection, ids))
    broken = [pair for pair in decisions.contradictions(places) if wanted & set(pair)]
    if broken:
        naming = Counter(number for pair in broken for number in decisions.about(*pair))
        newest = max(naming)
        raise UsageError(
            "another decision says otherwise",
            resource=f"decision {newest}",
            hint=f"first: copytaster dispatch undo {newest}",
        )


def _read_places(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    return {one.version_id: one.dispatch_id for one in read_grouped_members(connection, sorted(ids))}
