"""What one transaction has decided so far, written table by table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from copytaster.store.memberships import MemberRow, Place, add_members
from copytaster.store.revisions import found_dispatches
from copytaster.store.signatures import SignatureRow, add_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.versions import StoredVersion
    from dedup.cache.dispatch_cache import DispatchCache
    from dedup.similarity.score import PairScore


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one version."""

    version_id: int
    story_id: int
    dispatch_id: str
    verdict: Literal["founded", "joined"]
    rule: str


@dataclass(slots=True)
class Batch:
    """What a transaction has decided so far, written table by table."""

    connection: Connection
    places: DispatchCache
    alone: dict[str, StoredVersion] = field(default_factory=dict)  # new dispatches of one version
    scores: dict[tuple[int, int], PairScore] = field(default_factory=dict)  # by the lower id first
    _signatures: list[SignatureRow] = field(default_factory=list)
    _founded: list[tuple[str, int, datetime]] = field(default_factory=list)
    _members: list[MemberRow] = field(default_factory=list)

    def place(self, ids: Iterable[int]) -> dict[int, Place]:
        """Where versions belong, those decided in this batch among them; unknown ids are left out."""
        return self.places.find(self.connection, ids)

    def add(
        self,
        place: Place,
        signature: SignatureRow,
        member: MemberRow,
        version: StoredVersion,
        *,
        founded: bool,
    ) -> None:
        """A version belongs there; a dispatch that it founded is new."""
        if founded:
            self._founded.append((place.dispatch_id, version.id, version.seen_at))
            self.alone[place.dispatch_id] = version
        else:
            self.alone.pop(place.dispatch_id, None)
        self.places.put(version.id, place)
        self._signatures.append(signature)
        self._members.append(member)

    def write(self) -> None:
        """Put down what was added since the last time."""
        found_dispatches(self.connection, self._founded)
        add_signatures(self.connection, self._signatures)
        add_members(self.connection, self._members)
        for rows in (self._founded, self._signatures, self._members):
            rows.clear()
