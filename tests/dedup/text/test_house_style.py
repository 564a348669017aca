"""House style is folded as the data file says, and the file has rows of the expected shape."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from dedup.text.house_style import PHRASES, fold_headline, fold_phrases, fold_spelling

TABLE = tomllib.loads(files("dedup.text").joinpath("house_style.toml").read_text(encoding="utf-8"))


def test_every_row_of_the_table_is_folded():
    for phrase, spelling in TABLE["phrases"].items():
        assert fold_phrases(f"the {phrase} said") == f"the {spelling} said"
    for word, spelling in TABLE["words"].items():
        assert fold_spelling(word) == spelling
    assert {fold_spelling(word) for word in TABLE["dropped"]} == {""}


def test_the_table_is_lower_case_and_settles():
    """A folded word is folded no further, so two texts meet whichever way each was written."""
    spellings = [*TABLE["phrases"].values(), *TABLE["words"].values()]
    assert all(one == one.lower() for one in [*spellings, *TABLE["phrases"], *TABLE["words"]])
    assert not {word for word in TABLE["words"].values() if word in TABLE["words"]}
    assert not set(PHRASES) & set(PHRASES.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("organised", "organized"),
        ("organisations", "organizations"),
        ("analysed", "analyzed"),
        ("colour", "color"),
        ("neighbourhood", "neighborhood"),
        ("centre", "center"),
        ("centred", "centerd"),
        ("defence", "defense"),
        ("travelled", "traveled"),
        ("catalogues", "catalogs"),
        ("ministry's", "ministry"),
        ("organization", "organization"),
        ("rise", "rise"),
        ("our", "our"),
    ],
)
def test_endings(one, other):
    assert fold_spelling(one) == other


def test_a_phrase_is_folded_as_a_whole_and_over_any_space():
    assert fold_phrases("islamic\nstate in iraq and syria") == "isis"
    assert fold_phrases("the islamic statement") == "the islamic statement"


def test_a_headline_keeps_its_words_only():
    assert fold_headline("UPDATE 1-Ferry “lost power”, crew says") == "update 1 ferry lost power crew says"
