"""What one transaction has decided so far, written table by table as late as possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from copytaster.fast_values import fast_value
from copytaster.store.lineage import VersionLink, add_links
from copytaster.store.memberships import DispatchRef, NewMember, add_members
from copytaster.store.revisions import found_dispatches
from copytaster.store.signatures import SignatureRow, add_signatures
from copytaster.store.versions import MOST_EXACT, find_exact, find_previous
from dedup.lineage.revision import begin_alone
from dedup.similarity.score import score_pair

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.versions import StoredVersion
    from dedup.cache.known_version import Known
    from dedup.cache.version_cache import VersionCache
    from dedup.similarity.score import PairScore


@fast_value
class Outcome:
    """What became of one version."""

    version_id: int
    story_id: int
    dispatch_id: str
    verdict: Literal["founded", "joined"]
    rule: str


@dataclass(slots=True)
class Batch:
    """The decisions of one transaction.

    Rows wait in memory until something reads the store: `connection` writes them first. The find methods know every
    version of the batch and write nothing: rows written early are written twice.

    Attributes:
        alone: new dispatches of one version.
        scores: pairs that were compared, the lower version id first.
        complete: new dispatches that `end` wrote with their first revision.
        merged: dispatches that were merged into another.
    """

    _connection: Connection
    versions: VersionCache
    alone: dict[str, StoredVersion] = field(default_factory=dict)
    scores: dict[tuple[int, int], PairScore] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    merged: int = 0
    _signatures: list[SignatureRow] = field(default_factory=list)
    _founded: dict[str, StoredVersion] = field(default_factory=dict)
    _members: list[NewMember] = field(default_factory=list)
    _links: list[VersionLink] = field(default_factory=list)
    _texts: dict[int, list[SignatureRow]] = field(default_factory=dict)
    _stories: dict[int, int] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        """The transaction, with every row of the batch written: what is read from it includes the batch."""
        if self._members or self._links:
            self._write()
        return self._connection

    def find_known(self, ids: Iterable[int]) -> dict[int, Known]:
        """These versions; each has been grouped, in this batch or before."""
        return self.versions.get(self._connection, ids)

    def find_places(self, ids: Iterable[int]) -> dict[int, DispatchRef]:
        """The dispatches of these versions, whether decided in this batch or before; unknown ids are left out."""
        return self.versions.dispatches.find(self._connection, ids)

    def find_dispatch(self, dispatch_id: str) -> DispatchRef:
        """The dispatch itself and its founder, or what it was merged into."""
        return self.versions.dispatches.find_dispatch(self._connection, dispatch_id)

    def find_exact(self, text: int, recipe_id: int, since: datetime, until: datetime) -> list[int]:
        """The first versions of the window whose whole text has this hash."""
        found = find_exact(self._connection, text, recipe_id=recipe_id, since=since, until=until)
        waiting = [row.version_id for row in self._texts.get(text, ()) if since <= row.at <= until]
        return sorted({*found, *waiting})[:MOST_EXACT] if waiting else found

    def find_previous(self, story_id: int, before: int) -> int | None:
        """The version of a story that arrived last before this one and has a dispatch."""
        found = find_previous(self._connection, story_id, before)
        return max(found or 0, self._stories.get(story_id, 0)) or None

    def score(self, one: Known, other: Known) -> PairScore:
        """Compare two versions, and keep the score for the revision of their dispatch."""
        score = score_pair(one.reading, other.reading)
        ids = (one.version.id, other.version.id)
        self.scores[min(ids), max(ids)] = score
        return score

    def add(
        self,
        place: DispatchRef,
        signature: SignatureRow,
        member: NewMember,
        version: StoredVersion,
        *,
        founded: bool,
    ) -> None:
        """Put a version into a dispatch, which is new where the version founded it."""
        if founded:
            self._founded[place.dispatch_id] = version
            self.alone[place.dispatch_id] = version
        else:
            self.alone.pop(place.dispatch_id, None)
        self.versions.dispatches.put(version.id, place)
        self._signatures.append(signature)
        self._members.append(member)
        self._texts.setdefault(signature.exact, []).append(signature)
        self._stories[version.story_id] = version.id

    def add_links(self, links: Iterable[VersionLink]) -> None:
        """Keep which versions belong together though in two dispatches."""
        self._links += links

    def end(self) -> None:
        """Write what waits, once every version is decided; new dispatches that nothing joined are then complete.

        Their first revision is known, so each row is written once.
        """
        complete = {name: version for name, version in self._founded.items() if name in self.alone}
        begin_alone(self._connection, complete)
        for name in complete:
            del self._founded[name], self.alone[name]
        self.complete = frozenset(complete)
        self._write()

    def _write(self) -> None:
        found_dispatches(
            self._connection, [(name, one.id, one.seen_at) for name, one in self._founded.items()]
        )
        add_signatures(self._connection, self._signatures)
        add_members(self._connection, self._members)
        add_links(self._connection, self._links)
        for rows in (self._founded, self._signatures, self._members, self._links, self._texts, self._stories):
            rows.clear()
