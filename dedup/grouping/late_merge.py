"""The late merge: dispatches that are one after all, and an earlier founder, found when copy comes late.

What was made of a story may arrive before the story, in pieces that have too little in common. The version that brings
them together is the hub here. It decides by the rules that hold for any newcomer, so the order of arrival does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from copytaster.store.lineage import keep_founder
from copytaster.store.memberships import DispatchRef, find_firsts, list_grouped_members
from copytaster.store.moves import move_members, reseat
from dedup.decision.decide import FOUNDER_AGREEMENT, judge_group
from dedup.decision.rules import OWN_HEADLINE, measure_agreement
from dedup.grouping.participants import make_candidate, make_newcomer
from dedup.similarity.score import score_pair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dedup.cache.known_version import Known
    from dedup.decision.decide import Decision
    from dedup.grouping.batch import Batch
    from dedup.grouping.context import GroupingContext
    from dedup.similarity.score import PairScore, Reading

SAME_PASSAGES = 0.5  # of the smaller part; two stories on one page have less in common


@dataclass(frozen=True, slots=True)
class LateMerge:
    """One version that has just found its dispatch, and the other dispatches that it may bring together.

    Attributes:
        context: of the pass.
        batch: of the transaction.
        hub: the version.
        compared: the versions it was compared with, and their dispatches.
    """

    context: GroupingContext
    batch: Batch
    hub: Known
    compared: dict[int, DispatchRef]

    def merge(self, decision: Decision, place: DispatchRef) -> tuple[DispatchRef, list[str]]:
        """Merge what the hub shows to be one; gives back its place then, and the dispatches that were merged away.

        Args:
            decision: about the hub.
            place: the dispatch of the hub by that decision.
        """
        ended: list[str] = []
        alone = True
        for name in decision.also:
            other = self.batch.find_dispatch(name)
            into, later = sorted((place, other), key=lambda each: each.founder_id)
            if into.dispatch_id != later.dispatch_id:
                if self._merge_if_one(into, later):
                    ended.append(later.dispatch_id)
                    place = into
                else:
                    alone = False
        return (self._begin_earlier(place) if alone and decision.dispatch_id else place), ended

    def _merge_if_one(self, into: DispatchRef, later: DispatchRef) -> bool:
        """Merge if the later dispatch's founder would join the earlier dispatch, now that the hub is known.

        A page with two stories brings nothing together: what both have in common with it are not the same passages. Nor does a
        copy of a round-up, whatever headline it has.
        """
        ids = [one for one, place in self.compared.items() if place.dispatch_id == into.dispatch_id]
        known = self.batch.find_known([later.founder_id, into.founder_id, *ids])
        founder, begun = known[later.founder_id], known[into.founder_id]
        if _share_passages(self.hub.reading, founder.reading, begun.reading) < SAME_PASSAGES:
            return False
        if _is_another_piece(founder, begun, self.batch.score(founder, begun)):
            return False
        others = [known[one] for one in dict.fromkeys([into.founder_id, *ids])]
        candidates = [
            make_candidate(
                other,
                founder,
                self.batch.score(founder, other),
                dispatch_id=into.dispatch_id,
                founder=other.version.id == into.founder_id,
                begun=begun,
            )
            for other in [*others, self.hub]
        ]
        newcomer = make_newcomer(founder, min_words=self.context.settings.min_words)
        verdict = judge_group(newcomer, into.dispatch_id, candidates)
        return bool(verdict.rule) and self._merge(later, into, verdict)

    def _merge(self, later: DispatchRef, into: DispatchRef, verdict: Decision) -> bool:
        """Move a whole dispatch into an earlier one and redirect its id; False if a manual decision forbids it."""
        connection = self.batch.connection
        standings = list_grouped_members(connection, later.dispatch_id)
        if not all(
            self.context.decisions.may_join(one.version_id, one.story_id, into.dispatch_id, self._find_places)
            for one in standings
        ):
            return False
        moved = [one.version_id for one in standings]
        because = {one.version_id: one.evidence for one in standings} | {later.founder_id: verdict.evidence}
        move_members(connection, dict.fromkeys(moved, into.dispatch_id), because)
        keep_founder(connection, later.dispatch_id, moved[0])
        reseat(connection, [later.dispatch_id], moved, at=datetime.now(UTC))
        self.context.versions.dispatches.move(moved, later.dispatch_id, into)
        return True

    def _find_places(self, ids: Iterable[int]) -> dict[int, str]:
        places = self.batch.find_places(sorted(ids))
        return {version: place.dispatch_id for version, place in places.items()}

    def _begin_earlier(self, place: DispatchRef) -> DispatchRef:
        """Make the hub the founder if it was printed first, though it arrived later: order then changes nothing.

        It must agree with what arrived first, however many have taken its place, or a dispatch might drift backwards.
        """
        connection = self.batch.connection
        (first,) = find_firsts(connection, [place.dispatch_id])
        known = self.batch.find_known([first, place.founder_id])
        if (
            self.hub.reading.at >= known[place.founder_id].reading.at
            or measure_agreement(score_pair(self.hub.reading, known[first].reading)) < FOUNDER_AGREEMENT
        ):
            return place
        earlier = DispatchRef(place.dispatch_id, self.hub.version.id)
        keep_founder(connection, earlier.dispatch_id, earlier.founder_id)
        self.context.versions.dispatches.begin_with(earlier)
        return earlier


def _is_another_piece(one: Known, other: Known, score: PairScore) -> bool:
    """True if one of two founders is a round-up, a letter, an opinion, a fact box or the like, which copies do not change."""
    return one.wrapup != other.wrapup or one.series != other.series or OWN_HEADLINE.holds(score)


def _share_passages(hub: Reading, one: Reading, other: Reading) -> float:
    """The share, 0..1, of the hub's smaller matched part that both texts match."""
    parts = [_find_matched(hub, each) for each in (one, other)]
    return float((parts[0] & parts[1]).sum() / max(1, min(part.sum() for part in parts)))


def _find_matched(hub: Reading, other: Reading) -> NDArray[np.bool_]:
    """bool[words]: which words of the hub lie in runs that another text matches."""
    matched = np.zeros(len(hub.text), dtype=np.bool_)
    is_longer = (len(hub.text), hub.key) > (len(other.text), other.key)
    for start, other_start, length in score_pair(hub, other).runs:
        begin = other_start if is_longer else start
        matched[begin : begin + length] = True
    return matched
