"""Each change that an outlet makes to a wire, by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsdesk.demo.outlets import load_outlets
from newsdesk.demo.retelling import name_retellings, retell
from newsdesk.demo.scenario import Printing, ScriptedDispatch, Wire

FILED = datetime(2026, 2, 24, 9, 0, tzinfo=UTC)
WIRE = Wire(
    "Bakers agree",
    ("Bakers agreed on {day}.", "Flour rose 4 percent.", "Nobody objected."),
    0,
    marker="UPDATE 1-",
    note="(Adds flour)",
    signoff="(Reporting by A. Miller)",
)
DISPATCH = ScriptedDispatch(
    "bakers", "Norvane", "en", "YORK", (replace(WIRE, marker=""), WIRE), byline=("A. Miller",)
)
PLAIN = replace(load_outlets()["pacific-monitor"], dateline="{place}, {date} ({agency}) -")


def tell(printing, outlet=PLAIN):
    return retell(DISPATCH, printing, outlet, FILED)


def test_prints_verbatim_without_marker_note_and_signoff():
    story = tell(Printing(0, 1, "Bakers agree"))
    assert story.text == (
        "YORK, Feb 24 (Norvane) - Bakers agreed on Tuesday.",
        "Flour rose 4 percent.",
        "Nobody objected.",
    )
    assert (story.headline, story.note, story.signoff) == ("Bakers agree", "", "")


def test_the_agency_keeps_marker_note_and_signoff():
    story = tell(Printing(0, 1, "Bakers agree", keeps_marker=True), load_outlets()["norvane"])
    assert (story.headline, story.note, story.signoff) == (
        "UPDATE 1-Bakers agree",
        "(Adds flour)",
        "(Reporting by A. Miller)",
    )


def test_honorifics_stay_out_of_headlines():
    wire = Wire("Miller wins", ("It was close.", "Miller said so."), 0)
    story = retell(
        replace(DISPATCH, wires=(wire,), people={"Miller": "Ms"}),
        Printing(0, 0, wire.headline),
        replace(PLAIN, style=("honorifics",)),
        FILED,
    )
    assert (story.headline, story.paragraphs[1]) == ("Miller wins", "Ms Miller said so.")


def test_uncredited_copy_names_the_agency_nowhere():
    story = tell(Printing(0, 0, "Bakers agree", uncredited=True))
    assert story.dateline == "YORK, Feb 24 -"
    assert (story.agency, story.byline) == (None, ())


def test_cuts_then_adds_lead_aside_and_local_paragraphs():
    story = tell(
        Printing(0, 0, "Bakers agree", lead="A deal!", cut=2, aside="Here too.", local=("Ring us.",))
    )
    assert story.paragraphs == ("A deal!", "Flour rose 4 percent.", "Here too.", "Ring us.")


@pytest.mark.parametrize(
    ("printing", "style", "expected"),
    [
        (Printing(0, 0, "Bakers agree"), (), {"verbatim"}),
        (Printing(0, 0, "Bread peace"), (), {"verbatim", "headline"}),
        (Printing(0, 0, "Bakers agree", cut=2), (), {"cut"}),
        (Printing(0, 0, "Bakers agree", cut=3), (), {"verbatim"}),
        (Printing(0, 0, "Bakers agree", lead="A deal!"), (), {"lead"}),
        (Printing(0, 0, "Bakers agree", aside="Here too."), (), {"local"}),
        (Printing(0, 0, "Bakers agree"), ("per-cent",), {"house-style"}),
        (Printing(0, 0, "Bakers agree"), ("daesh",), {"verbatim"}),
        (Printing(0, 1, "Bakers agree"), (), {"verbatim", "version"}),
    ],
)
def test_names_what_was_done(printing, style, expected):
    assert name_retellings(DISPATCH, printing, replace(PLAIN, style=style)) == expected
