"""A dispatch's new revision after its members changed: the canonical version, each member's relation to it, the state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.canonical import Claim, choose_canonical, is_own
from copytaster.store.grouping import DispatchState, read_members, revise, set_relations
from copytaster.store.installation import next_changes
from dedup.relation import describe
from dedup.score import score_pair
from dedup.shelf import NOTICES, kinds_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.grouping import Member, StoredVersion
    from dedup.relation import Relation
    from dedup.score import PairScore
    from dedup.shelf import Shelf

NOT_YET = ""  # a relation that is told before the transaction ends
DESCRIBED = 400  # members compared anew when another version becomes canonical


def revise_dispatches(
    connection: Connection,
    changed: Mapping[str, StoredVersion | None],
    shelf: Shelf,
    scores: Mapping[tuple[int, int], PairScore],
) -> None:
    """Give each of these dispatches its new revision, change number and outbox row.

    Args:
        connection: the transaction that changed them.
        changed: dispatch -> its only version, or None where there are more.
        shelf: the texts at hand.
        scores: pairs that have been compared, the lower version id first.
    """
    changes = next_changes(connection, len(changed))
    grown = [dispatch_id for dispatch_id, only in changed.items() if only is None]
    members = read_members(connection, grown)
    relations: dict[int, Relation] = {}
    states = []
    for (dispatch_id, only), change in zip(changed.items(), changes, strict=True):
        if only is None:
            states.append(_summarise(dispatch_id, change, members[dispatch_id]))
            if len(members[dispatch_id]) > 1:
                stands = states[-1].canonical_id
                relations |= _tell_relations(connection, members[dispatch_id], stands, shelf, scores)
        else:
            state = "withdrawn" if kinds_of(only.markers) & NOTICES else "live"
            states.append(DispatchState(dispatch_id, change, state, only.id, only.seen_at, only.seen_at))
    set_relations(connection, relations)
    revise(connection, states, at=datetime.now(UTC))


def _summarise(dispatch_id: str, change: int, members: Sequence[Member]) -> DispatchState:
    return DispatchState(
        dispatch_id,
        change,
        "withdrawn" if is_withdrawn(members) else "live",
        choose_canonical(_claim(member) for member in members),
        min(member.seen_at for member in members),
        max(member.seen_at for member in members),
    )


def _claim(member: Member) -> Claim:
    return Claim(
        member.version_id,
        member.story_id,
        own=is_own(member.publisher, member.agency),
        at=member.at,
        seen_at=member.seen_at,
        words=member.words,
        notice=_is_notice(member),
    )


def _is_notice(member: Member) -> bool:
    return bool(kinds_of(member.markers) & NOTICES)


def is_withdrawn(members: Sequence[Member]) -> bool:
    """The agency's own newest word on the story is that it is taken down.

    Where no agency's own copy is among the members, the word of whoever told it first counts.
    """
    own = [member for member in members if is_own(member.publisher, member.agency)]
    first = min(members, key=lambda member: member.version_id)
    heard = own or [member for member in members if member.publisher == first.publisher]
    return _is_notice(max(heard, key=lambda member: member.version_id))


def _tell_relations(
    connection: Connection,
    members: Sequence[Member],
    canonical: int,
    shelf: Shelf,
    scores: Mapping[tuple[int, int], PairScore],
) -> dict[int, Relation]:
    """The relations that are not yet as they should be.

    While the canonical version stays, only those that came in with this batch are new.
    """
    stands = next(member for member in members if member.version_id == canonical)
    moved = stands.relation != "original"
    told: dict[int, Relation] = {canonical: "original"}
    first_of: dict[int, int] = {}
    for member in members:
        first = first_of.setdefault(member.story_id, member.version_id)
        if member.version_id != canonical and (
            member.story_id == stands.story_id or first != member.version_id
        ):
            told[member.version_id] = "version"
    open_ones = [member for member in members if member.version_id not in told]
    fresh = [member for member in open_ones if moved or member.relation == NOT_YET][-DESCRIBED:]
    pairs = {member.version_id: _pair(member.version_id, canonical) for member in fresh}
    unknown = [version for version, pair in pairs.items() if pair not in scores]
    readings = shelf.get(connection, [canonical, *unknown]) if unknown else {}
    for member in fresh:
        score = scores.get(pairs[member.version_id])
        if score is None:
            score = score_pair(readings[member.version_id].reading, readings[canonical].reading)
        told[member.version_id] = describe(score, member_words=member.words, canonical_words=stands.words)
    old = {member.version_id: member.relation for member in members}
    return {version: relation for version, relation in told.items() if old[version] != relation}


def _pair(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)
