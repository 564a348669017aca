"""The compiled reader gives what the patterns give, for every text that it does not leave to them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.text import words as reading
from dedup.text.tokenizer import Tokens
from tests.dedup import copydesk as copy

PIECES = [
    *"aabBcé'’‘`“”\"„«» \n\t..,;:%1239_-–—$€\xa0\x1c\x85ñЖжßΩσÀ",
    *["U.S. ", "u.s.a.", "islamic state", "Islamic\nState", "per cent", "united states", "cote d'ivoire"],
    *[
        "'s",
        "O'Neil",
        "mr ",
        "3.5",
        "1,000 ",
        "…",
        "Σ",
        "e\u0301",
        "´",
        "ʼ",
        "\xad",
        "中文",
        "محمد ",
        "İ",
        "ﬁ",
        "½",
    ],
    *["\ue000", "\x01", "😀", "가", "\ud800", "said Varro ", "of North "],
]


def agree(body):
    """Whether both ways give the same tokens and names; None where the text is left to the patterns."""
    compiled = reading._TOKENS.read(body)
    if compiled is None:
        return None
    tokens, names = reading._read_by_patterns(body)
    return compiled[0].tolist() == tokens.tolist() and set(compiled[1].tolist()) == set(names.tolist())


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_both_ways_agree_on_pieces_of_copy(body):
    assert agree(body) is not False


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_both_ways_agree_on_any_text(body):
    assert agree(body) is not False


@pytest.mark.parametrize("code", range(0, 0x10000, 0x1000))
def test_every_character_is_read_as_the_patterns_read_it(code):
    agreed = [
        agree(f"a b{chr(place)}c'{chr(place)} 1{chr(place)}2 C") for place in range(code, code + 0x1000)
    ]
    assert False not in agreed


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        (copy.FERRY, True),
        ("“Größe”, sagte er: ‘nein’ – für 3 €", True),
        ("Θεσσαλονίκη и Москва في ميناء 서울", True),
        ("東京", False),
        ("e\u0301tat", False),
        ("ΟΔΟΣ", False),
        ("soft\xadhyphen", False),
    ],
)
def test_what_is_left_to_the_patterns(body, plain):
    assert (reading._TOKENS.read(body) is not None) is plain
    assert agree(body) is (True if plain else None)


def test_a_full_table_is_emptied_and_values_stay_the_same():
    computed = []

    def value_of(token):
        computed.append(token)
        return reading._VALUES[token]

    tokens = Tokens(value_of, {}, seed=1, room=40_000)
    words = copy.say_words(random.Random("table"), 60_000)
    first = tokens.read(" ".join(words[:30_000]))
    tokens.read(" ".join(words))
    again = tokens.read(" ".join(words[:30_000]))
    assert first is not None
    assert again is not None
    assert np.array_equal(first[0], again[0])
    assert len(computed) > len(set(computed))  # the table was emptied and filled again
