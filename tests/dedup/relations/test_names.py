"""Names under keys that no language changes."""

from __future__ import annotations

import pytest

from dedup.relations.names import make_key, read_names


@pytest.mark.parametrize(
    "spellings",
    [
        ("Degtyarev", "Дегтярев", "Дегтяревым", "Degtyarev's"),
        ("Gorbachev", "Gorbatschow", "Горбачёв"),
        ("Khabarovsk", "Хабаровск", "ハバロフスク"),
        ("Trump", "トランプ", "Трамп"),
        ("Yeltsin", "Ельцин"),
        ("Belmarken", "Бельмаркен", "ベルマルケン"),
    ],
)
def test_a_name_has_one_key_in_every_script(spellings):
    assert len({make_key(name) for name in spellings}) == 1


def test_other_names_have_other_keys():
    names = ("Merkel", "Macron", "Putin", "Trump", "Biden", "Johnson", "Degtyarev", "Furgal")
    assert len({make_key(name) for name in names}) == len(names)


def test_short_names_have_no_key():
    assert make_key("Obama") == ""


def test_a_capital_that_opens_a_sentence_makes_no_name():
    assert read_names("Police arrested Marek Dolan in Varnholt. Police were late.") == {
        make_key("Marek"): "Marek",
        make_key("Dolan"): "Dolan",
        make_key("Varnholt"): "Varnholt",
    }


def test_a_known_place_is_a_name_wherever_it_is_printed():
    assert read_names("Berlin’s mayor was late. Germany agreed. Nobody left.") == {
        make_key("Berlin"): "Berlin",
        make_key("Germany"): "Germany",
    }
