"""From pages that were read whole to a template: agreement, drift, pins."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spiders.parsing.lessons import (
    CHECKED,
    KEPT,
    Lessons,
    choose_template,
    lessons_from_json,
    lessons_to_json,
    note_page,
    note_use,
    pin,
)
from spiders.parsing.template_values import Observation

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
OUTSIDE = {"div side": 900, "div foot": 120}


def seen(number, outside=None, inside=("div main",), **more):
    values = {"body": 1_000 + number, "has_headline": True} | more
    return Observation(
        f"a{number}", f"t{number}", outside=OUTSIDE if outside is None else outside, inside=inside, **values
    )


def taught(*pages, lessons=None):
    lessons = lessons or Lessons()
    for page in pages:
        lessons = note_page(lessons, page, at=AT)
    return lessons


def test_three_pages_that_agree_make_a_template():
    assert taught(seen(1), seen(2)).state == "learning"
    found = taught(seen(1), seen(2), seen(3, {"div side": 1_500}))
    assert found.state == "trusted"
    assert found.template.skips == {"div side": 1_500, "div foot": 120}
    assert (found.template.least_body, found.template.has_headline) == (1_001, True)
    assert [(one.version, one.why) for one in found.changes] == [(1, "3 pages agree")]


@pytest.mark.parametrize("again", [{"address": "a1"}, {"text": "t1"}])
def test_the_same_page_again_is_no_agreement(again):
    copies = [replace(seen(number), **again) for number in range(1, 9)]
    assert taught(*copies).state == "learning"


def test_one_page_never_puts_a_name_into_a_template():
    found = taught(seen(1), seen(2), seen(3), seen(4, OUTSIDE | {"div text": 9_000}))
    assert "div text" not in found.template.skips


def test_one_page_takes_a_name_out():
    found = taught(seen(1), seen(2), seen(3), seen(4, {"div foot": 120}, ("div main", "div side")))
    assert found.template.skips.keys() == {"div foot"}
    assert (found.version, found.changes[-1].why) == (2, "div side holds part of a story")


def test_the_last_pages_are_kept():
    found = taught(*(seen(number) for number in range(20)))
    assert [page.address for page in found.taught] == [f"a{number}" for number in range(20 - KEPT, 20)]
    assert found.version == 1


def test_a_page_that_teaches_nothing_changes_nothing():
    found = taught(seen(1), seen(2), seen(3))
    assert taught(seen(4, {}, ()), lessons=found) == found


def test_a_new_layout_is_noticed_and_learned():
    old = note_use(taught(seen(1), seen(2), seen(3)), 40)
    new = [seen(number, {"div rail": 300}, ("div story",), refused="no-headline") for number in range(4, 8)]
    found = taught(*new, lessons=old)
    assert found.drifted_at == AT
    assert found.template.skips == {"div rail": 300}
    assert found.changes[-1].why == "the layout has changed"
    assert found.recent == ""


def test_three_odd_pages_of_ten_are_no_new_layout():
    found = taught(seen(1), seen(2), seen(3))
    for number in range(4, 24):
        found = note_use(found) if number % 4 else taught(seen(number, refused="body-short"), lessons=found)
    assert found.drifted_at is None


def test_a_pinned_template_stays_and_says_that_the_layout_changed():
    old = pin(taught(seen(1), seen(2), seen(3)), pinned=True)
    new = [seen(number, {"div rail": 300}, ("div side",), refused="no-headline") for number in range(4, 9)]
    found = taught(*new, lessons=old)
    assert (found.state, found.template, found.version) == ("pinned", old.template, old.version)
    assert found.drifted_at == AT
    free = taught(seen(9, {"div rail": 300}, ("div side",)), lessons=pin(found, pinned=False))
    assert "div side" not in free.template.skips


def test_one_address_in_twenty_is_read_whole_and_always_the_same_ones():
    lessons = taught(seen(1), seen(2), seen(3))
    addresses = [f"https://post.example/{number:03}" for number in range(400)]
    whole = [address for address in addresses if choose_template(lessons, address) is None]
    assert whole == [address for address in addresses if choose_template(lessons, address) is None]
    assert 0 < len(whole) < 3 * len(addresses) / CHECKED
    assert all(choose_template(pin(lessons, pinned=True), address) for address in addresses)


def test_lessons_survive_as_json():
    found = taught(
        *(seen(number, refused="body-short") for number in range(9)), lessons=taught(seen(20), seen(21))
    )
    found = replace(note_use(found, 3), drifted_at=AT + timedelta(hours=1))
    assert lessons_from_json(json.loads(json.dumps(lessons_to_json(found)))) == found


def test_a_template_bears_the_version_of_its_lessons():
    lessons = taught(*map(seen, range(1, 5)))
    assert lessons.template.version == lessons.version == 1
    later = taught(seen(9, outside={}, inside=tuple(OUTSIDE)[:1]), lessons=lessons)
    assert later.template is None or later.template.version == later.version
    before = lessons_to_json(lessons)
    del before["template"]["version"]  # as releases before kept it
    assert lessons_from_json(before).template.version == 1
