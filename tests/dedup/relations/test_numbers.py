"""Numbers as values, however a text spells them."""

from __future__ import annotations

import pytest

from dedup.relations.numbers import read_numbers, strength


@pytest.mark.parametrize(
    ("text", "language", "numbers"),
    [
        ("1.3 million people, 26,469.89 points and 12.5%", "en", [1_300_000, 26_469.89, 12.5]),
        ("1,3 Millionen, 26.469,89 Punkte und 1.300 Mann", "de", [1_300_000, 26_469.89, 1300]),
        ("fünfundzwanzig Boote, zweihundert Mann", "de", [25, 200]),
        ("quatre-vingt-dix-huit morts, 25 milliards d'euros", "fr", [98, 25e9]),
        ("10 тысяч человек, сорок два, 3,5 млн", "ru", [10_000, 42, 3_500_000]),
        ("twenty-five thousand three hundred and two; 640 thousand", "en", [25_302, 640_000]),
        ("1万2000人、3億5000万円、三百人、二十五人", "ja", [12_000, 350_000_000, 300, 25]),
        ("2.5万亿元 30多人", "zh", [2.5e12, 30]),
        ("1만 2000명", "ko", [10_000, 2000]),
        ("10 000 and 10 000", "fr", [10_000, 10_000]),
        ("two dozen ships worth $1.5bn", "en", [24, 1.5e9]),
        ("vijfentwintig boten, zweitausend Mann, fuenfzehn", None, [25, 2000, 15]),
        ("siedemdziesięciu, veintitrés, 2 crore, vierzig", None, [23, 2e7, 40]),
        ("5 miles, once, sex, on the third, one or null, six cts", None, [5, 6]),
        ("5 cents, hundreds of people, millions of ships, 千葉県", "en", [5]),
        ("٢٥ شخصا", "ar", [25]),
        ("no number at all", "en", []),
    ],
)
def test_a_number_has_one_value_in_every_spelling(text, language, numbers):
    assert read_numbers(text, language) == pytest.approx(numbers)


@pytest.mark.parametrize(
    "clock", ["17:47", "5:47 PM", "5:47 p.m.", "17.47 Uhr", "17h47", "17 h 47", "17時47分", "1747 hours"]
)
def test_a_time_of_day_is_one_number(clock):
    assert read_numbers(f"at {clock}", "en") == [1747]


def test_half_a_day_is_told_apart():
    assert read_numbers("at 5 p.m. and at 10 am", "en") == [17, 10]


def test_precise_figures_prove_more_than_counts_and_years():
    assert strength(3) < strength(2020) < strength(40) < strength(26_469.89)
    assert strength(1_000_000) < strength(1_234_000)
