"""Marking the matches of a search in a text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analyzer import PlacedWords, exact_words, folded_words, join_breaks
from indexer.highlight import find_spans, make_excerpt, mark_text
from indexer.query import read_query
from indexer.search import SearchQuery
from tests.growth import is_even

TEXT = (
    "The U.S.-led cease-fire cost 5.25 per cent; Müller isn’t in 北江. A ceasefire, said Muller, “of\nsorts”."
)


def marked(text, typed):
    terms = read_query(SearchQuery(typed)).marked
    return [text[start:end] for start, end in find_spans(text, terms)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("muller", ["Müller", "Muller"]),
        ('"muller"', ["Muller"]),
        ('"Müller isn\'t"', ["Müller isn’t"]),
        ("cease*", ["cease", "ceasefire"]),
        ("cease-fire", ["cease-fire"]),
        ('"cease-fire"', ["cease-fire"]),
        ("percent", ["per cent"]),
        ('"of sorts"', ["of\nsorts"]),
        ('"per cent"', ["per cent"]),
        ("北江", ["北江"]),
        ("us", ["U.S."]),
        ("cent", []),
        ("body:said", ["said"]),
        ("absent", []),
    ],
)
def test_what_is_marked(typed, found):
    assert marked(TEXT, typed) == found


def test_overlapping_terms_are_marked_once():
    assert marked("A grain corridor deal", '"grain corridor" "corridor deal"') == ["grain corridor deal"]


words = st.sampled_from(
    [
        "per",
        "cent",
        "per-cent",
        "Per",
        "pct",
        "word",
        "w" * 65,
        "x" * 64,
        "%",
        "-",
        "a_b",
        "U.N.",
        "d’état",
        "北江",
        "1,200",
        "é́x",
        "...",
        "",
    ]
)
spaces = st.sampled_from([" ", "  ", "\n\n", "\u00a0", "\u2028", "\x1d", "-", ""])
mixed = st.lists(st.tuples(words, spaces), max_size=12).map(lambda pairs: "".join(map("".join, pairs)))


@given(st.one_of(st.text(max_size=120), mixed))
def test_words_of_pieces_are_those_of_the_whole(text):
    for exact, whole in ((False, folded_words(text)), (True, exact_words(text))):
        placed = PlacedWords(text, exact=exact)
        shown = list(re.finditer("[^ ]+", placed.joined))
        assert [match[0] for match in shown] == [join_breaks(word.text) for word in whole]
        assert [placed.find(*match.span()) for match in shown] == [word[1:] for word in whole]


@given(st.one_of(st.text(max_size=120), mixed), st.sampled_from(["per*", "cent", "a_b", '"U.N."', "北", "e"]))
def test_segments_make_the_text_again(text, typed):
    segments = mark_text(text, find_spans(text, read_query(SearchQuery(typed)).marked))
    assert "".join(segment.text for segment in segments) == text


def test_an_excerpt_shows_where_most_was_found():
    text = " ".join(["grain", *["nothing"] * 200, "grain corridor deal", *["nothing"] * 200])
    terms = read_query(SearchQuery("grain corridor deal")).marked
    excerpt = make_excerpt(text, find_spans(text, terms))
    assert [segment.text for segment in excerpt if segment.marked] == ["grain", "corridor", "deal"]


def test_a_long_body_is_marked_in_a_moment():
    text = "The harvest was late in the north, officials said on Tuesday. " * 2_000
    terms = read_query(SearchQuery('officials "said on Tuesday"')).marked
    assert len(find_spans(text, terms)) == 4_000
    assert is_even(lambda part: find_spans(part, terms), text)
