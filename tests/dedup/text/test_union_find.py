"""Connected sets, against a search of the graph; the order of the joins changes nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dedup.text.union_find import UnionFind

MEMBERS = range(12)
pairs_of_members = st.lists(st.tuples(st.sampled_from(MEMBERS), st.sampled_from(MEMBERS)))


def search(pairs):
    """Member -> the least member that it is connected with."""
    reached = {member: {member} for member in MEMBERS}
    for _ in MEMBERS:
        for one, other in pairs:
            reached[one] = reached[other] = reached[one] | reached[other]
        for member in MEMBERS:
            reached[member] = set().union(*(reached[other] for other in reached[member]))
    return {member: min(found) for member, found in reached.items()}


@given(pairs_of_members)
def test_leaders_are_the_least_of_what_is_connected(pairs):
    sets = UnionFind(MEMBERS)
    for one, other in pairs:
        sets.join(one, other)
    assert sets.leaders() == search(pairs)


@given(pairs_of_members, st.randoms())
def test_any_order_of_joins_gives_the_same_leaders(pairs, chance):
    one, other = UnionFind(MEMBERS), UnionFind(MEMBERS)
    for pair in pairs:
        one.join(*pair)
    for pair in chance.sample(pairs, len(pairs)):
        other.join(*reversed(pair))
    assert one.leaders() == other.leaders()


def test_members_become_known_when_they_are_joined():
    sets = UnionFind[str]()
    sets.join("b", "c")
    sets.find("a")
    assert sets.leaders() == {"b": "b", "c": "b", "a": "a"}
