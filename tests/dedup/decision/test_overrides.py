"""Manual decisions as sets of versions that stay together or apart: the newest wins."""

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


def test_without_decisions_nobody_is_tied_or_parted():
    decisions = ManualDecisions()
    assert not decisions
    assert (decisions.parted_from(1), decisions.tied_to(1), decisions.governing_version(1, 10)) == (
        frozenset(),
        (),
        None,
    )


def test_a_split_parts_both_sides_and_ties_what_was_taken():
    decisions = ManualDecisions([split(1, [1, 2], [3, 4])])
    assert decisions.parted_from(1) == {3, 4}
    assert decisions.parted_from(3) == {1, 2}
    assert decisions.tied_to(2) == (1, 2)
    assert decisions.tied_to(3) == ()


@pytest.mark.parametrize(("order", "parted"), [("split, merge", False), ("merge, split", True)])
def test_the_newest_wins(order, parted):
    made = {"split": split(1, [1, 2], [3, 4]), "merge": merge(1, [1, 2], [3, 4])}
    decisions = ManualDecisions(
        [make(n, one.kind, one.parts, one.bonds) for n, one in enumerate(map(made.get, order.split(", ")))]
    )
    assert (3 in decisions.parted_from(1)) is parted
    assert (decisions.tied_to(1) == decisions.tied_to(3)) is not parted


def test_a_merge_holds_between_what_is_left_of_its_parts():
    decisions = ManualDecisions([merge(1, [1, 2], [3, 4]), split(2, [1], [2, 3, 4])])
    assert decisions.tied_to(2) == decisions.tied_to(3) == (2, 3)
    assert 1 not in decisions.tied_to(2)


def test_a_split_into_another_ties_to_its_members():
    decisions = ManualDecisions([split(1, [1], [2], target=[3, 4])])
    assert decisions.tied_to(1) == (1, 3)
    assert decisions.parted_from(1) == {2}


def test_later_versions_of_a_story_obey_the_decisions_on_the_last_one_named():
    decisions = ManualDecisions([split(1, [1], [2]), pin(2, [2], [3])])
    assert decisions.governing_version(9, 10) == 1
    assert decisions.governing_version(9, 20) == 2
    assert decisions.governing_version(1, 20) == 1
    assert decisions.is_pinned(2, 20)
    assert not decisions.is_pinned(1, 10)


def test_decisions_look_at_dispatches_that_people_merged_and_at_all_for_what_they_decided_on():
    decisions = ManualDecisions([merge(1, [1, 2], [3]), split(2, [4], [5])])
    places = {1: "a", 2: "a", 3: "a", 4: "b", 5: "c"}

    def find_places(ids):
        return {version: places[version] for version in ids}

    assert decisions.list_watched(9, 90, ["a", "b", "c"], find_places) == {"a"}
    assert decisions.list_watched(9, 40, ["a", "b", "c"], find_places) == {"a", "b", "c"}
    assert ManualDecisions().list_watched(9, 40, ["a", "b", "c"], find_places) == set()


def test_contradictions_are_found_both_ways():
    decisions = ManualDecisions([split(1, [1, 2], [3])])
    assert decisions.contradictions({1: "a", 2: "a", 3: "b"}) == []
    assert decisions.contradictions({1: "a", 2: "c", 3: "b"}) == [(1, 2)]
    assert decisions.contradictions({1: "a", 2: "a", 3: "a"}) == [(1, 3), (2, 3)]
