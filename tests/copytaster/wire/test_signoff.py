"""What stands below the last sentence, in many agencies' manner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.wire.signoff import split_signoff

STORY = "A mayor flew a kite.\n\nRain fell on Monday, he said."

SIGNOFFS = [
    "(Reporting by Ann Poe; Editing by Bob Roe)",
    "(Reporting by Ann Poe in LIMA and Bob Roe (no relation) in QUITO; Writing by Cy Loe; Editing by Di Moe)",
    "(Additional reporting by Ann Poe)",
    "(Writing by Ann Poe, Editing by Bob Roe)",
    "(Compiled by Ann Poe)",
    "Reporting by Ann Poe; Editing by Bob Roe",
    "(Reporting by Ann Poe; Editing by Bob Roe) ((ann.poe@example.com; +1 555 0100; Messaging: ann.poe))",
    "((ann.poe@example.com; +1 555 0100))",
    "Our Standards: The Thomson Reuters Trust Principles.",
    "(Bericht von Ann Poe; redigiert von Bob Roe)",
    "(Reportagem de Ann Poe; edição de Bob Roe)",
    "(Reporte de Ann Poe. Editado por Bob Roe)",
    "(Por Ann Poe; editado por Bob Roe)",
    "(Avec Ann Poe, édité par Bob Roe)",
    "(Ann Poe, in redazione a Roma Bob Roe)",
    "(Подготовила Анна По)",
    "(إعداد محمد للنشرة العربية - تحرير علي)",
]


@pytest.mark.parametrize("signoff", [text for text in SIGNOFFS if not text.startswith("(Ann")])
def test_takes_the_signoff_off_its_own_line(signoff):
    assert split_signoff(f"{STORY}\n\n{signoff}") == (signoff, [], STORY)


@pytest.mark.parametrize(
    "signoff", [text for text in SIGNOFFS if text.startswith("(") and not text.startswith("(Ann")]
)
def test_takes_the_signoff_off_the_last_sentence(signoff):
    assert split_signoff(f"{STORY} {signoff}") == (signoff, [], STORY)


CREDIT_LINES = [
    "- Reuters",
    "— AFP",
    "(dpa)",
    "AFP",
    "Reuters",
    "The Associated Press",
    "© 2019 AFP",
    "© Thomson Reuters 2019",
    "Copyright 2008 The Associated Press. All rights reserved. This material may not be published.",
    "Copyright (c) Press Association Ltd. 2011, All Rights Reserved.",
    "Alle Rechte vorbehalten",
    "With inputs from agencies",
    "(With inputs from PTI)",
    "With files from The Canadian Press",
    "— With files from The Canadian Press",
    "*With inputs from PTI",
    "Source: Reuters",
    "Quelle: dpa",
    "Fuente: EFE",
    "Brought to you by AAP",
    "Associated Press writer Ann Poe in Lima contributed to this report.",
    "Ann Poe in Lima contributed to this report.",
    "(This story has not been edited by our staff and is published from a syndicated feed.)",
    "Ann Poe, The Associated Press",
]


@pytest.mark.parametrize("line", CREDIT_LINES)
def test_takes_credit_lines_off(line):
    assert split_signoff(f"{STORY}\n\n{line}") == (None, [line], STORY)


@pytest.mark.parametrize(
    "credit",
    ["(With inputs from PTI)", "(Source: AFP)", "Copyright 2008 The Associated Press. All rights reserved."],
)
def test_takes_a_credit_off_the_last_sentence(credit):
    assert split_signoff(f"{STORY} {credit}") == (None, [credit], STORY)


@pytest.mark.parametrize("name", ["(dpa)", "- Reuters", "— AFP", "EFE", "(AP)", "/ANSA/", "Reuters"])
def test_takes_a_name_off_the_last_sentence(name):
    assert split_signoff(f"{STORY} {name}") == (None, [name], STORY)


def test_takes_several_in_their_order():
    body = f"{STORY}\n\n___\n\nAP writer Ann Poe contributed to this report.\n\n(Reporting by Bob Roe)\n\n© 2019 AFP"
    assert split_signoff(body) == (
        "(Reporting by Bob Roe)",
        ["AP writer Ann Poe contributed to this report.", "© 2019 AFP"],
        STORY,
    )


@pytest.mark.parametrize(
    "ending",
    [
        "The mayor told Reuters.",
        "He works for an agency (Reuters).",
        "He spoke to reporters (in Lima).",
        "From Lima he went to Quito.",
        "Copyright law is complicated, the mayor said.",
        "With reports of rain, the town closed.",
        "Source of the river unknown.",
        "Reporting is hard.",
        "Poe contributed 20 points.",
        "He sued the Associated Press.",
        "Follow the river to Lima.",
        "Editing the text took hours.",
    ],
)
def test_leaves_last_sentences_alone(ending):
    body = f"{STORY}\n\n{ending}"
    assert split_signoff(body) == (None, [], body)


@given(st.text(max_size=400))
def test_body_is_always_the_beginning(text):
    signoff, lines, body = split_signoff(text)
    assert text.startswith(body)
    assert (signoff is None and not lines) or len(body) < len(text)


@given(st.lists(st.sampled_from([*SIGNOFFS[:6], *CREDIT_LINES]), max_size=4))
def test_taking_off_twice_is_taking_off_once(endings):
    _, _, body = split_signoff("\n\n".join([STORY, *endings]))
    assert split_signoff(body) == (None, [], body)
    assert body == STORY
