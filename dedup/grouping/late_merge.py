"""The late merge: dispatches that are one after all, and an earlier founder, found when copy comes late.

What was made of a story may arrive before the story, in pieces that have too little in common. The version that brings
them together is the hub here. The rules that hold for any newcomer decide on the founder of the one dispatch as if it came
last to the other: in the order of arrival, or in the order of printing. So the order of arrival does not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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
    from dedup.decision.decide import Candidate, Decision
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
        others = [self.batch.find_dispatch(name) for name in decision.also]
        arrived = {each.dispatch_id: each.founder_id for each in (place, *others)}
        apart = {other.dispatch_id for other in others if not self._is_one_story(place, other)}
        place = place if apart else self._begin_earlier(place)
        ended: list[str] = []
        for other in others:
            if other.dispatch_id in apart:
                continue
            into, later = sorted((place, other), key=lambda each: arrived[each.dispatch_id])
            if self._is_one(into, later) and self._merge(into, later, arrived[later.dispatch_id], decision):
                ended.append(later.dispatch_id)
                place = into if apart else self._begin_earlier(into)
        return place, ended

    def _is_one_story(self, one: DispatchRef, other: DispatchRef) -> bool:
        """False for a page with two stories: what both dispatches have in common with it are not the same passages."""
        known = self._find_known([one.founder_id, other.founder_id])
        founders = [known[each.founder_id].reading for each in (one, other)]
        return _share_passages(self.hub.reading, *founders) >= SAME_PASSAGES

    def _is_one(self, into: DispatchRef, later: DispatchRef) -> bool:
        """True if the founder of one would join the other, now that the hub is known."""
        known = self._find_known([into.founder_id, later.founder_id])
        begun, founder = known[into.founder_id], known[later.founder_id]
        return self._is_one_by_arrival(founder, into, begun) or self._is_one_by_print(
            *sorted(
                ((into, begun), (later, founder)), key=lambda each: (each[1].reading.at, each[0].founder_id)
            )
        )

    def _is_one_by_arrival(self, founder: Known, into: DispatchRef, begun: Known) -> bool:
        """The hub last. A copy of a round-up brings nothing together then, whatever headline it has."""
        if _is_another_piece(founder, begun, self.batch.score(founder, begun)):
            return False
        return bool(self._judge(founder, into).rule)

    def _is_one_by_print(self, first: tuple[DispatchRef, Known], second: tuple[DispatchRef, Known]) -> bool:
        """What was printed before the later founder counts. A round-up joins none of its stories; a copy of it may come first."""
        (into, begun), (_, founder) = first, second
        if founder.series != begun.series or (founder.wrapup and not begun.wrapup):
            return False
        return bool(self._judge(founder, into, until=founder.reading.at).rule)

    def _judge(self, founder: Known, place: DispatchRef, *, until: float = math.inf) -> Decision:
        """The decision on a founder as a newcomer to another dispatch, by what was printed `until` then, the hub among it."""
        ids = [one for one, found in self.compared.items() if found.dispatch_id == place.dispatch_id]
        known = self._find_known([place.founder_id, *ids, self.hub.version.id])
        candidates = [
            self._make_candidate(other, founder, place, known[place.founder_id])
            for other in known.values()
            if other.version.id != founder.version.id and other.reading.at <= until
        ]
        newcomer = make_newcomer(founder, min_words=self.context.settings.min_words)
        return judge_group(newcomer, place.dispatch_id, candidates)

    def _make_candidate(self, one: Known, newcomer: Known, place: DispatchRef, begun: Known) -> Candidate:
        return make_candidate(
            one,
            newcomer,
            self.batch.score(newcomer, one),
            dispatch_id=place.dispatch_id,
            founder=one.version.id == place.founder_id,
            begun=begun,
        )

    def _merge(self, into: DispatchRef, later: DispatchRef, first: int, decision: Decision) -> bool:
        """Move a whole dispatch into an earlier one and redirect its id; False if a manual decision forbids it.

        Args:
            into: leads on.
            later: ends.
            first: the version that arrived first in the later one; it was said to found it.
            decision: about the hub.
        """
        connection = self.batch.connection
        standings = list_grouped_members(connection, later.dispatch_id)
        if not all(
            self.context.decisions.may_join(one.version_id, one.story_id, into.dispatch_id, self._find_places)
            for one in standings
        ):
            return False
        moved = [one.version_id for one in standings]
        because = {one.version_id: one.evidence for one in standings}
        if first in because:
            because[first] = self._explain(first, into, decision)
        move_members(connection, dict.fromkeys(moved, into.dispatch_id), because)
        keep_founder(connection, later.dispatch_id, moved[0])
        reseat(connection, [later.dispatch_id], moved, at=datetime.now(UTC))
        self.context.versions.dispatches.move(moved, later.dispatch_id, into)
        return True

    def _explain(self, first: int, into: DispatchRef, decision: Decision) -> dict[str, Any]:
        """Why a version that founded a dispatch is in this one: by a rule of its own, or by the hub, which is in both."""
        known = self._find_known([first, into.founder_id])
        verdict = self._judge(known[first], into)
        if not verdict.rule:
            hub = self._make_candidate(self.hub, known[first], into, known[into.founder_id])
            verdict = replace(verdict, rule=decision.rule, against=hub)
        return verdict.evidence

    def _find_known(self, ids: Iterable[int]) -> dict[int, Known]:
        """These versions; the hub may be one of them, and is in no cache yet."""
        wanted, hub = set(ids), self.hub.version.id
        known = self.batch.find_known(wanted - {hub})
        return known | {hub: self.hub} if hub in wanted else known

    def _find_places(self, ids: Iterable[int]) -> dict[int, str]:
        places = self.batch.find_places(sorted(ids))
        return {version: place.dispatch_id for version, place in places.items()}

    def _begin_earlier(self, place: DispatchRef) -> DispatchRef:
        """Make the hub the founder if it was printed first, though it arrived later: order then changes nothing.

        It must agree with what arrived first, however many have taken its place, or a dispatch might drift backwards.
        """
        connection = self.batch.connection
        (first,) = find_firsts(connection, [place.dispatch_id])
        known = self._find_known([first, place.founder_id])
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
