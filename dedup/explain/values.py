"""What is told of two versions: the two sides, what they share, how they would be found, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from copytaster.store.decisions import DecisionRow
    from dedup.explain.rule_trace import Question
    from dedup.similarity.score import PairScore


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions: what it is, where it stands, and how it came there."""

    version: int
    story: int
    number: int
    publisher: str
    url: str
    headline: str
    seen_at: datetime
    published_at: datetime | None
    words: int
    dispatch: str
    relation: str
    evidence: Mapping[str, Any]
    agency: str | None
    agency_confidence: float
    agency_evidence: Sequence[Mapping[str, Any]]


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
    """Numbers or names that only one of the two has, or paragraphs that were left out of one of them."""

    one: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
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
        """Whether one is proposed when the other comes in."""
        return self.hours <= self.window_hours and (self.bands > 0 or self.phrases >= self.needed)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The verdict of the whole dispatch on the newcomer, as `decide` gives it with this dispatch alone."""

    dispatch: str
    joins: bool
    rule: str
    mean: float
    needed: float
    with_founder: float | None
    founder_needed: float
    compared: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that was weighed.

    Attributes:
        together: they stand in one dispatch.
        rule: by which the later one stands where it does; `pair_rule` by which the two would be one by themselves.
        why: the verdict in sentences, the most important first.
        questions: the predicates that were asked about the pair, with each comparison.
        furniture: what each of the publishers prints in other dispatches too, which counts for nothing.
    """

    one: Side
    other: Side
    together: bool
    rule: str
    pair_rule: str | None
    why: tuple[str, ...]
    score: PairScore
    questions: tuple[Question, ...]
    agreement: Agreement
    passages: tuple[Passage, ...]
    passages_left_out: int
    changes: tuple[Change, ...]
    changes_left_out: int
    numbers: OnlyIn
    names: OnlyIn
    furniture: OnlyIn
    path: Path
    rulings: tuple[DecisionRow, ...]


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Why one version is where it is: how it came, the version it came because of, and what else was alike."""

    side: Side
    members: int
    because: Explanation | None
    see_also: tuple[Mapping[str, Any], ...]
    rulings: tuple[DecisionRow, ...]


def find_reason(evidence: Mapping[str, Any]) -> int | None:
    """The version because of which one came, from its evidence."""
    against = evidence.get("against")
    return against if isinstance(against, int) else None
