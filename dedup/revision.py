"""A dispatch's new revision after its members changed: the canonical version, each member's relation to it, the state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.canonical import Claim, choose_canonical, is_own
from copytaster.chain import NOTICES, find_head, read_markers
from copytaster.store.grouping import DispatchState, read_members, revise, set_relations
from copytaster.store.installation import next_changes
from copytaster.store.lineage import Descent, set_descents
from dedup.lineage import Lineage, trace_lineage
from dedup.relation import describe
from dedup.score import score_pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from copytaster.store.grouping import Member
    from dedup.relation import Relation
    from dedup.shelf import Shelf
    from dedup.text import Text

NOT_YET = ""  # a relation that is told before the transaction ends
DESCRIBED = 400  # members compared anew when another version becomes canonical


def revise_dispatches(connection: Connection, dispatch_ids: Iterable[str], shelf: Shelf) -> None:
    """Give each of these dispatches its new revision, change number and outbox row; those without members are left."""
    found = {name: read_members(connection, name) for name in dict.fromkeys(dispatch_ids)}
    changed = {name: members for name, members in found.items() if members}
    changes = next_changes(connection, len(changed))
    states = [
        _revise(connection, name, members, change, shelf)
        for (name, members), change in zip(changed.items(), changes, strict=True)
    ]
    revise(connection, states, at=datetime.now(UTC))


def _revise(
    connection: Connection, dispatch_id: str, members: Sequence[Member], change: int, shelf: Shelf
) -> DispatchState:
    lineage = Lineage()
    if len(members) > 1:
        lineage = trace_lineage(members, lambda ids: _read_texts(connection, ids, shelf))
    set_descents(connection, list(_list_descents(members, lineage)))
    canonical = choose_head(members, lineage)
    if len(members) > 1:
        set_relations(connection, _tell_relations(connection, members, canonical, lineage, shelf))
    withdrawn = lineage.withdrawn if lineage.chain else all(map(_is_notice, members))
    return DispatchState(
        dispatch_id,
        change,
        "withdrawn" if withdrawn else "live",
        canonical,
        min(member.seen_at for member in members),
        max(member.seen_at for member in members),
    )


def _read_texts(connection: Connection, ids: Sequence[int], shelf: Shelf) -> dict[int, Text]:
    return {version: known.reading.text for version, known in shelf.get(connection, ids).items()}


def choose_head(members: Sequence[Member], lineage: Lineage) -> int:
    """The version that stands for all: the newest text of the agency's own chain, else the best claim."""
    own = {member.version_id for member in members if _is_own(member)} if lineage.own else set()
    head = find_head([step for step in lineage.chain if step.version_id in own])
    if head is not None:
        return head.version_id
    return choose_canonical(_claim(member) for member in members)


def _list_descents(members: Sequence[Member], lineage: Lineage) -> Iterator[Descent]:
    """What is not stored as it should be."""
    places = lineage.places
    for member in members:
        version = member.version_id
        place, carries = places.get(version), lineage.carries.get(version)
        outdated = version in lineage.outdated
        if (member.place, member.carries, member.outdated) != (place, carries, outdated):
            yield Descent(version, place, carries, outdated)


def _claim(member: Member) -> Claim:
    return Claim(
        member.version_id,
        member.story_id,
        own=_is_own(member),
        at=member.at,
        seen_at=member.seen_at,
        words=member.words,
        notice=_is_notice(member),
    )


def _is_notice(member: Member) -> bool:
    return read_markers(member.markers)[0] in NOTICES


def _is_own(member: Member) -> bool:
    return is_own(member.publisher, member.agency)


def _tell_relations(
    connection: Connection, members: Sequence[Member], canonical: int, lineage: Lineage, shelf: Shelf
) -> dict[int, Relation]:
    """The relations that are not yet as they should be.

    A copy stands to the agency version that it carries, or to the canonical version where none is known. While that
    stays, only those that came in with this batch are compared.
    """
    stands = next(member for member in members if member.version_id == canonical)
    moved = stands.relation != "original"
    words = {member.version_id: member.words for member in members}
    told: dict[int, Relation] = {canonical: "original"}
    chain = lineage.places if lineage.own else {}
    first_of: dict[int, int] = {}
    for member in members:
        first = first_of.setdefault(member.story_id, member.version_id)
        if member.version_id != canonical and (
            member.story_id == stands.story_id or first != member.version_id or member.version_id in chain
        ):
            told[member.version_id] = "version"
    beside = {
        member.version_id: lineage.carries.get(member.version_id, canonical)
        for member in members
        if member.version_id not in told and _is_untold(member, lineage, moved=moved)
    }
    fresh = dict(list(beside.items())[-DESCRIBED:])
    readings = shelf.get(connection, {*fresh, *fresh.values()}) if fresh else {}
    for version, other in fresh.items():
        told[version] = describe(
            score_pair(readings[version].reading, readings[other].reading),
            member_words=words[version],
            canonical_words=words[other],
        )
    old = {member.version_id: member.relation for member in members}
    return {version: relation for version, relation in told.items() if old[version] != relation}


def _is_untold(member: Member, lineage: Lineage, *, moved: bool) -> bool:
    carried = lineage.carries.get(member.version_id)
    if member.relation in {NOT_YET, "version", "original"} or carried != member.carries:
        return True
    return moved and carried is None
