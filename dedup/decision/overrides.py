"""What people decided, as the pass obeys it: who stays with whom, who never joins whom. Pure; the newest ruling wins.

A ruling names versions, never dispatches, so it means the same after regrouping. It ties versions together and keeps
others apart; where two rulings speak about the same two versions, the later one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dedup.decision.decide import FOUNDER_AGREEMENT, Decision, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dedup.decision.decide import Candidate, Newcomer

Kind = Literal["split", "merge", "pin"]
DESK = "desk"  # the rule shown where people decided
_NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ManualDecision:
    """One decision that stands.

    Attributes:
        parts: the versions it names, by what it says of them: `taken`, `rest`, `target` of a split; `kept`, `merged`
            of a merge; `held`, `beside` of a pin.
        bonds: groups of versions; one of each stays in one dispatch with one of every other, whichever parts later
            rulings made of them.
        stories: version -> story, of the versions it speaks for; later versions of a story inherit.
    """

    id: int
    kind: Kind
    parts: Mapping[str, frozenset[int]]
    bonds: Sequence[Sequence[int]]
    stories: Mapping[int, int] = field(default_factory=dict)

    def parted_from(self, version: int) -> frozenset[int]:
        """The versions it keeps apart from this one."""
        if self.kind != "split":
            return _NOBODY
        taken, rest = self.parts.get("taken", _NOBODY), self.parts.get("rest", _NOBODY)
        if version in taken:
            return rest
        return taken if version in rest else _NOBODY

    def allowed_with(self, version: int) -> frozenset[int]:
        """The versions that may stand with this one, whatever earlier rulings said."""
        if self.kind == "merge":
            return _NOBODY.union(*self.parts.values())
        if self.kind == "pin":
            held = version in self.parts["held"]
            return self.parts["held"] | self.parts.get("beside", _NOBODY) if held else self.parts["held"]
        taken, target = self.parts.get("taken", _NOBODY), self.parts.get("target", _NOBODY)
        if version in taken:
            return taken | target
        return taken if version in target else _NOBODY


class ManualDecisions:
    """All rulings that stand, asked by the pass for each version.

    Args:
        rulings: in the order they were made.
    """

    def __init__(self, rulings: Sequence[ManualDecision] = ()) -> None:
        self._naming: dict[int, list[ManualDecision]] = {}  # newest first
        self._named_of: dict[int, list[int]] = {}  # story -> versions that are named
        for ruling in reversed(rulings):
            for version in frozenset().union(*ruling.parts.values()):
                self._naming.setdefault(version, []).append(ruling)
            for version, story in ruling.stories.items():
                self._named_of.setdefault(story, []).append(version)
        self._rulings = tuple(rulings)
        self._beginnings: dict[str, tuple[int, ...]] | None = None
        self._parted: dict[int, frozenset[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._rulings)

    def parted_from(self, version: int) -> frozenset[int]:
        """Every version that must never stand with this one."""
        known = self._parted.get(version)
        if known is not None:
            return known
        settled: set[int] = set()
        parted: set[int] = set()
        for ruling in self._naming.get(version, ()):
            said = ruling.parted_from(version)
            parted |= said - settled
            settled |= said | ruling.allowed_with(version)
        return self._parted.setdefault(version, frozenset(parted))

    @cached_property
    def _leaders(self) -> dict[int, int]:
        """Tied version -> the lowest version it is tied to, over any number of rulings."""
        leader: dict[int, int] = {}

        def find(version: int) -> int:
            while leader.setdefault(version, version) != version:
                version = leader[version]
            return version

        for ruling in self._rulings:
            apart: list[int] = []  # the first of each part that later rulings made of it
            for bond in ruling.bonds:
                met: set[int] = set()  # parts of which this bond has one already
                for version in bond:
                    first = next(
                        (one for one in apart if self._still_together(one, version, ruling)), version
                    )
                    if first is version:
                        apart.append(version)
                    if first not in met:
                        met.add(first)
                        low, high = sorted((find(first), find(version)))
                        leader[high] = low
        return {version: find(version) for version in leader}

    def _still_together(self, one: int, other: int, since: ManualDecision) -> bool:
        """Whether what split a dispatch later left both in it; one that it does not name had gone before."""
        if other in self.parted_from(one):
            return False
        return self._splits_after(one, since) == self._splits_after(other, since)

    def _splits_after(self, version: int, since: ManualDecision) -> set[int]:
        naming = self._naming.get(version, ())
        return {ruling.id for ruling in naming if ruling.kind == "split" and ruling.id > since.id}

    @cached_property
    def _tied(self) -> dict[int, tuple[int, ...]]:
        groups: dict[int, list[int]] = {}
        for version, leader in sorted(self._leaders.items()):
            groups.setdefault(leader, []).append(version)
        return {leader: tuple(versions) for leader, versions in groups.items()}

    def tied_to(self, version: int) -> tuple[int, ...]:
        """The versions that stand with this one whatever a machine thinks, itself among them; none where it is free."""
        leader = self._leaders.get(version)
        return () if leader is None else self._tied[leader]

    def _kept_from(self, version: int) -> frozenset[int]:
        """All that it may not stand with: what parts them parts everything that is tied to either."""
        ours = {version, *self.tied_to(version)}
        theirs = {parted for one in ours for parted in self.parted_from(one)}
        return frozenset(theirs.union(*(self.tied_to(one) for one in theirs)) - ours)

    def standing_of(self, version_id: int, story_id: int) -> int | None:
        """The version whose rulings a version obeys: itself, or the last one before it of its story that is named."""
        if version_id in self._naming:
            return version_id
        before = [named for named in self._named_of.get(story_id, ()) if named < version_id]
        return max(before, default=None)

    def is_pinned(self, standing: int, story_id: int) -> bool:
        """Whether the story is held where it is, its later versions too."""
        return any(
            ruling.kind == "pin" and standing in ruling.parts["held"] and ruling.stories[standing] == story_id
            for ruling in self._naming.get(standing, ())
        )

    def may_join(
        self,
        version_id: int,
        story_id: int,
        dispatch_id: str,
        find_places: Callable[[Iterable[int]], Mapping[int, str]],
    ) -> bool:
        """Whether people left it open that a version which stands alone goes to this dispatch."""
        standing = self.standing_of(version_id, story_id)
        if standing is None:
            return True
        if self.is_pinned(standing, story_id) or (standing == version_id and self.tied_to(standing)):
            return False
        return dispatch_id not in find_places(self._kept_from(standing)).values()

    def forget_places(self) -> None:
        """Where versions stand is looked up anew."""
        self._beginnings = None

    def about(self, one: int, other: int) -> list[int]:
        """The rulings that name both versions."""
        return [ruling.id for ruling in self._naming.get(one, ()) if ruling in self._naming.get(other, ())]

    def find_all(self, find_places: Callable[[Iterable[int]], Mapping[int, str]]) -> Mapping[int, str]:
        """Version -> dispatch of all that are named."""
        return find_places(self._naming)

    def contradictions(self, groups: Mapping[int, str]) -> list[tuple[int, int]]:
        """Pairs of versions that stand otherwise than ruled: apart though tied, or together though parted.

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
        find_places: Callable[[Iterable[int]], Mapping[int, str]],
        compare: Callable[[Iterable[int]], Sequence[Candidate]],
        previous: Candidate | None = None,
        notified: str | None = None,
    ) -> Decision:
        """The machine's verdict within what people decided; without rulings it is `decide`.

        Args:
            newcomer: the version to decide on.
            candidates: as for `decide`.
            find_places: version ids -> dispatch of those that have one.
            compare: version ids -> candidates, for versions that people brought together with these.
            previous: as for `decide`.
            notified: as for `decide`.
        """
        if not self._rulings:
            return decide(newcomer, candidates, previous=previous, notified=notified)
        standing = self.standing_of(newcomer.version_id, newcomer.story_id)
        if self._beginnings is None:
            self._beginnings = self._find_beginnings(find_places)
        beginnings = self._beginnings
        if newcomer.version_id in self._leaders:
            self.forget_places()  # it becomes a beginning itself
        if standing is not None:
            held = self._find_tied(newcomer, standing, find_places)
            if held is not None:
                return _obey(held, candidates)
        candidates = _compare_with_the_likest_part(candidates, beginnings, compare)
        verdict = decide(newcomer, candidates, previous=previous, notified=notified)
        if standing is None or verdict.dispatch_id is None:
            return verdict
        barred = frozenset(find_places(self._kept_from(standing)).values())
        if verdict.dispatch_id not in barred:
            return verdict
        side = self._find_own_side(standing, newcomer.version_id, barred, find_places)
        if side is not None and standing == newcomer.version_id:
            return _obey(side, candidates)
        return decide(
            newcomer,
            [candidate for candidate in candidates if candidate.dispatch_id not in barred],
            previous=None if previous is not None and previous.dispatch_id in barred else previous,
            notified=None if notified in barred else notified,
        )

    def _find_tied(
        self, newcomer: Newcomer, standing: int, find_places: Callable[[Iterable[int]], Mapping[int, str]]
    ) -> str | None:
        if standing != newcomer.version_id and not self.is_pinned(standing, newcomer.story_id):
            return None
        places = find_places(version for version in self.tied_to(standing) if version != newcomer.version_id)
        return places[min(places)] if places else None

    def _find_beginnings(
        self, find_places: Callable[[Iterable[int]], Mapping[int, str]]
    ) -> dict[str, tuple[int, ...]]:
        """Dispatch -> the versions that people brought into it, where there are several."""
        found: dict[str, list[int]] = {}
        for version, dispatch in sorted(find_places(self._leaders).items()):
            found.setdefault(dispatch, []).append(version)
        return {dispatch: tuple(versions) for dispatch, versions in found.items() if len(versions) > 1}

    def _find_own_side(
        self,
        standing: int,
        version: int,
        barred: frozenset[str],
        find_places: Callable[[Iterable[int]], Mapping[int, str]],
    ) -> str | None:
        """Where the rest is that a version was left with when others were split from it."""
        for ruling in self._naming.get(standing, ()):
            side = next((part for part in ruling.parts.values() if standing in part), _NOBODY)
            if ruling.kind == "split":
                places = find_places(other for other in side if other != version)
                free = {other: place for other, place in places.items() if place not in barred}
                if free:
                    return free[min(free)]
        return None


def _compare_with_the_likest_part(
    candidates: Sequence[Candidate],
    beginnings: Mapping[str, Sequence[int]],
    compare: Callable[[Iterable[int]], Sequence[Candidate]],
) -> Sequence[Candidate]:
    """Of a dispatch that people joined from unlike texts, leave out the part that the newcomer has nothing to do with.

    A text must agree with what a dispatch began with; such a dispatch has several beginnings, and one is enough.
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
    there = [candidate for candidate in candidates if candidate.dispatch_id == dispatch]
    best = max(there, key=lambda one: (one.exact, one.score.share, -one.version_id), default=None)
    return Decision(dispatch, DESK, best, best.score.share if best else 0.0, len(there))
