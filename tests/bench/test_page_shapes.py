"""Invented stories in many markups are read whole, and a reader that loses text is seen."""

import pytest

import bench.page_shapes
from bench.page_shapes import figures, read_houses
from bench.shapes.layout import houses, lay_out


@pytest.mark.parametrize(("seed", "least"), [(2, 0.965), (3, 0.955)])
def test_invented_pages_are_read_nearly_whole(seed, least):
    found = figures(one.page for one in read_houses(seed, 60))
    assert found["body_f1"] >= least
    assert found["foreign_text"] <= 0.01
    assert found["cut"] <= 0.03


def test_a_page_that_prints_half_of_a_story_counts_as_cut(monkeypatch):
    """The control: what is marked is more than what is printed."""

    def lay_out_half(house, number):
        entry = lay_out(house, number)
        return entry | {"body": f"{entry['body']} {entry['body'].replace('a', 'o').replace('е', 'о')}"}

    monkeypatch.setattr(bench.page_shapes, "lay_out", lay_out_half)
    assert figures(one.page for one in read_houses(2, 8))["cut"] > 0.3


def test_a_seed_gives_the_same_pages_again():
    first, again = ([lay_out(house, 1) for house in houses(2, 5)] for _ in range(2))
    assert first == again
