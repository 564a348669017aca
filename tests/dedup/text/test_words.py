"""The words of a text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text.words import MAX_WORDS, read_words


def same(one, other):
    return read_words(one).words.tolist() == read_words(other).words.tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Islamic State said", "ISIS said"),
        ("Daesh said", "the ISIL said".removeprefix("the ")),
        ("0.4 percent", "0.4 per cent"),
        ("0.4 pct", "0.4%"),
        ("$1 bln", "$1 billion"),
        ("They recognized the organization", "They recognised the organisation"),
        ("labor and color", "labour and colour"),
        ("the ministry’s plan", "the ministry's plan"),
        ("Mr Eck spoke", "Eck spoke"),
        ("U.S. troops", "US troops"),
        ("1,234,000 people", "1234000 people"),
        ("“All safe,” she said", '"All safe," she said'),
        ("ﬁre on deck", "fire on deck"),
        ("Kyiv", "Kiev"),
    ],
)
def test_house_styles_are_one(one, other):
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("12 people", "13 people"), ("the north", "the south"), ("3.4 percent", "34 percent")]
)
def test_facts_are_not(one, other):
    assert not same(one, other)


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ('He said "it is over" now', [0, 0, 1, 1, 1, 0]),
        ("He said “it is over” now", [0, 0, 1, 1, 1, 0]),
        ("He said ‘it is over’ now", [0, 0, 1, 1, 1, 0]),
        ("He said 'it is over' now", [0, 0, 1, 1, 1, 0]),
        ("Er sagte „es ist vorbei“ nun", [0, 0, 1, 1, 1, 0]),
        ("Il dit «c est fini» ici", [0, 0, 1, 1, 1, 0]),
        ("The workers' pay isn't up", [0, 0, 0, 0, 0]),
        ("“One day\n\n“two days” more", [1, 1, 1, 1, 0]),
    ],
)
def test_words_in_quotation_marks(body, quoted):
    assert read_words(body).quoted.astype(int).tolist() == quoted


def test_numbers_and_paragraphs():
    text = read_words("Some 12 people.\n\n\nThen 3.5 more.\nEnd")
    assert text.numeric.astype(int).tolist() == [0, 1, 0, 0, 1, 0, 0]
    assert [(start, end) for start, end, _ in text.paragraphs("A")] == [(0, 3), (3, 6), (6, 7)]
    assert read_words("").paragraphs("A") == []


def test_paragraphs_move_with_the_words_that_are_kept():
    text = read_words("Some 12 people.\n\nGone.\n\nThen 3.5 more.")
    kept = text.only(np.array([1, 0, 1, 0, 1, 1, 1], dtype=bool))
    assert kept.starts.tolist() == [0, 2]
    assert len(kept) == 5


def test_names_are_words_with_capitals_inside_a_sentence():
    text = read_words("The ferry of Ilse Varro left. Varro said Athens and Αθήνα and Москва are far. And far")
    assert text.named.astype(int).tolist() == [0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0]


def test_a_paragraph_is_named_with_its_publisher():
    text = read_words("Read more here")
    assert text.paragraphs("A") == read_words("Read MORE here!").paragraphs("A") != text.paragraphs("B")


@pytest.mark.parametrize("body", ["東京で地震があった", "ไม่มีรายงานผู้บาดเจ็บ"])
def test_scripts_without_spaces_become_pairs_of_characters(body):
    assert len(read_words(body)) == len(body) - 1


def test_what_japanese_spells_in_katakana_is_a_name():
    text = read_words("火曜日の夜、ポルタリスの工場で火災が発生した。")
    names = read_words("ポルタリス").words
    assert set(text.words[text.named].tolist()) == set(names.tolist())
    assert read_words("ﾎﾟﾙﾀﾘｽの工場").named.sum() == len(names)


@given(st.text(max_size=400))
def test_any_text_is_read(body):
    text = read_words(body)
    assert len(text.words) == len(text.quoted) == len(text.numeric)
    assert all(0 <= start < len(text) for start in text.starts)
    assert -(2**63) <= text.exact < 2**63


@given(st.text(alphabet="abc 12\"'“”.\n", max_size=200))
def test_reading_twice_and_in_capitals_gives_the_same(body):
    one, other = read_words(body), read_words(body.upper())
    assert one.exact == other.exact
    assert np.array_equal(one.quoted, other.quoted)


@pytest.mark.parametrize(
    "body", ["a" * 100_000, "'" * 100_000, "1," * 50_000, "a.a." * 25_000, "語" * 100_000, "\ud800 x" * 1000]
)
def test_hostile_text_is_read_soon_and_bounded(body):
    assert len(read_words(body)) <= MAX_WORDS


def test_a_frame_is_a_paragraph_with_its_numbers_as_one():
    early = read_words("Larapharm 30.71 +0.15%\nThe bank said so.\n7 ships\n")
    late = read_words("Larapharm 29.08 -2.96%\nThe bank said so.\n12 ships and 4 tugs")
    frames, later = early.frames("Post"), late.frames("Post")
    assert frames[0] == later[0] != 0
    assert frames[1] == later[1] == 0
    assert frames[2] != later[2]
    assert len(frames) == len(early.paragraphs("Post")) == 3
    assert set(frames[::2]).isdisjoint(early.frames("Herald") + [one for *_, one in early.paragraphs("Post")])
    assert read_words("").frames("Post") == []
