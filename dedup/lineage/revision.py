"""A dispatch's new revision after its members changed: the canonical version, each member's relation to it, the state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copytaster.canonical import Contender, choose_canonical, is_own
from copytaster.chain import NOTICES, find_head, read_markers
from copytaster.store.installation import next_changes
from copytaster.store.memberships import change_members, read_members
from copytaster.store.revisions import DispatchState, begin_dispatches, revise
from dedup.lineage.alterations import find_alterations
from dedup.lineage.chain import Lineage, trace_lineage
from dedup.lineage.uses import find_agency, find_uses
from dedup.similarity.relation import describe_relation
from dedup.similarity.score import score_pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.memberships import DispatchMember
    from copytaster.store.versions import StoredVersion
    from dedup.cache.known_version import Known
    from dedup.cache.version_cache import VersionCache
    from dedup.similarity.relation import Relation
    from dedup.similarity.score import PairScore
    from dedup.text.words import Text

_Changes = dict[int, dict[str, Any]]  # version -> column -> value

NOT_YET = ""  # a relation that the revision sets before the transaction ends
DESCRIBED = 400  # members compared again when another version becomes canonical


def revise_dispatches(
    connection: Connection,
    dispatch_ids: Iterable[str],
    versions: VersionCache,
    *,
    alone: Mapping[str, StoredVersion] | None = None,
    scores: Mapping[tuple[int, int], PairScore] | None = None,
) -> None:
    """Give each of these dispatches its new revision, change number and outbox row; those without members are left.

    Args:
        connection: the transaction that changed them.
        dispatch_ids: in the order in which they take their change numbers.
        versions: the cache of texts.
        alone: those that are known to have one version only, just grouped.
        scores: pairs that have been compared, the lower version id first.
    """
    alone, named = alone or {}, list(dict.fromkeys(dispatch_ids))
    found = read_members(connection, [name for name in named if name not in alone])
    changed = [name for name in named if name in alone or found[name]]
    texts, changes = _Texts(connection, versions, scores or {}), _Changes()
    states = [
        _begin(name, alone[name], change)
        if name in alone
        else _revise(name, found[name], change, texts, changes)
        for name, change in zip(changed, next_changes(connection, len(changed)), strict=True)
    ]
    change_members(connection, changes)
    revise(connection, states, at=datetime.now(UTC))


def begin_alone(connection: Connection, founded: Mapping[str, StoredVersion]) -> None:
    """Create dispatches of one version each, with their first revision, change numbers and outbox rows."""
    changes = next_changes(connection, len(founded))
    states = [_begin(*pair, change) for pair, change in zip(founded.items(), changes, strict=True)]
    begin_dispatches(connection, states, at=datetime.now(UTC))


def _begin(dispatch_id: str, only: StoredVersion, change: int) -> DispatchState:
    own = is_own(only.publisher, only.agency)
    state = "withdrawn" if own and read_markers(only.markers)[0] in NOTICES else "live"
    return DispatchState(dispatch_id, change, state, only.id, only.seen_at, only.seen_at, only.agency)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The cached texts, and the scores that are known."""

    connection: Connection
    versions: VersionCache
    scores: Mapping[tuple[int, int], PairScore]

    def get(self, ids: Iterable[int]) -> Mapping[int, Known]:
        return self.versions.get(self.connection, ids)

    def read(self, ids: Sequence[int]) -> dict[int, Text]:
        return {version: one.reading.text for version, one in self.get(ids).items()}

    def compare(self, pairs: Mapping[int, int]) -> dict[int, PairScore]:
        """The score of each of these versions with the one it is compared with."""
        ordered = {one: (min(one, other), max(one, other)) for one, other in pairs.items()}
        unknown = {version for pair in ordered.values() if pair not in self.scores for version in pair}
        known = self.versions.get(self.connection, unknown) if unknown else {}
        return {
            one: self.scores.get(pair) or score_pair(known[pair[0]].reading, known[pair[1]].reading)
            for one, pair in ordered.items()
        }


def _revise(
    dispatch_id: str, members: Sequence[DispatchMember], change: int, texts: _Texts, changes: _Changes
) -> DispatchState:
    lineage = Lineage()
    if len(members) > 1:
        lineage = trace_lineage(members, texts.read)
    _add(changes, _find_lineage(members, lineage))
    canonical = choose_head(members, lineage)
    if len(members) > 1:
        _add(changes, _find_relations(members, canonical, lineage, texts))
        _add(changes, find_alterations(members, canonical, lineage, texts.get, texts.compare))
    agency = find_agency(members)
    _add(changes, find_uses(members, canonical, agency, lineage, texts.get))
    withdrawn = (
        lineage.withdrawn if lineage.chain else all(_is_own(one) and _is_notice(one) for one in members)
    )
    return DispatchState(
        dispatch_id,
        change,
        "withdrawn" if withdrawn else "live",
        canonical,
        min(member.seen_at for member in members),
        max(member.seen_at for member in members),
        agency,
    )


def choose_head(members: Sequence[DispatchMember], lineage: Lineage) -> int:
    """The canonical version: the newest text of the agency's own chain, else the best contender."""
    own = {member.version_id for member in members if _is_own(member)} if lineage.own else set()
    head = find_head([step for step in lineage.chain if step.version_id in own])
    if head is not None:
        return head.version_id
    return choose_canonical(_as_contender(member) for member in members)


def _find_lineage(members: Sequence[DispatchMember], lineage: Lineage) -> _Changes:
    """Place in the chain, carried version, and whether it is outdated, of the members of which they changed."""
    found: _Changes = {}
    for member in members:
        version = member.version_id
        place, carries = lineage.places.get(version), lineage.carries.get(version)
        outdated = version in lineage.outdated
        if (member.place, member.carries, member.outdated) != (place, carries, outdated):
            found[version] = {"place": place, "carries": carries, "outdated": outdated}
    return found


def _add(changes: _Changes, more: _Changes) -> None:
    for version, values in more.items():
        changes.setdefault(version, {}).update(values)


def _as_contender(member: DispatchMember) -> Contender:
    return Contender(
        member.version_id,
        member.story_id,
        own=_is_own(member),
        at=member.at,
        seen_at=member.seen_at,
        words=member.words,
        notice=_is_notice(member),
    )


def _is_notice(member: DispatchMember) -> bool:
    return read_markers(member.markers)[0] in NOTICES


def _is_own(member: DispatchMember) -> bool:
    return is_own(member.publisher, member.agency)


def _find_relations(
    members: Sequence[DispatchMember], canonical: int, lineage: Lineage, texts: _Texts
) -> _Changes:
    """The relations that change.

    A copy is compared with the agency version that it carries, or with the canonical version if none is known. While
    that stays the same, only copies of this batch are compared.
    """
    head = next(member for member in members if member.version_id == canonical)
    moved = head.relation != "original"
    words = {member.version_id: member.words for member in members}
    relations: dict[int, Relation] = {canonical: "original"}
    chain = lineage.places if lineage.own else {}
    first_of: dict[int, int] = {}
    for member in members:
        first = first_of.setdefault(member.story_id, member.version_id)
        if member.version_id != canonical and (
            member.story_id == head.story_id or first != member.version_id or member.version_id in chain
        ):
            relations[member.version_id] = "version"
    described = {
        member.version_id: lineage.carries.get(member.version_id, canonical)
        for member in members
        if member.version_id not in relations and _needs_relation(member, lineage, moved=moved)
    }
    fresh = dict(list(described.items())[-DESCRIBED:])
    for version, score in texts.compare(fresh).items():
        relations[version] = describe_relation(
            score, member_words=words[version], canonical_words=words[fresh[version]]
        )
    old = {member.version_id: member.relation for member in members}
    return {
        version: {"relation": relation} for version, relation in relations.items() if old[version] != relation
    }


def _needs_relation(member: DispatchMember, lineage: Lineage, *, moved: bool) -> bool:
    return member.relation in {NOT_YET, "version", "original"} or lineage.has_other_text(member, moved=moved)
