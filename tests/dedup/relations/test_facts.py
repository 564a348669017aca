"""How far two texts agree in numbers and names."""

from __future__ import annotations

import pytest

from dedup.relations.facts import compare_facts, names_two_subjects, read_facts
from dedup.relations.names import read_names


def compare(one, other, *, languages=("en", "en")):
    return compare_facts(read_facts(one, languages[0]), read_facts(other, languages[1]))


def test_facts_agree_across_languages():
    found = compare(
        "Mayor Dolan of Varnholt said 1.3 million crowns were spent on 417 boats.",
        "Мэр Долан из Варнхольта заявил, что на 417 лодок потрачено 1,3 млн крон.",
        languages=("en", "ru"),
    )
    assert found.numbers == (417.0, 1_300_000.0)
    assert len(found.names) == 2
    assert (found.share, found.against, found.only_earlier, found.only_later) == (1.0, 0.0, (), ())


def test_other_figures_in_the_same_form_contradict():
    found = compare("Shares rose 412 points to 26,417.", "Shares rose 377 points to 26,794.")
    assert found.share == 0.0
    assert found.against >= 1


def test_a_text_that_leaves_numbers_out_contradicts_nothing():
    found = compare("Shares rose 412 points to 26,417.", "Shares rose 412 points.")
    assert (found.share, found.against) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("printed", "is_same"), [("1,268,000", True), ("1,290,000", False), ("1,270", False)]
)
def test_a_rounded_number_is_the_number_it_rounds(printed, is_same):
    found = compare(f"They counted {printed} birds.", "They counted 1.27 million birds.")
    assert bool(found.numbers) is is_same


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("at 11:36", "at 11:39", False),
        ("12,047 fans", "12,000 fans", True),
        ("12,000 fans", "12,047 fans", True),
        ("26,469.89 points", "26,470 points", True),
        ("26,469 points", "26,470 points", True),
        ("26,469 points", "26,471 points", False),
    ],
)
def test_only_a_number_with_fewer_digits_rounds_another(one, other, is_same):
    assert bool(compare(one, other).numbers) is is_same


def test_the_place_of_the_dateline_is_a_fact():
    found = compare_facts(
        read_facts("They met.", "en", ("VARNHOLT",)), read_facts("In Varnholt they met.", "en")
    )
    assert [len(found.names), found.names_share] == [1, 1.0]


def test_a_quotation_in_both_is_a_fact():
    found = compare(
        '"We have lost everything but the office," he said.',
        '"We have lost everything but the desk," he said.',
    )
    assert found.quotes == (
        ("We have lost everything but the office,", "We have lost everything but the desk,"),
    )


FORM = (
    "{0} play {1} on Tuesday in round 8 of the cup. The match begins at 20:35 GMT, and {0} won the last one."
)


def read_lead(*teams):
    text = FORM.format(*teams)
    return read_names(text), read_facts(text, "en")


@pytest.mark.parametrize(
    ("other", "is_other"),
    [
        (("Raluford", "Rosarzha"), True),
        (("Belirigg", "Elimsk"), False),
        (("Belirigg", "Elimzk"), False),  # spelled otherwise by another translator
    ],
)
def test_one_form_about_two_subjects(other, is_other):
    (subject, facts), (other_subject, other_facts) = read_lead("Belirigg", "Elimsk"), read_lead(*other)
    assert names_two_subjects(subject, other_subject, (facts, other_facts)) is is_other


def test_names_of_one_key_are_two_where_they_are_spelled_otherwise():
    one, other = read_facts("Shares of RalSer fell.", "en"), read_facts("Shares of ErJar fell.", "en")
    assert set(one.names) == set(other.names) != set()
    assert names_two_subjects(one.names, other.names, (one, other))
