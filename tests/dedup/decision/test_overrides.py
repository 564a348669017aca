"""Who stays with whom and who never joins whom, as sets: the newest ruling wins."""

from __future__ import annotations

import pytest

from dedup.decision.overrides import ManualDecision, ManualDecisions


def split(number, taken, rest, target=()):
    parts = {"taken": frozenset(taken), "rest": frozenset(rest), "target": frozenset(target)}
    return make(number, "split", parts, [*((one,) for one in taken), tuple(target)])


def merge(number, kept, merged):
    parts = {"kept": frozenset(kept), "merged": frozenset(merged)}
    return make(number, "merge", parts, [tuple(kept), tuple(merged)])


def pin(number, held, beside):
    parts = {"held": frozenset(held), "beside": frozenset(beside)}
    return make(number, "pin", parts, [*((one,) for one in held), tuple(beside)])


def make(number, kind, parts, bonds):
    named = frozenset().union(*parts.values())
    return ManualDecision(
        number, kind, parts, [bond for bond in bonds if bond], {one: one * 10 for one in named}
    )


def test_without_rulings_nobody_is_tied_or_parted():
    rulings = ManualDecisions()
    assert not rulings
    assert (rulings.parted_from(1), rulings.tied_to(1), rulings.governing_version(1, 10)) == (
        frozenset(),
        (),
        None,
    )


def test_a_split_parts_both_sides_and_ties_what_was_taken():
    rulings = ManualDecisions([split(1, [1, 2], [3, 4])])
    assert rulings.parted_from(1) == {3, 4}
    assert rulings.parted_from(3) == {1, 2}
    assert rulings.tied_to(2) == (1, 2)
    assert rulings.tied_to(3) == ()


@pytest.mark.parametrize(("order", "parted"), [("split, merge", False), ("merge, split", True)])
def test_the_newest_wins(order, parted):
    made = {"split": split(1, [1, 2], [3, 4]), "merge": merge(1, [1, 2], [3, 4])}
    rulings = ManualDecisions(
        [make(n, one.kind, one.parts, one.bonds) for n, one in enumerate(map(made.get, order.split(", ")))]
    )
    assert (3 in rulings.parted_from(1)) is parted
    assert (rulings.tied_to(1) == rulings.tied_to(3)) is not parted


def test_a_merge_holds_between_what_is_left_of_its_parts():
    rulings = ManualDecisions([merge(1, [1, 2], [3, 4]), split(2, [1], [2, 3, 4])])
    assert rulings.tied_to(2) == rulings.tied_to(3) == (2, 3)
    assert 1 not in rulings.tied_to(2)


def test_a_split_into_another_ties_to_what_stood_there():
    rulings = ManualDecisions([split(1, [1], [2], target=[3, 4])])
    assert rulings.tied_to(1) == (1, 3)
    assert rulings.parted_from(1) == {2}


def test_later_versions_of_a_story_obey_what_was_said_of_the_last_one_named():
    rulings = ManualDecisions([split(1, [1], [2]), pin(2, [2], [3])])
    assert rulings.governing_version(9, 10) == 1
    assert rulings.governing_version(9, 20) == 2
    assert rulings.governing_version(1, 20) == 1
    assert rulings.is_pinned(2, 20)
    assert not rulings.is_pinned(1, 10)


def test_contradictions_are_found_both_ways():
    rulings = ManualDecisions([split(1, [1, 2], [3])])
    assert rulings.contradictions({1: "a", 2: "a", 3: "b"}) == []
    assert rulings.contradictions({1: "a", 2: "c", 3: "b"}) == [(1, 2)]
    assert rulings.contradictions({1: "a", 2: "a", 3: "a"}) == [(1, 3), (2, 3)]
