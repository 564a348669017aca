import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.parsing.cleaning import clean_line, clean_lines, paragraphs_of

FORBIDDEN = set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\u00ad")


def is_clean(text):
    return (
        text == unicodedata.normalize("NFC", text)
        and text.encode("utf-8")
        and not any(unicodedata.category(char) in ("Cc", "Cs") and char != "\n" for char in text)
        and not FORBIDDEN & set(text)
    )


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\x00b\x07c", "abc"),
        ("one\u00a0 two\u2003three", "one two three"),
        ("\u202eevil\u202c text\u200b", "evil text"),
        ("soft\u00adhyphen", "softhyphen"),
        ("e\u0301te\u0301", "été"),
        ("\ufeffstart", "start"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("line\r\nbreak\u2028here", "line break here"),
    ],
)
def test_clean_line(dirty, clean):
    assert clean_line(dirty) == clean


def test_stacked_marks_are_cut():
    assert len(clean_line("z" + "\u0335" * 500)) < 10


@given(st.text(st.characters(), max_size=300))
def test_anything_becomes_clean(text):
    assert clean_lines(text) == "" or is_clean(clean_lines(text))
    assert clean_line(clean_line(text)) == clean_line(text)
    assert "\n" not in clean_line(text)


def test_paragraphs():
    assert paragraphs_of("one\ntwo\n \n\tthree \n\n\n") == ["one two", "three"]
