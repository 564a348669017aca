"""Texts in rows: what corresponds, what differs, and which of it is a number or a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.explain.aligned import MOST_WORDS, align_texts

QUAY = (
    "The harbour board voted on Monday to rebuild the north quay after surveyors found that two piers had sunk.\n\n"
    "Ships longer than 120 metres will berth at the coal terminal until the work ends, harbour master Ida Lund said.\n\n"
    "The board put the cost at 48 million crowns and will decide in May."
)
LOCAL = "A reporter of this newspaper, Jens Brix, saw divers at the pier on the same evening."


def align(*bodies):
    return align_texts([("", body) for body in bodies])


def show(cell):
    return "\n".join("".join(piece.text for piece in paragraph) for paragraph in cell)


def list_marked(found, text, *marks):
    pieces = [piece for row in found.rows for paragraph in row.cells[text] for piece in paragraph]
    return [piece.text for piece in pieces if piece.mark in marks]


def test_equal_texts_have_a_row_for_each_paragraph_and_no_mark():
    found = align(QUAY, QUAY)
    assert [row.is_same for row in found.rows] == [True, True, True]
    assert [show(row.cells[0]) for row in found.rows] == QUAY.split("\n\n")
    assert found.shares == (1.0, 1.0)


def test_a_number_and_a_name_that_differ_are_marked_in_both():
    found = align(QUAY, QUAY.replace("48 million", "84 million").replace("Ida Lund", "Ida Berg"))
    assert list_marked(found, 0, "number", "name", "changed") == ["Lund", "48 million"]
    assert list_marked(found, 1, "number") == ["84 million"]
    assert (found.only[1].numbers, found.only[1].names) == (("84 million",), ("Berg",))


def test_the_same_value_written_otherwise_is_the_same():
    found = align("It cost 1,200 dollars, 40 percent more.", "It cost 1200 dollars, 40% more.")
    assert [row.is_same for row in found.rows] == [True]


def test_a_number_that_the_other_text_has_elsewhere_is_only_moved():
    found = align("The 48 guests saw nine piers.", "The guests saw nine piers, all 48.")
    assert list_marked(found, 1, "number") == []


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_paragraph_that_one_adds_has_a_row_of_its_own(place):
    paragraphs = QUAY.split("\n\n")
    longer = "\n\n".join([*paragraphs[:place], LOCAL, *paragraphs[place:]])
    for bodies, empty in (((QUAY, longer), 0), ((longer, QUAY), 1)):
        found = align(*bodies)
        assert [row.is_same for row in found.rows] == [number != place for number in range(4)]
        assert found.rows[place].cells[empty] == ()
        assert show(found.rows[place].cells[1 - empty]) == LOCAL


def test_paragraphs_that_one_joins_lie_beside_those_of_the_other():
    found = align(QUAY, QUAY.replace("\n\n", " "))
    assert [row.is_same for row in found.rows] == [True, True, True]
    assert show(found.rows[1].cells[1]).strip() == QUAY.split("\n\n")[1]


def test_the_few_words_that_two_passages_share_by_chance_are_marked_too():
    found = align(
        "The board met in the town hall on the old quay.",
        "Two ferries left for the north with the morning tide.",
    )
    assert list_marked(found, 0, "same") in ([], ["."])


def test_a_third_text_lies_beside_the_first():
    third = QUAY.replace("48", "84").replace("two piers", "nine piers")
    found = align(QUAY, f"{QUAY}\n\n{LOCAL}", third)
    assert [len(row.cells) for row in found.rows] == [3, 3, 3, 3]
    assert [show(row.cells[2]) for row in found.rows] == [*third.split("\n\n"), ""]
    assert list_marked(found, 0, "number") == ["two", "48 million"]
    assert list_marked(found, 1, "number") == []


def test_what_is_too_long_is_counted_and_not_compared():
    long = "\n\n".join(["Water rises"] * MOST_WORDS)
    found = align(long, long)
    assert found.left_out == (MOST_WORDS, MOST_WORDS)
    assert sum(len(row.cells[0]) for row in found.rows) == MOST_WORDS // 2


@pytest.mark.parametrize("bodies", [("", ""), ("", QUAY), (QUAY, "***"), ("\n\n", "***\n\n")])
def test_a_text_without_words_is_no_fault(bodies):
    found = align(*bodies)
    assert all(row.is_same is False for row in found.rows)


WORDS = st.lists(
    st.sampled_from(["the", "quay", "Lund", "48", "sank", "in", "May", "84", "a", "board"]), max_size=8
).map(" ".join)
BODIES = st.lists(WORDS, max_size=6).map("\n\n".join)


@given(st.lists(BODIES, min_size=2, max_size=3))
def test_no_word_is_lost_or_doubled_whatever_the_texts(bodies):
    found = align(*bodies)
    for number, body in enumerate(bodies):
        printed = " ".join(show(row.cells[number]) for row in found.rows)
        assert printed.split() == body.split()
