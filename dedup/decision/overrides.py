"""Manual decisions as grouping obeys them: which versions stay together, which never join. Pure; the newest wins.

A manual decision names versions, never dispatches, so it means the same after regrouping. It ties versions together
and keeps others apart. Where two decisions concern the same two versions, the later one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dedup.decision.decide import FOUNDER_AGREEMENT, Decision, decide
from dedup.text.union_find import UnionFind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dedup.decision.decide import Candidate, Newcomer

    FindPlaces = Callable[
        [Iterable[int]], Mapping[int, str]
    ]  # version ids -> dispatch of those that have one
    Compare = Callable[[Iterable[int]], Sequence[Candidate]]

Kind = Literal["split", "merge", "pin"]
DESK = "desk"  # the rule kept as evidence where people decided
_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ManualDecision:
    """One manual decision that is in force.

    Attributes:
        parts: the versions it names, by their part in it: `taken`, `rest`, `target` of a split; `kept`, `merged` of a
            merge; `held`, `beside` of a pin.
        bonds: groups of versions to tie. Where later decisions split a group, one version of each piece is tied.
        stories: version -> story, of the versions whose later versions inherit the decision.
    """

    id: int
    kind: Kind
    parts: Mapping[str, frozenset[int]]
    bonds: Sequence[Sequence[int]]
    stories: Mapping[int, int] = field(default_factory=dict)

    def parted_from(self, version: int) -> frozenset[int]:
        """The versions it keeps apart from this one."""
        if self.kind != "split":
            return _NONE
        taken, rest = self.parts.get("taken", _NONE), self.parts.get("rest", _NONE)
        if version in taken:
            return rest
        return taken if version in rest else _NONE

    def allowed_with(self, version: int) -> frozenset[int]:
        """The versions that may be in one dispatch with this one, whatever earlier decisions said."""
        if self.kind == "merge":
            return _NONE.union(*self.parts.values())
        if self.kind == "pin":
            held = version in self.parts["held"]
            return self.parts["held"] | self.parts.get("beside", _NONE) if held else self.parts["held"]
        taken, target = self.parts.get("taken", _NONE), self.parts.get("target", _NONE)
        if version in taken:
            return taken | target
        return taken if version in target else _NONE


class ManualDecisions:
    """All manual decisions in force; grouping consults them for each version.

    Args:
        decisions: in the order people made them.
    """

    def __init__(self, decisions: Sequence[ManualDecision] = ()) -> None:
        self._naming: dict[int, list[ManualDecision]] = {}  # newest first
        self._named_of: dict[int, list[int]] = {}  # story -> versions that are named
        for decision in reversed(decisions):
            for version in frozenset().union(*decision.parts.values()):
                self._naming.setdefault(version, []).append(decision)
            for version, story in decision.stories.items():
                self._named_of.setdefault(story, []).append(version)
        self._decisions = tuple(decisions)
        self._beginnings: dict[str, tuple[int, ...]] | None = None
        self._parted: dict[int, frozenset[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._decisions)

    def parted_from(self, version: int) -> frozenset[int]:
        """Every version that must never be in one dispatch with this one."""
        known = self._parted.get(version)
        if known is not None:
            return known
        settled: set[int] = set()
        parted: set[int] = set()
        for decision in self._naming.get(version, ()):
            newly = decision.parted_from(version)
            parted |= newly - settled
            settled |= newly | decision.allowed_with(version)
        return self._parted.setdefault(version, frozenset(parted))

    @cached_property
    def _leaders(self) -> dict[int, int]:
        """Tied version -> the lowest version it is tied to, directly or through others."""
        tied = UnionFind[int]()
        for decision in self._decisions:
            pieces: list[int] = []  # the first version of each piece into which later decisions split it
            for bond in decision.bonds:
                met: set[int] = set()  # pieces of which this bond has a version already
                for version in bond:
                    first = next(
                        (one for one in pieces if self._still_together(one, version, decision)), version
                    )
                    if first is version:
                        pieces.append(version)
                    if first not in met:
                        met.add(first)
                        tied.join(first, version)
        return tied.leaders()

    def _still_together(self, one: int, other: int, since: ManualDecision) -> bool:
        """True if every later split left both in one dispatch; a version that a split does not name had left before."""
        if other in self.parted_from(one):
            return False
        return self._splits_after(one, since) == self._splits_after(other, since)

    def _splits_after(self, version: int, since: ManualDecision) -> set[int]:
        naming = self._naming.get(version, ())
        return {decision.id for decision in naming if decision.kind == "split" and decision.id > since.id}

    @cached_property
    def _tied(self) -> dict[int, tuple[int, ...]]:
        groups: dict[int, list[int]] = {}
        for version, leader in sorted(self._leaders.items()):
            groups.setdefault(leader, []).append(version)
        return {leader: tuple(versions) for leader, versions in groups.items()}

    def tied_to(self, version: int) -> tuple[int, ...]:
        """The versions that people tied to this one, itself among them; empty where it is free."""
        leader = self._leaders.get(version)
        return () if leader is None else self._tied[leader]

    def _kept_from(self, version: int) -> frozenset[int]:
        """All it may not join: a split of two versions also keeps apart what is tied to either."""
        ours = {version, *self.tied_to(version)}
        theirs = {parted for one in ours for parted in self.parted_from(one)}
        return frozenset(theirs.union(*(self.tied_to(one) for one in theirs)) - ours)

    def governing_version(self, version_id: int, story_id: int) -> int | None:
        """The version whose decisions this one obeys: itself where named, else the last named one of its story before it."""
        if version_id in self._naming:
            return version_id
        before = [named for named in self._named_of.get(story_id, ()) if named < version_id]
        return max(before, default=None)

    def is_pinned(self, governing: int, story_id: int) -> bool:
        """True if a pin holds the story, and its later versions, in its dispatch."""
        return any(
            decision.kind == "pin"
            and governing in decision.parts["held"]
            and decision.stories[governing] == story_id
            for decision in self._naming.get(governing, ())
        )

    def may_join(
        self,
        version_id: int,
        story_id: int,
        dispatch_id: str,
        find_places: FindPlaces,
    ) -> bool:
        """True unless a manual decision forbids that a version alone in its dispatch moves to this one."""
        governing = self.governing_version(version_id, story_id)
        if governing is None:
            return True
        if self.is_pinned(governing, story_id) or (governing == version_id and self.tied_to(governing)):
            return False
        return dispatch_id not in find_places(self._kept_from(governing)).values()

    def forget_places(self) -> None:
        """Forget which dispatches have several beginnings; the next decision looks them up."""
        self._beginnings = None

    def list_watched(
        self, version_id: int, story_id: int, dispatches: Iterable[str], find_places: FindPlaces
    ) -> set[str]:
        """Those of these dispatches that a decision on this version looks at however little it shares with them.

        All of them where people decided on the version, else those that they merged.
        """
        if not self._decisions:
            return set()
        names = set(dispatches)
        if self.governing_version(version_id, story_id) is not None:
            return names
        return names & self._know_beginnings(find_places).keys()

    def _know_beginnings(self, find_places: FindPlaces) -> Mapping[str, tuple[int, ...]]:
        if self._beginnings is None:
            self._beginnings = self._find_beginnings(find_places)
        return self._beginnings

    def about(self, one: int, other: int) -> list[int]:
        """The ids of the decisions that name both versions."""
        return [
            decision.id for decision in self._naming.get(one, ()) if decision in self._naming.get(other, ())
        ]

    def find_all(self, find_places: FindPlaces) -> Mapping[int, str]:
        """Version -> dispatch of every version that a decision names."""
        return find_places(self._naming)

    def contradictions(self, groups: Mapping[int, str]) -> list[tuple[int, int]]:
        """Pairs of versions that violate a decision: apart though tied, or together though parted.

        Args:
            groups: version -> dispatch.
        """
        found = [
            (leader, version)
            for leader, versions in self._tied.items()
            for version in versions
            if leader in groups and version in groups and groups[leader] != groups[version]
        ]
        for version in self._naming:
            if version in groups:
                found += [
                    (version, other)
                    for other in self.parted_from(version)
                    if version < other and groups.get(other) == groups[version]
                ]
        return found

    def decide(
        self,
        newcomer: Newcomer,
        candidates: Sequence[Candidate],
        *,
        find_places: FindPlaces,
        compare: Compare,
        previous: Candidate | None = None,
        notified: str | None = None,
    ) -> Decision:
        """What `decide` says, within what people decided.

        Args:
            newcomer: the version to decide on.
            candidates: as for `decide`.
            find_places: version ids -> dispatch of those that have one.
            compare: version ids -> candidates, for versions that people tied to these.
            previous: as for `decide`.
            notified: as for `decide`.
        """
        if not self._decisions:
            return decide(newcomer, candidates, previous=previous, notified=notified)
        governing = self.governing_version(newcomer.version_id, newcomer.story_id)
        beginnings = self._know_beginnings(find_places)
        if newcomer.version_id in self._leaders:
            self.forget_places()  # it becomes a beginning itself
        if governing is not None:
            held = self._find_tied(newcomer, governing, find_places)
            if held is not None:
                return _obey(held, candidates)
        candidates = _compare_with_likest_beginning(candidates, beginnings, compare)
        free = decide(newcomer, candidates, previous=previous, notified=notified)
        if governing is None or free.dispatch_id is None:
            return free
        barred = frozenset(find_places(self._kept_from(governing)).values())
        if free.dispatch_id not in barred:
            return free
        side = self._find_own_side(governing, newcomer.version_id, barred, find_places)
        if side is not None and governing == newcomer.version_id:
            return _obey(side, candidates)
        return decide(
            newcomer,
            [candidate for candidate in candidates if candidate.dispatch_id not in barred],
            previous=None if previous is not None and previous.dispatch_id in barred else previous,
            notified=None if notified in barred else notified,
        )

    def _find_tied(self, newcomer: Newcomer, governing: int, find_places: FindPlaces) -> str | None:
        """The dispatch of the versions that people tied to this one, if any is grouped."""
        if governing != newcomer.version_id and not self.is_pinned(governing, newcomer.story_id):
            return None
        places = find_places(version for version in self.tied_to(governing) if version != newcomer.version_id)
        return places[min(places)] if places else None

    def _find_beginnings(self, find_places: FindPlaces) -> dict[str, tuple[int, ...]]:
        """Dispatch -> the versions that people tied in it, where there are several."""
        found: dict[str, list[int]] = {}
        for version, dispatch in sorted(find_places(self._leaders).items()):
            found.setdefault(dispatch, []).append(version)
        return {dispatch: tuple(versions) for dispatch, versions in found.items() if len(versions) > 1}

    def _find_own_side(
        self,
        governing: int,
        version: int,
        barred: frozenset[str],
        find_places: FindPlaces,
    ) -> str | None:
        """The dispatch of the versions that a split left together with this one."""
        for decision in self._naming.get(governing, ()):
            side = next((part for part in decision.parts.values() if governing in part), _NONE)
            if decision.kind == "split":
                places = find_places(other for other in side if other != version)
                free = {other: place for other, place in places.items() if place not in barred}
                if free:
                    return free[min(free)]
        return None


def _compare_with_likest_beginning(
    candidates: Sequence[Candidate],
    beginnings: Mapping[str, Sequence[int]],
    compare: Compare,
) -> Sequence[Candidate]:
    """The candidates, without those members of a manually merged dispatch that are unlike the newcomer.

    A text must agree with the version that a dispatch began with. A dispatch that people merged from unlike texts has
    several beginnings, and agreement with one is enough.
    """
    joined = {candidate.dispatch_id for candidate in candidates} & beginnings.keys()
    if not joined:
        return candidates
    known = {candidate.version_id for candidate in candidates}
    missing = [version for name in sorted(joined) for version in beginnings[name] if version not in known]
    everything = [*candidates, *(compare(missing) if missing else ())]
    alike = {
        candidate.dispatch_id
        for candidate in everything
        if candidate.dispatch_id in joined
        and candidate.version_id in beginnings[candidate.dispatch_id]
        and _is_alike(candidate)
    }
    return [
        candidate
        for candidate in everything
        if candidate.dispatch_id not in joined or candidate.dispatch_id not in alike or _is_alike(candidate)
    ]


def _is_alike(candidate: Candidate) -> bool:
    return candidate.exact or candidate.score.share >= FOUNDER_AGREEMENT


def _obey(dispatch: str, candidates: Sequence[Candidate]) -> Decision:
    """The decision that people made: this dispatch, with the evidence of its likest member."""
    there = [candidate for candidate in candidates if candidate.dispatch_id == dispatch]
    best = max(there, key=lambda one: (one.exact, one.score.share, -one.version_id), default=None)
    return Decision(dispatch, DESK, best, best.score.share if best else 0.0, len(there))
