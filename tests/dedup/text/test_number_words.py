"""Figures out of words and digits."""

import pytest

from dedup.facts.tokens import read_tokens
from dedup.text.vocabulary import LANGUAGES


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("en", "three hundred and five", 305),
        ("en", "twenty-one", 21),
        ("en", "two million three hundred thousand", 2_300_000),
        ("en", "3.5 million", 3_500_000),
        ("en", "$3bn", 3e9),
        ("en", "a dozen", 12),
        ("de", "einundzwanzig", 21),
        ("de", "zweitausenddreihundert", 2300),
        ("de", "3 Mrd", 3e9),
        ("fr", "quatre-vingt-dix-sept", 97),
        ("fr", "deux cents", 200),
        ("es", "tres mil millones", 3e9),
        ("ru", "двести пять тысяч", 205_000),
        ("nl", "eenentwintig", 21),
        ("de", "fuenfundfuenfzig", 55),
        ("de", "hunderteins", 101),
        ("de", "ein Tsd", 1000),
        ("en", "two hundreds", 200),
        ("it", "quattrocento", 400),
        ("pl", "czterdzieści", 40),
        ("ru", "пять сотен", 500),
        ("ru", "семидесяти", 70),
    ],
)
def test_a_figure_in_words(code, text, value):
    assert [token.value for token in read_tokens(text, LANGUAGES[code])] == [value]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "hundreds of people"),
        ("en", "a few millions"),
        ("ru", "сотни людей"),
        ("de", "eins"),
        ("zh", "三星"),
    ],
)
def test_what_multiplies_is_no_figure_by_itself(code, text):
    assert {token.kind for token in read_tokens(text, LANGUAGES[code])} <= {"word", "name"}


def test_two_figures_stay_two():
    assert [token.value for token in read_tokens("three and four", LANGUAGES["en"]) if token.value] == [3, 4]


@pytest.mark.parametrize("text", ["MH17", "l983", "201l"])
def test_digits_inside_a_word_are_no_figure(text):
    assert {token.kind for token in read_tokens(text, LANGUAGES["en"])} <= {"word", "name"}
