"""Two versions side by side: what each printed, what was exchanged, and how the candidate index connects them."""

from __future__ import annotations

from itertools import combinations

import pytest

from copytaster.store.memberships import read_grouped_version
from dedup.cache.version_cache import VersionCache
from dedup.explain.side_by_side import Copy, compare_sets, find_passages, trace_path
from dedup.explain.values import OnlyIn
from dedup.similarity.score import score_pair
from dedup.text.words import read_words
from tests.dedup import copydesk as copy

SHORT = "Harbour master Ada Lind closed the port."


@pytest.fixture
def copies(desk):
    """Copies of a story, its house style, other numbers and a short text, with the desk they were read from."""
    bodies = [copy.FERRY, copy.in_house_style(copy.FERRY), copy.change_facts(copy.FERRY, "numbers"), SHORT]
    ids = [desk.take(body, hours=number / 4) for number, body in enumerate(bodies)]
    desk.group()
    with desk.store.read() as connection:
        known = VersionCache().get(connection, ids)
        return desk, [Copy(read_grouped_version(connection, version), known[version]) for version in ids]


def test_each_word_is_quoted_as_it_was_printed(copies):
    for read in copies[1]:
        words = read.reading.text.words.tolist()
        assert len(read.spans) == len(words)
        assert read.quote(0, len(words)) in " ".join(read.body.split())
        assert read_words(read.name(words[0])).words.tolist() == words[:1]


def test_passages_are_the_matched_runs_longest_first(copies):
    for one, other in combinations(copies[1], 2):
        score = score_pair(one.reading, other.reading)
        passages, _ = find_passages(one, other, score)
        assert [passage.words for passage in passages] == sorted(
            (length for _, _, length in score.runs), reverse=True
        )
        for passage in passages:
            assert passage.one in " ".join(one.body.split())
            assert passage.other in " ".join(other.body.split())


def test_the_sides_change_places_with_their_texts(copies):
    one, _, other, _ = copies[1]
    score = score_pair(one.reading, other.reading)
    passages, changes = find_passages(one, other, score)
    turned, turned_changes = find_passages(other, one, score)
    assert [(passage.one, passage.other) for passage in passages] == [
        (passage.other, passage.one) for passage in turned
    ]
    assert [(change.one, change.other) for change in changes] == [
        (change.other, change.one) for change in turned_changes
    ]


def test_changes_that_contradict_come_first(copies):
    one, styled, numbers, _ = copies[1]
    _, changes = find_passages(one, numbers, score_pair(one.reading, numbers.reading))
    assert changes[0].numbers
    assert [change.numbers for change in changes] == sorted(
        (change.numbers for change in changes), reverse=True
    )
    _, styles = find_passages(one, styled, score_pair(one.reading, styled.reading))
    assert styles
    assert not any(change.numbers for change in styles)


def test_only_one_has(copies):
    one, styled, numbers, _ = copies[1]
    only = compare_sets(one, numbers, "numbers")
    assert "214" in only.one
    turned = compare_sets(numbers, one, "numbers")
    assert (only.one, only.other) == (turned.other, turned.one)
    assert compare_sets(one, styled, "numbers") == OnlyIn((), ())


def test_the_path_of_two_copies(copies):
    desk, (one, styled, _, short) = copies
    with desk.store.read() as connection:
        path = trace_path(connection, one, styled, desk.settings)
        unsigned = trace_path(connection, one, short, desk.settings)
    assert path.found
    assert 0 < path.bands <= path.of_bands == 64
    assert 0 < path.likeness <= 1
    assert path.hours == 0.25
    assert path.phrases >= path.needed
    assert all(phrase in " ".join(copy.FERRY.split()) for phrase in path.shown)
    assert (unsigned.bands, unsigned.of_bands, unsigned.likeness, unsigned.found) == (0, 0, None, False)


def test_a_version_beside_itself(copies):
    desk, (one, *_) = copies
    with desk.store.read() as connection:
        path = trace_path(connection, one, one, desk.settings)
    assert (path.bands, path.likeness, path.hours) == (path.of_bands, 1.0, 0.0)
    assert compare_sets(one, one, "names") == OnlyIn((), ())
    assert one.quote_boilerplate() == ()
