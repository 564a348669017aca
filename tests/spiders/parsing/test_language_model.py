"""A copy of the unpacked model finds what the model finds, and is used only while it is whole and of this model."""

import pytest

from spiders.parsing.language_model import FILE, load_identifier

LANGUAGES = ["de", "en", "fr", "pl", "uk", "xx"]
TEXTS = [
    "The ferry sails again on Friday.",
    "Die Fähre fährt am Freitag wieder, sagte ihr Kapitän.",
    "Le ferry reprendra la mer vendredi, selon son capitaine.",
    "Паром знову вирушить у п'ятницю.",
    "Prom znów wypłynie w piątek.",
    "1 2 3",
]


def judge(identifier):
    return [(language, float(share)) for language, share in map(identifier.classify, TEXTS)]


@pytest.fixture(scope="module")
def expected():
    return judge(load_identifier(LANGUAGES))


def test_a_copy_finds_what_the_model_finds(tmp_path, expected):
    assert judge(load_identifier(LANGUAGES, tmp_path)) == expected
    assert (tmp_path / FILE).exists()
    written = (tmp_path / FILE).stat().st_ino
    assert judge(load_identifier(LANGUAGES, tmp_path)) == expected
    assert (tmp_path / FILE).stat().st_ino == written  # it was read, not written again


@pytest.mark.parametrize("damage", ["a byte", "cut", "empty", "foreign"])
def test_a_damaged_copy_is_replaced(tmp_path, expected, damage):
    load_identifier(LANGUAGES, tmp_path)
    path = tmp_path / FILE
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "a byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "cut": whole[:middle],
            "empty": b"",
            "foreign": b"no model at all" * 1000,
        }[damage]
    )
    assert judge(load_identifier(LANGUAGES, tmp_path)) == expected
    assert path.read_bytes() == whole


def test_a_copy_of_other_languages_is_replaced(tmp_path, expected):
    load_identifier(["en", "fr"], tmp_path)
    assert judge(load_identifier(LANGUAGES, tmp_path)) == expected
    assert judge(load_identifier(["en", "fr"], tmp_path)) != expected


def test_a_copy_of_another_model_is_replaced(tmp_path, expected, monkeypatch):
    load_identifier(LANGUAGES, tmp_path)
    other = (tmp_path / FILE).read_bytes()
    monkeypatch.setattr("spiders.parsing.language_model.version", lambda _: "0")
    assert judge(load_identifier(LANGUAGES, tmp_path)) == expected
    assert (tmp_path / FILE).read_bytes() != other


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path, expected):
    assert judge(load_identifier(LANGUAGES, tmp_path / "missing")) == expected
