"""How well a grouping agrees with labels: pairs, adjusted Rand index, B-cubed. Pure counting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

from dedup.text.union_find import UnionFind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Figures in 0..1. `wrong` are joined pairs that are different, `missed` same pairs that were not joined."""

    precision: float
    recall: float
    f1: float
    wrong: tuple[Pair, ...]
    missed: tuple[Pair, ...]


def compare_pairs(
    groups: Mapping[int, Hashable], same: Iterable[Pair], ignored: Iterable[Pair]
) -> PairAgreement:
    """Precision, recall and F1 over pairs of documents in one group.

    Args:
        groups: document -> group.
        same: pairs labelled as one dispatch; all others are different.
        ignored: pairs left out of every count.
    """
    left_out = {_ordered(pair) for pair in ignored}
    wanted = {_ordered(pair) for pair in same} - left_out
    members: dict[Hashable, list[int]] = {}
    for document, group in groups.items():
        members.setdefault(group, []).append(document)
    joined = {
        _ordered((one, other))
        for group in members.values()
        for index, one in enumerate(group)
        for other in group[index + 1 :]
    } - left_out
    right = len(joined & wanted)
    precision = right / len(joined) if joined else 1.0
    recall = right / len(wanted) if wanted else 1.0
    f1 = 2 * precision * recall / (precision + recall) if right else float(not joined and not wanted)
    return PairAgreement(
        precision, recall, f1, tuple(sorted(joined - wanted)), tuple(sorted(wanted - joined))
    )


def _ordered(pair: Pair) -> Pair:
    return pair if pair[0] <= pair[1] else (pair[1], pair[0])


def join_pairs(documents: Iterable[int], same: Iterable[Pair]) -> dict[int, int]:
    """The groups that labelled pairs make, each named by its first document."""
    groups = UnionFind(documents)
    for one, other in same:
        groups.join(one, other)
    return groups.leaders()


def adjusted_rand_index(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Hubert and Arabie (1985), "Comparing partitions": 1 for equal partitions, about 0 for chance."""
    together = sum(comb(count, 2) for count in Counter(zip(one, other, strict=True)).values())
    in_one = sum(comb(count, 2) for count in Counter(one).values())
    in_other = sum(comb(count, 2) for count in Counter(other).values())
    every = comb(len(one), 2)
    chance = in_one * in_other / every if every else 0.0
    most = (in_one + in_other) / 2
    return 1.0 if most == chance else (together - chance) / (most - chance)


def b_cubed(found: Sequence[Hashable], wanted: Sequence[Hashable]) -> float:
    """F1 of Bagga and Baldwin (1998): the mean over documents of how pure and how whole their groups are.

    Documents that are alone in both partitions are left out: so many would hide the rest.
    """
    both = Counter(zip(found, wanted, strict=True))
    found_sizes, wanted_sizes = Counter(found), Counter(wanted)
    counted = [
        (both[ours, theirs] / found_sizes[ours], both[ours, theirs] / wanted_sizes[theirs])
        for ours, theirs in zip(found, wanted, strict=True)
        if found_sizes[ours] > 1 or wanted_sizes[theirs] > 1
    ]
    if not counted:
        return 1.0
    precision = sum(pure for pure, _ in counted) / len(counted)
    recall = sum(whole for _, whole in counted) / len(counted)
    return 2 * precision * recall / (precision + recall)
