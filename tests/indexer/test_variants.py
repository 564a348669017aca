"""Other spellings of a word, its stem, and the words one slip away from it."""

import pytest

from copytaster.wire.places import is_city, is_region, list_parts, list_places
from indexer.elastic.mapping import STEMMED
from indexer.query import parse_query
from indexer.stems import STEMMERS, find_beginning, find_stemmer, stem_word
from indexer.variants import add_variants
from indexer.word_slips import is_slip, list_slips


def spell(text):
    groups = add_variants(parse_query(text)).required
    return [[" ".join(term.words) for term in group if not term.keyed] for group in groups]


def test_a_part_of_the_world_is_its_places_in_datelines_only():
    (places,) = spell('dateline:"Middle East"')
    assert {"middle east", "beirut", "abu dhabi", "بيروت"} <= set(places)
    (excluded,) = [add_variants(parse_query('-dateline:"middle east" quay')).excluded]
    assert ("beirut",) in [term.words for term in excluded]
    assert spell('"Middle East"') == [["middle east"]]
    assert spell("dateline:Beirut") == [["beirut"]]


@pytest.mark.parametrize("part", list_parts())
def test_each_place_of_a_part_of_the_world_is_one_that_datelines_have(part):
    assert [name for name in list_places(part) if not (is_city(name) or is_region(name))] == []


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("München", ["munchen", "muenchen"]),
        ("Muenchen", ["muenchen", "munchen"]),
        ("Åland", ["aland", "aaland"]),
        ("covid-19", ["covid 19", "covid19"]),
        ("covid19", ["covid19", "covid 19"]),
        ("e-mail", ["e mail", "email"]),
        ("٢٠٢٦", ["٢٠٢٦", "2026", "۲۰۲۶", "२०२६", "২০২৬"]),
        ("2026", ["2026", "٢٠٢٦", "۲۰۲۶", "२०२६", "২০২৬"]),
        ("queue", ["queue"]),
        ("harbour", ["harbour"]),
        ('"Muenchen"', ["muenchen"]),
        ("muen*", ["muen", "mun"]),
        ("publisher:Muenchen", ["muenchen"]),
    ],
)
def test_other_spellings_are_alternatives(typed, spelled):
    assert spell(typed) == [spelled]


def test_what_is_excluded_is_excluded_in_every_spelling():
    assert [term.words for term in add_variants(parse_query("flood -covid19")).excluded] == [
        ("covid19",),
        ("covid", "19"),
    ]


def test_each_language_that_servers_stem_has_a_stemmer_but_two():
    assert set(STEMMED) - set(STEMMERS) == {"bg", "lv"}
    for stemmer in set(STEMMERS.values()):
        assert stem_word("abcdef", stemmer)
    assert (find_stemmer("de-AT"), find_stemmer("xx")) == ("german", None)


@pytest.mark.parametrize(
    ("one", "other", "stemmer"),
    [
        ("election", "elections", "english"),
        ("happy", "happiness", "english"),
        ("wahl", "wahlen", "german"),
        ("выборы", "выборов", "russian"),
        ("eleccion", "elecciones", "spanish"),
    ],
)
def test_forms_of_a_word_have_its_stem_and_begin_alike(one, other, stemmer):
    for begin in (find_beginning(one, stemmer), find_beginning(other, stemmer)):
        assert one.startswith(begin)
        assert other.startswith(begin)
    if stemmer != "spanish":  # its stemmer wants the accent
        assert stem_word(one, stemmer) == stem_word(other, stemmer)


@pytest.mark.parametrize("word", ["go", "is", "covid19", "2026"])
def test_a_short_word_or_a_number_has_no_forms(word):
    assert find_beginning(word, "english") is None


@pytest.mark.parametrize("slip", ["goverment", "governmentt", "govermnent", "gobernment", "governmen"])
def test_one_slip_away(slip):
    assert is_slip(slip, "government")
    assert "government" in list_slips(slip)


@pytest.mark.parametrize("other", ["government", "govment", "govern", "2026"])
def test_more_than_one_slip_or_none_is_none(other):
    assert not is_slip("government", other)


def test_slips_keep_to_the_script_of_the_word():
    assert "правительство" in list_slips("првительство")
    assert list_slips("123456") == []
    assert list_slips("cat") == []
