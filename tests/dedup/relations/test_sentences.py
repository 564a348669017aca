"""Sentences of any language."""

from __future__ import annotations

import pytest

from dedup.relations.sentences import divide


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One came. Two went.", ["One came.", "Two went."]),
        ("Mr. Dolan left at 5 p.m. on Sunday. He ran.", ["Mr. Dolan left at 5 p.m. on Sunday.", "He ran."]),
        ("Am 24. Juli kam er. Dann ging er.", ["Am 24. Juli kam er.", "Dann ging er."]),
        ("Купили 5 млн. Москва ждет. Все.", ["Купили 5 млн. Москва ждет.", "Все."]),
        ("彼は来た。「行く」と言った。", ["彼は来た。", "「行く」と言った。"]),
        ("No stop\n\nAnother paragraph", ["No stop", "Another paragraph"]),
        ("It cost 3.5 million. “Why?” she asked.", ["It cost 3.5 million.", "“Why?” she asked."]),
        ("* * *\n\nText.", ["Text."]),
        ("", []),
    ],
)
def test_where_sentences_end(text, sentences):
    assert divide(text, most=9) == sentences


def test_no_more_than_asked_for():
    assert divide("One. Two. Three. Four.", most=2) == ["One.", "Two."]
