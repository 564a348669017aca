"""Copy that comes late: what it brings together, what it leaves apart, and that the order of arrival changes nothing."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from copytaster.store.dispatches import resolve_id
from copytaster.store.tables import dispatches
from dedup.desk.decisions import pin
from tests.dedup import copydesk as copy


def paragraphs_of(seed, words):
    return copy.write_story(seed, words).split("\n\n")


STORY = paragraphs_of("second look", 300)
HEAD = STORY[:10]
MIDDLE = [*STORY[5:13], *paragraphs_of("local", 60)]  # has half of the head: too little a day later
PIECES = [(HEAD, 1.0), (MIDDLE, 27.0), (STORY, 0.0)]


def take(desk, pieces):
    """Version ids in the order of the pieces."""
    return [desk.take("\n\n".join(paragraphs), hours=hours) for paragraphs, hours in pieces]


def founders(desk):
    return dict(desk.rows_of(dispatches.c.id, dispatches.c.founder_id))


def test_by_themselves_the_pieces_are_two(desk):
    take(desk, PIECES[:2])
    desk.group()
    assert len(set(desk.groups().values())) == 2


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("batch", [1, 64])
def test_in_any_order_they_are_one(make_desk, order, batch):
    desk = make_desk(batch=batch)
    versions = dict(zip(order, take(desk, [PIECES[place] for place in order]), strict=True))
    desk.group()
    assert len(set(desk.groups().values())) == 1
    (live,) = set(desk.groups().values())
    assert founders(desk)[live] == versions[2]  # what was printed first


def test_the_later_id_leads_on(desk):
    take(desk, PIECES[:2])
    desk.group()
    earlier, later = desk.groups()[1], desk.groups()[2]
    take(desk, PIECES[2:])
    desk.group()
    with desk.store.read() as connection:
        assert resolve_id(connection, later) == resolve_id(connection, earlier) == earlier
    assert desk.members()[2].evidence["against"] == 3


def test_a_page_with_two_stories_brings_nothing_together(desk):
    common = paragraphs_of("background", 100)
    one, other = ([*paragraphs_of(seed, 120), *common] for seed in ("one", "other"))
    take(desk, [(one, 1.0), (other, 27.0), ([*one, *other], 0.0)])
    desk.group()
    groups = desk.groups()
    assert groups[1] != groups[2]
    assert groups[3] in {groups[1], groups[2]}
    assert founders(desk)[groups[3]] != 3


def test_what_people_pinned_stays(desk):
    take(desk, PIECES[:2])
    desk.group()
    before = desk.groups()
    pin(desk.store, ["v2"], who="Ada", why="another day")
    take(desk, PIECES[2:])
    desk.group()
    after = desk.groups()
    assert {1: after[1], 2: after[2]} == before


def test_a_chain_that_arrives_backwards_does_not_become_one(desk):
    words = copy.say_words(random.Random("chain"), 1000)
    steps = range(59, -1, -1)
    for step in steps:
        desk.take(" ".join(words[step * 12 : step * 12 + 180]), hours=step / 2)
    desk.group()
    sizes = [list(desk.groups().values()).count(name) for name in set(desk.groups().values())]
    assert max(sizes) <= 20  # as far again to the other side of what arrived first, and no further


SHARED = paragraphs_of("storm", 180)
ROUND_UP = [*SHARED, *paragraphs_of("the other places", 120)]
OUTLETS_OWN = "What the storm left"


def take_round_up(desk, *, cut_hours):
    """A round-up; a copy that is cut to its beginning, which is too little of it; a longer copy between the two."""
    pieces = {
        "cut": (SHARED[:7], OUTLETS_OWN, cut_hours, ()),
        "round-up": (ROUND_UP, "Storm batters two coasts", 0.0, ("wrapup",)),
        "copy": (ROUND_UP[:10], OUTLETS_OWN, 0.5, ()),
    }

    def take(names):
        return {
            name: desk.take("\n\n".join(text), headline=headline, hours=hours, kinds=kinds)
            for name in names
            for text, headline, hours, kinds in [pieces[name]]
        }

    return take


@pytest.mark.parametrize("order", list(permutations(("cut", "round-up", "copy"))))
def test_copies_of_a_round_up_join_it_in_any_order(desk, order):
    take_round_up(desk, cut_hours=1.0)(order)
    desk.group()
    assert len(set(desk.groups().values())) == 1


@pytest.mark.parametrize("order", [("cut", "round-up", "copy"), ("round-up", "cut", "copy")])
def test_a_story_stays_apart_from_the_round_up_that_was_printed_after_it(desk, order):
    versions = take_round_up(desk, cut_hours=-1.0)(order)
    desk.group()
    groups = desk.groups()
    assert groups[versions["cut"]] != groups[versions["round-up"]]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_each_member_but_the_first_says_why_it_is_there(desk, order):
    """Also the founder of a dispatch that was merged away, and where the hub was printed before all."""
    take(desk, [PIECES[place] for place in order])
    desk.group()
    rules = [member.evidence["rule"] for _, member in sorted(desk.members().items())]
    assert rules[0] == "founded"
    assert "founded" not in rules[1:]
