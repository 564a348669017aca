"""A short report with an altered fact is the same report; the next one of its form is not."""

from dataclasses import replace

from dedup.decision.altered import ALTERED
from tests.dedup.pair_scores import GOOD

SCORE = replace(GOOD, share_of_longer=0.93, strangers=2, contested=1)
FIXING = (
    "{day} fixing put the crown of Norvane at {rate} to the dollar, the central bank of the island said, after a quiet"
    " session in which shipping companies bought dollars for their fuel and exporters of dried fish sold some of theirs."
)


def test_a_word_or_two_may_be_altered():
    assert ALTERED.holds(SCORE)
    assert not ALTERED.holds(replace(SCORE, strangers=3))


def test_not_the_day():
    assert not ALTERED.holds(replace(SCORE, other_day=True))


def group(desk, *days):
    for place, (day, rate) in enumerate(days):
        desk.take(
            FIXING.format(day=day, rate=rate),
            headline="Central bank fixes the crown to the dollar",
            hours=11 * place,
            publisher=f"Outlet {place}",
        )
    desk.group()
    return len(set(desk.groups().values()))


def test_the_evenings_report_and_the_next_mornings_are_two(desk):
    assert group(desk, ("Monday's", "11.92"), ("Tuesday's", "11.98")) == 2


def test_one_day_with_a_slip_is_one(desk):
    assert group(desk, ("Monday's", "11.92"), ("Monday's", "11.98")) == 1
