"""How far two texts agree in numbers and names."""

from __future__ import annotations

import pytest

from dedup.relations.facts import compare_facts, read_facts


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
