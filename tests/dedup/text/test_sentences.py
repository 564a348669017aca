"""Sentences of any language."""

from __future__ import annotations

import pytest

from dedup.text.sentences import divide


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
        ("He won in 2019. She lost.", ["He won in 2019.", "She lost."]),
        ("They won by 24. She lost.", ["They won by 24.", "She lost."]),
        ("Die 2. Bundesliga ruht. Er geht.", ["Die 2. Bundesliga ruht.", "Er geht."]),
        ("Im 19. Bezirk. Im 1900. Bezirk.", ["Im 19. Bezirk.", "Im 1900. Bezirk."]),
        ("He said no. She left. It was No. 5.", ["He said no.", "She left.", "It was No. 5."]),
        ("It is modern art. She left.", ["It is modern art.", "She left."]),
        ("He didn't. She did.", ["He didn't.", "She did."]),
        (
            "On Jan. 5 J.-P. Sartre left the U.S. Army. So?",
            ["On Jan. 5 J.-P. Sartre left the U.S. Army.", "So?"],
        ),
        ("DR. WHO MET GEN. LEE. HE LEFT.", ["DR. WHO MET GEN. LEE.", "HE LEFT."]),
        ("in the U.S.\n\nThe army", ["in the U.S.", "The army"]),
        ("It goes on\nbelow. One\nTwo", ["It goes on\nbelow.", "One", "Two"]),
        ("Он пришёл. Ёж ушёл. Всё.", ["Он пришёл.", "Ёж ушёл.", "Всё."]),
        ("هل جاء؟ نعم.", ["هل جاء؟", "نعم."]),
        ("", []),
    ],
)
def test_where_sentences_end(text, sentences):
    assert divide(text, most=9) == sentences


def test_no_more_than_asked_for():
    assert divide("One. Two. Three. Four.", most=2) == ["One.", "Two."]


def test_by_line_every_line_break_ends_one():
    assert divide("It goes on\nbelow. Two", most=9, by_line=True) == ["It goes on", "below.", "Two"]
