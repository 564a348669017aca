"""Which words of a page are the story's own."""

from __future__ import annotations

import pytest

from dedup.candidates.strip_boilerplate import strip_boilerplate
from tests.dedup import copydesk as copy


def keep(page):
    """The letters that are kept of a page of paragraphs of ten words: capitals are furniture."""
    paragraphs = [(10 * place, 10 * place + 10, place) for place in range(len(page))]
    kept = strip_boilerplate(10 * len(page), paragraphs, [letter.isupper() for letter in page])
    return "".join(letter for place, letter in enumerate(page) if kept[10 * place : 10 * place + 10].all())


@pytest.mark.parametrize(
    ("page", "own"),
    [
        ("", ""),
        ("abc", "abc"),
        ("ABC", ""),
        ("NNabBcdFFFFF", "abcd"),
        ("NNabBcdFFFFFxy", "abcd"),  # comments below the foot
        ("NNabBcdFFFFxy", "abcdxy"),  # too few for a foot
        ("NNNNNNabcd", "abcd"),  # a long head
        ("tNNNNNNabcd", "tabcd"),  # a title above it
        ("NNabcdFFFFFFwxyz", "abcd"),
        ("NNabFFFFFFwxyz", "abwxyz"),  # more below than above: it is no foot
    ],
)
def test_what_stands_below_the_foot_is_not_read(page, own):
    assert keep(page) == own


@pytest.mark.parametrize("late", [False, True])
def test_furniture_is_known_on_the_second_page(desk, late):
    furniture = [copy.write_story(("box", place), 40) for place in range(12)]

    def page(story, comment):
        return "\n\n".join([*furniture[:4], story, *furniture[4:], copy.write_story(comment, 60)])

    desk.take(page(copy.write_story("first", 200), "one"), publisher="The Crown Courier")
    agency = desk.take(copy.write_story("second", 200), hours=2 * late)
    printed = desk.take(page(copy.write_story("second", 200), "two"), publisher="The Crown Courier", hours=1)
    desk.group()
    groups = desk.groups()
    assert groups[agency] == groups[printed]
    assert len(set(groups.values())) == 2
