"""House styles change words, and only the words they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.demo.style import STYLES, apply_style


@pytest.mark.parametrize(
    ("style", "text", "expected"),
    [
        ("per-cent", "rose 4 percent, a percentage", "rose 4 per cent, a percentage"),
        ("percent-sign", "rose 4.5 percent; percent of what", "rose 4.5%; percent of what"),
        ("billion", "$6.4 bln and 40 mln pounds", "$6.4 billion and 40 million pounds"),
        ("daesh", "Islamic State militants", "Daesh militants"),
        ("kyiv", "KIEV, Feb 2 - Kiev will buy", "KYIV, Feb 2 - Kyiv will buy"),
        (
            "british",
            "organizers realized the color of the harbor",
            "organisers realised the colour of the harbour",
        ),
        (
            "british",
            "the size of the prize made them seize a capsized boat",
            "the size of the prize made them seize a capsized boat",
        ),
        ("single-quotes", 'He said "no", and that it isn\'t', "He said ‘no’, and that it isn’t"),
        ("curly-quotes", 'He said "no".', "He said “no”."),
        ("german-quotes", 'Er sagte: "Nein".', "Er sagte: »Nein«."),
    ],
)
def test_styles(style, text, expected):
    assert apply_style(text, (style,), {}) == expected


def test_honorifics_precede_bare_surnames_only():
    people = {"Adeniran": "Mr", "Sowande": "Ms"}
    text = "Femi Adeniran listened. Adeniran said he would pay. But Sowande said no. Simisola Sowande left."
    expected = "Femi Adeniran listened. Mr Adeniran said he would pay. But Ms Sowande said no. Simisola Sowande left."
    assert apply_style(text, ("honorifics",), people) == expected


UNQUOTED = st.text(alphabet=st.sampled_from("abiz e'4%percentbln.Kiev"), min_size=1, max_size=60)


@pytest.mark.parametrize("style", sorted(STYLES))
@given(parts=st.lists(UNQUOTED, min_size=1, max_size=7).filter(lambda parts: len(parts) % 2 == 1))
def test_a_style_applied_twice_changes_nothing_more(style, parts):
    once = STYLES[style]('"'.join(parts))
    assert STYLES[style](once) == once
