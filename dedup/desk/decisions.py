"""What people do with dispatches: split, merge, pin, unpin, undo. Each is one transaction; the index follows.

The store keeps for ever who decided what, when and why. The same call again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from copytaster.errors import CopytasterError, NotFoundError, UsageError
from copytaster.identity import name_dispatch
from copytaster.store.decisions import (
    DecidedVersion,
    add_decision,
    close_decision,
    find_versions,
    read_decision,
    read_grouping_decisions,
)
from copytaster.store.dispatches import resolve_id
from copytaster.store.memberships import is_taken, list_grouped_members, read_grouped_members
from copytaster.store.revisions import hold_grouping
from copytaster.store.versions import find_stories, list_versions, read_identity
from dedup.decision.overrides import DESK
from dedup.desk.moves import find_followers, find_ways_back, move, refuse_contradictions, rejoin_decisions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.decisions import DecisionRow
    from copytaster.store.engine import Store
    from copytaster.store.memberships import GroupedMember
    from dedup.desk.rehearsal import Rehearsal

_NAMES = 100  # tries at a free id


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The outcome of a decision.

    Attributes:
        decision: its number, for undoing it.
        changed: False if it was in force already and nothing was written.
        dispatch: where the stories it names are now.
        others: the other dispatches that it changed, e.g. the rest of one that was split.
    """

    decision: int = field(metadata={"json": "ruling"})
    kind: str
    changed: bool
    dispatch: str
    others: tuple[str, ...] = ()


def split(
    store: Store | Rehearsal,
    references: Sequence[str],
    *,
    who: str,
    why: str,
    out_of: str | None = None,
    into: str | None = None,
    with_copies: bool = False,
) -> DecisionResult:
    """Take stories out of their dispatch into one of their own, or into another; the rest keeps the id.

    The rules never join them again. Later copies go to the part they are more like.

    Args:
        store: the record.
        references: stories or versions, as `find_versions` reads them.
        who: decides.
        why: is kept with it.
        out_of: the dispatch they are taken from; needed where a story has versions in several.
        into: an existing dispatch to put them into.
        with_copies: take the copies along that were joined because they are like these.

    Raises:
        NotFoundError: a story or dispatch is unknown.
        UsageError: they are not in one dispatch, or nothing would be left.
    """
    with store.write() as connection:
        hold_grouping(connection)
        source, taken = _find_taken(connection, references, out_of)
        members = list_grouped_members(connection, source)
        if with_copies:
            start = {one.version_id: source for one in taken}
            copies = find_followers(members, start, named=frozenset())
            taken = [one for one in members if one.version_id in start or one.version_id in copies]
        names = frozenset(one.version_id for one in taken)
        known = _find_same(connection, "split", "taken", names)
        if known is not None and (into is None or resolve_id(connection, into) == source):
            rest = {one.was_in for one in known.versions if one.part == "taken"}
            others = {resolve_id(connection, name) for name in rest} - {source}
            return DecisionResult(
                known.id, "split", changed=False, dispatch=source, others=tuple(sorted(others))
            )
        if len(taken) == len(members) and into is None:
            raise UsageError(
                "nothing would be left in it", resource=f"dispatch {source}", hint="name some of its stories"
            )
        target = _choose_target(connection, source, taken[0], into)
        named = [_name(one, "taken" if one.version_id in names else "rest", target) for one in members]
        named += [
            DecidedVersion(one.version_id, one.story_id, "target", target, target)
            for one in list_grouped_members(connection, target)
        ]
        return _decide(connection, "split", named, dict.fromkeys(names, target), who=who, why=why)


def merge(store: Store | Rehearsal, dispatch_ids: Sequence[str], *, who: str, why: str) -> DecisionResult:
    """Make dispatches one. The one that began first keeps its id; the other ids redirect to it.

    Raises:
        NotFoundError: a dispatch is unknown.
        UsageError: fewer than two are named.
    """
    if len(dispatch_ids) < 2:  # noqa: PLR2004
        raise UsageError("one dispatch cannot be merged", hint="name two or more")
    with store.write() as connection:
        hold_grouping(connection)
        names = list(dict.fromkeys(resolve_id(connection, name) for name in dispatch_ids))
        members = {name: list_grouped_members(connection, name) for name in names}
        kept, *merged = sorted(names, key=lambda name: members[name][0].version_id)
        if not merged:
            known = next((row.id for row in _find_in_force(connection, members[kept], "merge")), 0)
            return DecisionResult(known, "merge", changed=False, dispatch=kept)
        named = [
            DecidedVersion(one.version_id, one.story_id, "kept" if name == kept else "merged", name, kept)
            for name in (kept, *merged)
            for one in members[name]
        ]
        targets = {one.version_id: kept for one in named if one.part == "merged"}
        return _decide(connection, "merge", named, targets, who=who, why=why)


def pin(store: Store | Rehearsal, references: Sequence[str], *, who: str, why: str) -> list[DecisionResult]:
    """Hold stories, their later versions too, in the dispatch where they are, whatever the rules say.

    Raises:
        NotFoundError: a story is unknown, or waits for grouping.
    """
    with store.write() as connection:
        hold_grouping(connection)
        return [_pin(connection, story, who=who, why=why) for story in _find_stories(connection, references)]


def unpin(store: Store | Rehearsal, references: Sequence[str], *, who: str, why: str) -> list[DecisionResult]:
    """Let pinned stories go; they stay where they are until something is regrouped.

    Raises:
        NotFoundError: a story is unknown, or not pinned.
    """
    with store.write() as connection:
        hold_grouping(connection)
        done = []
        for story in _find_stories(connection, references):
            for row in _find_pins(connection, story):
                close_decision(connection, row.id, who=who, why=why, at=datetime.now(UTC))
                done.append(
                    DecisionResult(row.id, "pin", changed=True, dispatch=_place_of(connection, story))
                )
        if not done:
            raise NotFoundError("not pinned", resource=", ".join(references))
        return done


def undo(store: Store | Rehearsal, decision_id: int, *, who: str, why: str) -> DecisionResult:
    """Undo a decision: what it moved returns, with the copies that came since because of it.

    Raises:
        NotFoundError: there is no such decision.
        UsageError: a later decision rests on it.
    """
    with store.write() as connection:
        hold_grouping(connection)
        row = read_decision(connection, decision_id)
        first = next(one for one in row.versions if one.part in {"taken", "merged", "held"})
        if not row.in_force:
            (standing,) = read_grouped_members(connection, [first.version_id])
            return DecisionResult(row.id, row.kind, changed=False, dispatch=standing.dispatch_id)
        now = datetime.now(UTC)
        close_decision(connection, row.id, who=who, why=why, at=now)
        targets, evidence = find_ways_back(connection, row)
        rejoin_decisions(connection, row, targets)
        touched = move(connection, targets, evidence, at=now)
        refuse_contradictions(connection, targets)
        (standing,) = read_grouped_members(connection, [first.version_id])
        others = tuple(name for name in touched if name != standing.dispatch_id)
        return DecisionResult(row.id, row.kind, changed=True, dispatch=standing.dispatch_id, others=others)


# --- what is named -----------------------------------------------------------------------------------------


def _find_taken(
    connection: Connection, references: Sequence[str], out_of: str | None
) -> tuple[str, list[GroupedMember]]:
    """The dispatch and the versions of it that are meant."""
    wanted = sorted({version for reference in references for version in find_versions(connection, reference)})
    standings = read_grouped_members(connection, wanted)
    if out_of is not None:
        source = resolve_id(connection, out_of)
        inside = [one for one in standings if one.dispatch_id == source]
        standings = inside or _find_taken_before(connection, standings, source)
    if not standings:
        raise NotFoundError(
            "not in it" if out_of else "waits for grouping", resource=", ".join(references), hint=out_of or ""
        )
    places = sorted({one.dispatch_id for one in standings})
    if len(places) > 1:
        raise UsageError(
            f"they are in {len(places)} dispatches: {', '.join(places)}", hint="say out of which one"
        )
    return places[0], standings


def _find_taken_before(
    connection: Connection, standings: list[GroupedMember], source: str
) -> list[GroupedMember]:
    """Those versions, if a split in force has taken just them out of this dispatch: the same call again."""
    names = frozenset(one.version_id for one in standings)
    known = _find_same(connection, "split", "taken", names)
    if known is None or not any(one.part == "taken" and one.was_in == source for one in known.versions):
        return []
    return standings


def _find_stories(connection: Connection, references: Sequence[str]) -> list[int]:
    """Story ids in the order they are named."""
    ids = [version for reference in references for version in find_versions(connection, reference)]
    story_of = find_stories(connection, ids)
    return list(dict.fromkeys(story_of[version] for version in ids))


def _place_of(connection: Connection, story: int) -> str:
    """The dispatch of a story's newest version."""
    standings = read_grouped_members(connection, list_versions(connection, story))
    if not standings:
        raise NotFoundError("waits for grouping", resource=f"story {story}", hint="copytaster group")
    return standings[-1].dispatch_id


def _choose_target(connection: Connection, source: str, first: GroupedMember, into: str | None) -> str:
    if into is not None:
        target = resolve_id(connection, into)
        if target == source:
            raise UsageError("they are in it", resource=f"dispatch {target}")
        return target
    return find_free_name(connection, first.version_id)


def find_free_name(connection: Connection, founder: int) -> str:
    """The id of a dispatch that begins with this version; another one if that is in use by others.

    Raises:
        CopytasterError: every id that is tried is in use.
    """
    identity, number = read_identity(connection, founder)
    for turn in range(_NAMES):
        name = name_dispatch(identity if not turn else f"{identity}\nsplit {turn}", number)
        if not is_taken(connection, name):
            return name
    raise CopytasterError("no free id", resource=identity)


def _name(one: GroupedMember, part: Literal["taken", "rest"], target: str) -> DecidedVersion:
    now_in = target if part == "taken" else one.dispatch_id
    return DecidedVersion(one.version_id, one.story_id, part, one.dispatch_id, now_in)


def _find_same(connection: Connection, kind: str, part: str, names: frozenset[int]) -> DecisionRow | None:
    """The newest decision about these versions, if it is the same one."""
    about = [row for row in read_grouping_decisions(connection) if _names_any(row, names)]
    if not about or about[-1].kind != kind:
        return None
    same = frozenset(one.version_id for one in about[-1].versions if one.part == part) == names
    return about[-1] if same else None


def _names_any(row: DecisionRow, names: frozenset[int]) -> bool:
    return any(one.version_id in names for one in row.versions)


def _find_in_force(connection: Connection, members: Sequence[GroupedMember], kind: str) -> list[DecisionRow]:
    names = frozenset(one.version_id for one in members)
    rows = read_grouping_decisions(connection)
    return [row for row in reversed(rows) if row.kind == kind and _names_any(row, names)]


# --- pins --------------------------------------------------------------------------------------------------


def _find_pins(connection: Connection, story: int) -> list[DecisionRow]:
    return [
        row
        for row in read_grouping_decisions(connection)
        if row.kind == "pin" and any(one.part == "held" and one.story_id == story for one in row.versions)
    ]


def _pin(connection: Connection, story: int, *, who: str, why: str) -> DecisionResult:
    place = _place_of(connection, story)
    members = list_grouped_members(connection, place)
    held = [one for one in members if one.story_id == story]
    for row in _find_pins(connection, story):
        names = {one.version_id for one in row.versions if one.part == "held"}
        if names & {one.version_id for one in held} and place == resolve_id(
            connection, row.versions[0].now_in
        ):
            return DecisionResult(row.id, "pin", changed=False, dispatch=place)
        close_decision(connection, row.id, who=who, why="pinned elsewhere", at=datetime.now(UTC))
    named = [
        DecidedVersion(
            one.version_id, one.story_id, "held" if one.story_id == story else "beside", place, place
        )
        for one in members
    ]
    return _decide(connection, "pin", named, {}, who=who, why=why)


# --- keeping a decision ------------------------------------------------------------------------------------


def _decide(
    connection: Connection,
    kind: str,
    named: Sequence[DecidedVersion],
    targets: Mapping[int, str],
    *,
    who: str,
    why: str,
) -> DecisionResult:
    now = datetime.now(UTC)
    decision = add_decision(connection, kind, named, who=who, why=why, at=now)
    before = {one.version_id: one for one in read_grouped_members(connection, sorted(targets))}
    evidence = {
        version: {**one.evidence, "rule": DESK, "ruling": decision, "before": one.evidence}
        for version, one in before.items()
    }
    touched = move(connection, targets, evidence, at=now)
    refuse_contradictions(connection, [one.version_id for one in named])
    place = next(one.now_in for one in named if one.part in {"taken", "kept", "held"})
    others = tuple(name for name in touched if name != place)
    return DecisionResult(decision, kind, changed=True, dispatch=place, others=others)
