"""A second look at dispatches when copy comes late: which are one after all, and which version they began with.

What was made of a story may arrive before the story, in pieces that have too little in common. The version that brings
them together is the hub here; it decides with the rules that hold for any newcomer, and no order of arrival is worse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from copytaster.store.lineage import keep_founder
from copytaster.store.memberships import Place, find_firsts, list_standings
from copytaster.store.moves import move_members, reseat
from dedup.decision.decide import FOUNDER_AGREEMENT, judge_group
from dedup.decision.rules import measure_agreement
from dedup.similarity.score import score_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from dedup.cache.dispatch_cache import DispatchCache
    from dedup.cache.known_version import Known
    from dedup.cache.version_cache import VersionCache
    from dedup.decision.decide import Candidate, Decision, Newcomer
    from dedup.decision.overrides import ManualDecisions
    from dedup.similarity.score import Reading

SAME_PASSAGES = 0.5  # of the smaller part; two stories on one page have less in common


@dataclass(frozen=True, slots=True)
class LateMerge:
    """One version that has just found its dispatch, and what is needed to look at others again.

    Attributes:
        connection: the transaction, in which all but the hub has been written.
        hub: the version.
        compared: the versions it was compared with, and where they stand.
        introduce: a version as a newcomer.
        compare: (version, others, their place) -> the others as they stand to the version.
    """

    connection: Connection
    hub: Known
    compared: dict[int, Place]
    shelf: VersionCache
    rulings: ManualDecisions
    introduce: Callable[[Known], Newcomer]
    compare: Callable[[Known, Sequence[Known], Place, Known], list[Candidate]]

    @property
    def _places(self) -> DispatchCache:
        return self.shelf.places

    def look(self, decision: Decision, place: Place) -> tuple[Place, list[str]]:
        """(where the hub belongs at last, the dispatches that became part of another).

        Args:
            decision: what was decided about the hub.
            place: where it belongs by that.
        """
        ended: list[str] = []
        alone = True
        for name in decision.also:
            other = self._places.find_dispatch(self.connection, name)
            into, later = sorted((place, other), key=lambda each: each.founder_id)
            if into.dispatch_id != later.dispatch_id:
                if self._are_one(into, later):
                    ended.append(later.dispatch_id)
                    place = into
                else:
                    alone = False
        return (self._begin_earlier(place) if alone and decision.dispatch_id else place), ended

    def _are_one(self, into: Place, later: Place) -> bool:
        """Whether the later dispatch's founder would join the earlier one, now that the hub is known; then all of it does.

        A page with two stories brings nothing together: what both have in common with it are not the same passages.
        """
        ids = [one for one, place in self.compared.items() if place.dispatch_id == into.dispatch_id]
        known = self.shelf.get(self.connection, [later.founder_id, into.founder_id, *ids])
        founder, begun = known[later.founder_id], known[into.founder_id]
        if _share_passages(self.hub.reading, founder.reading, begun.reading) < SAME_PASSAGES:
            return False
        others = [known[one] for one in dict.fromkeys([into.founder_id, *ids])]
        candidates = self.compare(founder, [*others, self.hub], into, begun)
        verdict = judge_group(self.introduce(founder), into.dispatch_id, candidates)
        return bool(verdict.rule) and self._merge(later, into, verdict)

    def _merge(self, later: Place, into: Place, verdict: Decision) -> bool:
        """Move all of a dispatch into an earlier one, its id leading there; False where people decided otherwise."""
        standings = list_standings(self.connection, later.dispatch_id)
        if not all(
            self.rulings.may_join(one.version_id, one.story_id, into.dispatch_id, self._find_places)
            for one in standings
        ):
            return False
        moved = [one.version_id for one in standings]
        because = {one.version_id: one.evidence for one in standings} | {later.founder_id: verdict.evidence}
        move_members(self.connection, dict.fromkeys(moved, into.dispatch_id), because)
        keep_founder(self.connection, later.dispatch_id, moved[0])
        reseat(self.connection, [later.dispatch_id], moved, at=datetime.now(UTC))
        self._places.move(moved, later.dispatch_id, into)
        return True

    def _find_places(self, ids: Iterable[int]) -> dict[int, str]:
        places = self._places.find(self.connection, sorted(ids))
        return {version: place.dispatch_id for version, place in places.items()}

    def _begin_earlier(self, place: Place) -> Place:
        """What was printed first is what a dispatch began with, though it arrived later; so order changes nothing.

        It must agree with what arrived first, however many have taken its place, or a dispatch might drift backwards.
        """
        (first,) = find_firsts(self.connection, [place.dispatch_id])
        known = self.shelf.get(self.connection, [first, place.founder_id])
        if (
            self.hub.reading.at >= known[place.founder_id].reading.at
            or measure_agreement(score_pair(self.hub.reading, known[first].reading)) < FOUNDER_AGREEMENT
        ):
            return place
        earlier = Place(place.dispatch_id, self.hub.version.id)
        keep_founder(self.connection, earlier.dispatch_id, earlier.founder_id)
        self._places.begin_with(earlier)
        return earlier


def _share_passages(hub: Reading, one: Reading, other: Reading) -> float:
    """How much of the smaller of the two parts that others have of a text is in both parts, 0..1."""
    parts = [_find_matched(hub, each) for each in (one, other)]
    return float((parts[0] & parts[1]).sum() / max(1, min(part.sum() for part in parts)))


def _find_matched(hub: Reading, other: Reading) -> NDArray[np.bool_]:
    """bool[words]: which words of a text stand in matched runs with another."""
    matched = np.zeros(len(hub.text), dtype=np.bool_)
    is_longer = (len(hub.text), hub.key) > (len(other.text), other.key)
    for start, other_start, length in score_pair(hub, other).runs:
        begin = other_start if is_longer else start
        matched[begin : begin + length] = True
    return matched
