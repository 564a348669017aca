"""Laws of grouping, whatever the texts: a pair has one score, nothing taken twice changes anything, order is no matter."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bench.copy.boilerplate import House
from bench.copy.rewrites import DEEDS, rewrite
from bench.copy.stories import TOPICS, write_story
from copytaster.store.tables import memberships, versions
from dedup.decision.rules import RULES
from dedup.grouping.grouper import group_waiting
from dedup.similarity.score import Reading, score_pair
from dedup.similarity.weights import FULL
from dedup.text.words import read_words

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def tell(topic, seed):
    return write_story(topic, f"law {seed}", words=180)


@st.composite
def bodies(draw):
    """A story, or a copy of it after up to two deeds; stories are few, so that copies meet."""
    topic, seed = draw(st.sampled_from(TOPICS[:3])), draw(st.integers(0, 2))
    deeds = draw(st.lists(st.sampled_from(sorted(DEEDS)), max_size=2, unique=True))
    chance = random.Random(draw(st.integers(0, 3)))
    told = list(tell(topic, seed))
    if deeds:
        told = rewrite(told, deeds, place="Ostgard", agency="AP", t=1.77e9, chance=chance)
    if draw(st.booleans()):
        told = House("Law").print_page(told, str(seed))
    return "\n\n".join(told)


def read(body, key, weights=None):
    text = read_words(body)
    chance = np.random.default_rng(0 if weights is None else weights)
    proven = chance.integers(1, FULL + 1, len(text)).astype(np.uint8)
    return Reading(key, text, proven, 3600.0 * key)


@few
@given(bodies(), bodies(), st.integers(0, 5), st.integers(0, 5))
def test_a_pair_has_one_score_and_one_verdict(one, other, first, second):
    left, right = read(one, 1, first), read(other, 2, second)
    score = score_pair(left, right)
    assert score == score_pair(right, left)
    assert RULES.match(score) == RULES.match(score_pair(right, left))


@few
@given(bodies(), st.integers(0, 5))
def test_a_text_is_wholly_itself(body, weights):
    score = score_pair(read(body, 1, weights), read(body, 2, weights))
    assert score.share_of_shorter == score.share_of_longer == 1.0
    assert score.numbers == score.numbers_kept == score.names_kept == 1.0
    assert score.substitutions == score.contradictions == 0


@few
@given(bodies(), bodies())
def test_measures_stay_within_their_bounds(one, other):
    score = score_pair(read(one, 1), read(other, 2))
    for share in (
        score.share,
        score.share_of_shorter,
        score.share_of_longer,
        score.unquoted,
        score.offset,
        score.numbers,
        score.numbers_kept,
        score.names_kept,
    ):
        assert 0.0 <= share <= 1.0
    assert score.share_of_longer <= score.share_of_shorter
    assert score.weight <= score.matched_words
    assert score.contradictions <= score.substitutions


def partition(desk):
    """Which of the stories taken stand together, by the order in which each was taken."""
    groups: dict[str, list[int]] = {}
    for version, dispatch in sorted(desk.groups().items()):
        groups.setdefault(dispatch, []).append(version)
    return sorted(groups.values())


@settings(parent=few, max_examples=8)
@given(st.lists(bodies(), min_size=2, max_size=7), st.integers(1, 64))
def test_what_was_taken_before_changes_nothing(make_desk, taken, batch):
    """The same input twice: no new version, no new member, the same dispatches; whatever the batch."""
    desk = make_desk(batch=batch)
    found = []
    for _ in range(2):
        for n, body in enumerate(taken):
            desk.take(body, url=f"https://outlet.example/{n}", publisher=f"Outlet {n}")
        outcomes = desk.group()
        with desk.store.read() as connection:
            counts = [
                connection.scalar(select(func.count()).select_from(table))
                for table in (versions, memberships)
            ]
        found.append((partition(desk), counts))
    assert found[0] == found[1]
    assert counts == [len(taken), len(taken)]
    assert outcomes == []


@settings(parent=few, max_examples=8)
@given(st.data())
def test_copies_of_stories_stand_together_in_any_order(make_desk, data):
    """Stories of three events and whole copies of them: the same dispatches in whatever order they come."""
    events = [(topic, seed) for topic in TOPICS[:3] for seed in (5, 6)][: data.draw(st.integers(2, 6))]
    prints = [
        (event, deed, n)
        for event in events
        for n, deed in enumerate(data.draw(st.lists(st.sampled_from(["verbatim", "style", "caption", "reordered"]), max_size=3)))
    ]  # fmt: skip
    prints += [(event, "", 0) for event in events]
    order = data.draw(st.permutations(prints))
    desk = make_desk()
    event_of = {}
    for event, deed, n in order:
        told = tell(*event)
        if deed:
            told = rewrite(told, (deed,), place="Ostgard", agency="AP", t=1.77e9, chance=random.Random(n))
        event_of[desk.take("\n\n".join(told), hours=0.1 * n)] = event
    desk.group()
    groups = desk.groups()
    for one, other in ((one, other) for one in groups for other in groups):
        assert (groups[one] == groups[other]) == (event_of[one] == event_of[other])


@settings(parent=few, max_examples=6)
@given(st.lists(bodies(), min_size=3, max_size=9), st.data())
def test_cutting_the_pass_anywhere_changes_nothing(make_desk, taken, data):
    """Batches, limits and texts forgotten in between: the same dispatches."""
    whole, parts = make_desk(), make_desk(batch=data.draw(st.integers(1, 5)))
    for n, body in enumerate(taken):
        for desk in (whole, parts):
            desk.take(body, url=f"https://outlet.example/{n}", publisher=f"Outlet {n}")
    whole.group()
    stop = data.draw(st.integers(1, len(taken)))
    list(group_waiting(parts.store, parts.settings, limit=stop))
    parts.group()
    assert partition(parts) == partition(whole)
    assert set(parts.groups().values()) == set(whole.groups().values())
