"""Which words of a page are the story's own."""

from __future__ import annotations

import pytest

from dedup.cache.version_cache import VersionCache
from dedup.candidates.strip_boilerplate import strip_boilerplate
from dedup.text.words import read_words
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


def quote_prices(number):
    """Rows of a price table as of an hour."""
    return [f"Firm{place} {20 + place + number}.{number:02} +{number}.1%" for place in range(12)]


def count_kept(desk, boxes, news):
    """How many words of a page with boxes and prices are its own, after two pages of the same publisher."""
    box = [copy.write_story(("box", place), 20) for place in range(boxes)]
    for number, told in enumerate((copy.write_story("one", 300), copy.write_story("two", 300), news)):
        page = "\n\n".join([*box, told, *quote_prices(number)])
        last = desk.take(page, publisher="The Crown Courier", headline=f"{told[:30]}", hours=number)
    desk.group()
    assert len(set(desk.groups().values())) == 3
    with desk.store.read() as connection:
        return len(VersionCache().get(connection, [last])[last].reading.text)


@pytest.mark.parametrize(("boxes", "table"), [(5, 0), (4, 48)])
def test_a_table_with_new_prices_is_boilerplate_on_pages_that_have_more_of_it(desk, boxes, table):
    assert len(read_words("\n".join(quote_prices(1)))) == 48
    assert count_kept(desk, boxes, copy.write_story("three", 140)) == 140 + table


def test_a_table_of_which_the_page_consists_is_its_news(desk):
    assert count_kept(desk, 6, "Closing prices of this day") == 5 + 48
