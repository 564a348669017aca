"""One name in many spellings has a key in common, and words that are no such names have none with others."""

import tomllib
from itertools import permutations
from pathlib import Path

import pytest

from indexer.romanised import list_printed_keys, list_typed_keys

NAMES = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


def is_found(typed, printed, language):
    return not set(list_typed_keys(typed.lower())).isdisjoint(list_printed_keys(printed, [language]))


def count_found(table):
    """(pairs of spellings of one name, those of them that are found)."""
    pairs = [
        (one.partition("/")[0], *other.split("/"))
        for spellings in table.values()
        for one, other in permutations(spellings, 2)
    ]
    pairs = [(one, other, language) for one, other, language in pairs if one.casefold() != other.casefold()]
    return len(pairs), sum(is_found(*pair) for pair in pairs)


@pytest.mark.parametrize(("half", "share"), [("first", 0.96), ("second", 0.85)])
def test_most_spellings_of_a_name_are_found(half, share):
    pairs, found = count_found(NAMES[half])
    assert pairs > 250
    assert found >= share * pairs


@pytest.mark.parametrize(
    ("typed", "printed", "language"),
    [
        ("Selenskyj", "Zelenskyy", "en"),
        ("Zelensky", "Зеленский", "ru"),
        ("Zelensky", "Зеленского", "ru"),
        ("Zelenskyy", "Selenskyjs", "de"),
        ("Зеленський", "Zełenski", "pl"),
        ("Gorbachev", "Gorbatschow", "de"),
        ("Gorbatchev", "Горбачёв", "ru"),
        ("Tsipras", "Τσίπρας", "el"),
        ("Саакашвили", "Saakashvili", "en"),
    ],
)
def test_names_in_other_spellings(typed, printed, language):
    assert is_found(typed, printed, language)


@pytest.mark.parametrize(
    ("typed", "printed", "language"),
    [
        ("March", "Marsh", "en"),
        ("Mitchell", "Michel", "en"),
        ("Michel", "Mischel", "de"),
        ("Sara", "Zara", "en"),
        ("Zara", "Sara", "de"),
        ("Zoll", "Soll", "de"),
        ("Maria", "Mara", "en"),
        ("Roman", "Romain", "fr"),
        ("Tony", "Toni", "en"),
        ("Brian", "Bryan", "en"),
        ("Mayor", "Mayer", "en"),
        ("person", "Pierson", "en"),
        ("ratio", "Rate", "en"),
        ("stories", "Stores", "en"),
        ("Juan", "Yuan", "en"),
        ("Jean", "Joan", "fr"),
        ("Boer", "Bur", "nl"),
        ("wine", "Vine", "en"),
        ("Shell", "Schell", "de"),
        ("Putin", "Patin", "fr"),
        ("Lavrov", "Larov", "en"),
        ("Kiev", "Kiel", "de"),
    ],
)
def test_other_words_are_not_taken_for_a_name(typed, printed, language):
    assert not is_found(typed, printed, language)
    assert not is_found(printed, typed, language)


@pytest.mark.parametrize("word", ["the", "may", "2026", "covid19", "Ян", "", "x" * 40])
def test_short_words_numbers_and_noise_have_no_key(word):
    assert not list_typed_keys(word)


def test_a_word_in_small_letters_is_no_name_in_a_text():
    assert not list_printed_keys("gorbatschow", ["de"])
