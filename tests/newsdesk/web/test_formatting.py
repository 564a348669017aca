"""Values in the words of a page."""

import pytest

from newsdesk.web.dispatch.why_tab import QUOTED, cut_middle
from newsdesk.web.formatting import name_minutes, name_seconds


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (0.2, "under 1 min"), (1, "1 min"), (59.4, "59 min"), (59.7, "1 h"), (125, "2 h 5 min"),
     (299.8, "5 h"), (600, "10 h"), (60_061, "1,001 h 1 min")],
)  # fmt: skip
def test_a_span_of_minutes_has_no_sixtieth_minute_and_no_empty_one(minutes, words):
    assert name_minutes(minutes) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.84, "0.8 s"), (9.9, "9.9 s"), (45.3, "45 s"), (119, "119 s"), (548.9, "9 min")]
)
def test_a_span_of_seconds_has_as_many_digits_as_anybody_reads(seconds, words):
    assert name_seconds(seconds) == words


def test_a_long_passage_loses_its_middle_between_words():
    text = " ".join(f"word{number}" for number in range(200))
    first, last = cut_middle(text).split(" … ")
    assert {*first.split(), *last.split()} <= set(text.split())
    assert len(first) + len(last) > QUOTED - 20
    assert cut_middle("short") == "short"
    assert cut_middle("長" * (QUOTED + 1)).replace(" … ", "") == "長" * QUOTED
