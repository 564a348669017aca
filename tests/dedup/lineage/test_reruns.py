"""The same text printed again after the window: a dispatch of its own, linked to the first one."""

from __future__ import annotations

import pytest

from copytaster.store.lineage import read_links
from copytaster.store.tables import links
from tests.dedup import copydesk as copy
from tests.dedup.conftest import on_both

AGAIN = copy.FERRY.replace("said on Tuesday that", "said on Friday that")


def repeats(desk):
    columns = (links.c.version_id, links.c.other_id, links.c.measure)
    return [row[:3] for row in desk.rows_of(*columns, links.c.kind) if row[3] == "repeat-of"]


@on_both
@pytest.mark.parametrize("order", ["printed", "late"])
def test_a_rerun_is_linked_to_the_first_print_whichever_arrives_first(desk, order):
    first, again = ((-60.0, copy.FERRY), (0.0, AGAIN))
    arriving = (first, again) if order == "printed" else (again, first)
    taken = {hours: desk.take(text, publisher="Reuters", hours=hours) for hours, text in arriving}
    desk.group()
    assert repeats(desk) == [(taken[0.0], taken[-60.0], 2)]
    places = desk.groups()
    with desk.store.read() as connection:
        found = read_links(connection, sorted(places.values()))
    shown = {name: [(one.kind, one.other_id) for one in linked] for name, linked in found.items()}
    later, earlier = places[taken[0.0]], places[taken[-60.0]]
    assert shown == {later: [("repeat-of", earlier)], earlier: [("repeated-by", later)]}


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (-40.0, copy.FERRY),  # one dispatch
        (-31 * 24.0, copy.FERRY),  # longer ago than the history
        (-60.0, copy.FERRY.replace("214", "215")),
        (-60.0, copy.FOLLOW_UP),
    ],
)
def test_no_rerun(desk, hours, text):
    desk.take(text, publisher="Reuters", hours=hours)
    desk.take(AGAIN, publisher="Reuters", hours=0)
    desk.group()
    assert repeats(desk) == []


def test_copies_of_a_rerun_join_it(desk):
    taken = [desk.take(copy.FERRY, hours=hours) for hours in (-150, -149, -70, -69, 0)]
    desk.group()
    places = [desk.groups()[version] for version in taken]
    assert [places.index(place) for place in places] == [0, 0, 2, 2, 4]
    assert sorted(row[:2] for row in repeats(desk)) == [(taken[2], taken[0]), (taken[4], taken[0])]


def test_a_text_whose_paragraphs_its_publisher_printed_before_is_found_whole(desk):
    twelve = "\n\n".join(copy.write_story(seed, 40) for seed in range(12))
    first = desk.take(twelve, publisher="Reuters", hours=-60)
    again = desk.take(twelve, publisher="Reuters", hours=0)
    desk.group()
    assert [row[:2] for row in repeats(desk)] == [(again, first)]
