"""Compounds are divided into words of their language, and words that are none stay whole."""

import pytest

from indexer.compounds import list_part_stems, list_stems


def find(typed, printed, language):
    return not set(list_stems(typed)).isdisjoint(list_part_stems(printed, language))


@pytest.mark.parametrize(
    ("printed", "language", "parts"),
    [
        ("Hafenarbeiterstreik", "de", ["Streik", "Hafenarbeiter", "Hafen", "Streiks"]),
        ("Krankenhäuser", "de-AT", ["Haus", "Kranke"]),
        ("Regierungssprecher", "de", ["Sprecher", "Regierung"]),
        ("Waldbrände", "de", ["Brand", "Wald"]),
        ("havenarbeidersstaking", "nl", ["staking", "stakingen", "havenarbeiders"]),
        ("treinstaking", "nl", ["trein"]),
        ("hamnarbetarstrejken", "sv", ["strejk", "hamnarbetare"]),
        ("regeringskris", "sv", ["kris", "regering"]),
        ("havnearbejderstrejke", "da", ["strejke", "arbejder"]),
        ("utenriksminister", "nb", ["minister"]),
        ("flyktningleir", "no", ["leir", "flyktninger"]),
        ("Ministerratssitzung", "de", ["Rat", "Minister", "Sitzung"]),
        ("Busunglück", "de", ["Bus", "Unglück"]),
        ("Ölpreise", "de", ["Öl", "Preis"]),
        ("grondwet", "nl", ["wet"]),
        ("tågolycka", "sv", ["tåg"]),
        ("togulykke", "da", ["tog"]),
        ("motorvei", "nb", ["vei"]),
    ],
)
def test_a_part_finds_the_compound(printed, language, parts):
    assert [part for part in parts if not find(part, printed, language)] == []


@pytest.mark.parametrize(
    ("typed", "printed", "language"),
    [
        ("Bund", "Verbund", "de"),
        ("Reis", "Preis", "de"),
        ("nehmen", "Unternehmen", "de"),
        ("Schaft", "Partnerschaft", "de"),
        ("Arbeit", "Hafenarbeiterstreik", "de"),
        ("Burg", "Bürgermeister", "de"),
        ("Land", "Deutschland", "de"),
        ("Ratte", "Ministerrat", "de"),
        ("Ionen", "Millionen", "de"),
        ("Streik", "Hafenarbeiterstreik", "en"),
        ("schap", "vriendschap", "nl"),
        ("sökning", "undersökning", "sv"),
        ("Rat", "Verrat", "de"),
        ("Rad", "Kamerad", "de"),
        ("Zug", "Zugriff", "de"),
        ("Hof", "Hofer", "de"),
        ("Tag", "Sonntag", "de"),
        ("Eis", "Beweis", "de"),
        ("tog", "foretog", "da"),
        ("val", "festival", "sv"),
    ],
)
def test_what_is_no_part_finds_nothing(typed, printed, language):
    assert not find(typed, printed, language)


@pytest.mark.parametrize("word", ["Ort", "und", "2026", "Зеленский"])
def test_short_words_and_other_scripts_are_no_parts(word):
    assert list_stems(word) == ()
