"""What people decide about relations: confirm, reject, fold. Each is one transaction, kept for ever, and can be undone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.decisions import (
    RELATION_KINDS,
    DecidedVersion,
    add_decision,
    close_decision,
    list_decisions_about,
    read_decision,
)
from copytaster.store.dispatches import resolve_id
from copytaster.store.memberships import read_grouped_members
from copytaster.store.relations import (
    CONFIRMED,
    PROPOSED,
    REJECTED,
    list_pairs,
    list_pairs_of,
    set_state,
)
from copytaster.store.revisions import hold_grouping
from dedup.desk.decisions import DecisionResult, merge, undo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from copytaster.store.decisions import DecisionRow
    from copytaster.store.engine import Store
    from dedup.desk.rehearsal import Rehearsal

RelationKind = Literal["confirm", "reject"]
_STATES = {"confirm": CONFIRMED, "reject": REJECTED}
_ONE, _OTHER = "one", "other"  # parts: the versions of either dispatch


def decide_relation(
    store: Store | Rehearsal, kind: RelationKind, one: str, other: str, *, who: str, why: str
) -> DecisionResult:
    """Confirm or reject that one dispatch tells the other's news; later versions of both inherit it.

    Raises:
        NotFoundError: a dispatch is unknown, or they are not related.
        UsageError: both are one dispatch.
    """
    with store.write() as connection:
        hold_grouping(connection)
        ours, theirs = _resolve_pair(connection, one, other)
        pairs = _find_pairs(connection, ours, theirs)
        standing = _find_standing(connection, pairs, (ours, theirs))
        if standing is not None and standing.kind == kind:
            return DecisionResult(standing.id, kind, changed=False, dispatch=ours, others=(theirs,))
        now = datetime.now(UTC)
        named = [
            DecidedVersion(
                row.version_id, row.story_id, _ONE if row.dispatch_id == ours else _OTHER, place, place
            )
            for row in read_grouped_members(
                connection, sorted({version for pair in pairs for version in pair})
            )
            for place in (row.dispatch_id,)
        ]
        decision = add_decision(connection, kind, named, who=who, why=why, at=now)
        set_state(connection, pairs, _STATES[kind], by=who, at=now)
        return DecisionResult(decision, kind, changed=True, dispatch=ours, others=(theirs,))


def fold(store: Store | Rehearsal, one: str, other: str, *, who: str, why: str) -> DecisionResult:
    """Merge two related dispatches: the retelling becomes a member. Undoing the merge brings the relation back.

    Raises:
        NotFoundError: a dispatch is unknown, or they are not related.
        UsageError: both are one dispatch.
    """
    with store.read() as connection:
        _find_pairs(connection, *_resolve_pair(connection, one, other))
    return merge(store, [one, other], who=who, why=why)


def undo_decision(store: Store | Rehearsal, decision_id: int, *, who: str, why: str) -> DecisionResult:
    """Undo a decision of any kind.

    Raises:
        NotFoundError: there is no such decision.
        UsageError: a later decision rests on it.
    """
    with store.write() as connection:
        hold_grouping(connection)
        row = read_decision(connection, decision_id)
        if row.kind in RELATION_KINDS:
            return _undo_relation(connection, row, who=who, why=why)
    return undo(store, decision_id, who=who, why=why)


def _undo_relation(connection: Connection, row: DecisionRow, *, who: str, why: str) -> DecisionResult:
    """Undo a decision about a relation: the one before it counts again, or the relation is a proposal."""
    ones = [named for named in row.versions if named.part == _ONE]
    others = [named for named in row.versions if named.part == _OTHER]
    places = (resolve_id(connection, ones[0].was_in), resolve_id(connection, others[0].was_in))
    result = DecisionResult(row.id, row.kind, changed=row.in_force, dispatch=places[0], others=places[1:])
    if row.in_force:
        now = datetime.now(UTC)
        close_decision(connection, row.id, who=who, why=why, at=now)
        pairs = list_pairs_of(
            connection, [named.version_id for named in ones], [named.version_id for named in others]
        )
        before = _find_standing(connection, pairs, places)
        state = _STATES[before.kind] if before else PROPOSED
        set_state(
            connection, pairs, state, by=before.who if before else None, at=before.at if before else None
        )
    return result


def _resolve_pair(connection: Connection, one: str, other: str) -> tuple[str, str]:
    ours, theirs = resolve_id(connection, one), resolve_id(connection, other)
    if ours == theirs:
        raise UsageError("both are one dispatch", resource=f"dispatch {ours}")
    return ours, theirs


def _find_pairs(connection: Connection, ours: str, theirs: str) -> list[tuple[int, int]]:
    pairs = list_pairs(connection, ours, theirs)
    if not pairs:
        raise NotFoundError(
            "no relation was found between them",
            resource=f"dispatches {ours} and {theirs}",
            hint="list relations with `copytaster dispatch show ID`; unrelated ones join with `dispatch merge`",
        )
    return pairs


def _find_standing(
    connection: Connection, pairs: Sequence[tuple[int, int]], dispatches: Sequence[str]
) -> DecisionRow | None:
    """The newest decision in force about one of these relations."""
    wanted = [frozenset(pair) for pair in pairs]
    about = [
        row
        for row in list_decisions_about(connection, dispatches)
        if row.in_force
        and row.kind in RELATION_KINDS
        and any(pair <= {named.version_id for named in row.versions} for pair in wanted)
    ]
    return about[-1] if about else None
