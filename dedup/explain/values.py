"""What an explanation consists of: the two versions, what they share, how they would be found, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copytaster.store.decisions import DecisionRow
    from copytaster.store.memberships import GroupedVersion
    from copytaster.store.relations import RelationRow
    from dedup.explain.rule_trace import RuleTrace
    from dedup.similarity.score import PairScore


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words both have, as each printed it."""

    words: int
    weight: float
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one has where the other has something else, between two passages; `numbers` where they contradict."""

    one: str
    other: str
    numbers: bool


@dataclass(frozen=True, slots=True)
class OnlyIn:
    """Numbers or names that only one of the two has, or boilerplate that was left out of one of them."""

    one: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CandidatePath:
    """How the candidate index brings the two together: bands of their signatures, and sampled phrases.

    `likeness` is the Jaccard coefficient that the signatures estimate; None without signatures to compare.
    """

    hours: float
    window_hours: float
    bands: int
    of_bands: int
    likeness: float | None
    phrases: int
    needed: int
    of_phrases: tuple[int, int]
    shown: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether the candidate index proposes one when the other arrives."""
        return self.hours <= self.window_hours and (self.bands > 0 or self.phrases >= self.needed)


@dataclass(frozen=True, slots=True)
class DispatchAgreement:
    """What `decide` says of the later version with the earlier one's dispatch alone; agreements in 0..1."""

    dispatch: str
    joins: bool
    rule: str
    mean: float
    needed: float
    with_founder: float | None
    founder_needed: float
    compared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that was weighed for two versions, `one` arrived first.

    Attributes:
        together: they belong to one dispatch.
        rule: by which the later one joined its dispatch; `pair_rule` by which the two alone would be one.
        why: the reasons in sentences, the most important first.
        traces: the conditions that the rules evaluated for the pair, with each bound.
        relation: how one dispatch tells the other's news again, rejected relations included; None where none was found.
        boilerplate: what each of the publishers prints in other dispatches too, which counts for nothing.
    """

    one: GroupedVersion
    other: GroupedVersion
    together: bool
    rule: str
    pair_rule: str | None
    why: tuple[str, ...]
    score: PairScore
    traces: tuple[RuleTrace, ...] = field(metadata={"json": "questions"})
    agreement: DispatchAgreement
    passages: tuple[Passage, ...]
    passages_left_out: int
    changes: tuple[Change, ...]
    changes_left_out: int
    numbers: OnlyIn
    names: OnlyIn
    boilerplate: OnlyIn = field(metadata={"json": "furniture"})
    path: CandidatePath
    relation: RelationRow | None
    decisions: tuple[DecisionRow, ...] = field(metadata={"json": "rulings"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Why one version is in its dispatch: how it joined, the version it joined because of, and what else was alike."""

    side: GroupedVersion
    members: int
    because: Explanation | None
    see_also: tuple[Mapping[str, Any], ...]
    decisions: tuple[DecisionRow, ...] = field(metadata={"json": "rulings"})


def find_reason(evidence: Mapping[str, Any]) -> int | None:
    """The version because of which one joined, from its evidence."""
    against = evidence.get("against")
    return against if isinstance(against, int) else None
