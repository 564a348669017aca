"""Notices above a story: each form in four languages gives its hour in UTC; a story about an embargo is no notice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from copytaster.wire.embargo import read_notice, split_headline
from spiders.parsing import ParseContext, parse

SENT = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
FORMS = [
    ("EMBARGOED UNTIL 00:01 GMT WEDNESDAY 4 MARCH 2026", "en", "2026-03-04 00:01"),
    ("Embargo: 12 noon ET, March 3", "en", "2026-03-03 17:00"),
    ("NOT FOR PUBLICATION BEFORE 6 p.m. EST Tuesday", "en", "2026-03-03 23:00"),
    ("STRICTLY EMBARGOED TO 0001 Friday March 6", "en", "2026-03-06 00:01"),
    ("Under embargo until 10:30 a.m. ET on Thursday, March 5, 2026", "en", "2026-03-05 15:30"),
    ("FOR RELEASE AT 1300 BST ON 5 JUNE", "en", "2026-06-05 12:00"),
    ("EMBARGOED FOR 2026-03-04T10:00:00+01:00", "en", "2026-03-04 09:00"),
    ("EMBARGOED UNTIL MIDNIGHT GMT TOMORROW", "en", "2026-03-03 00:00"),
    ("Sperrfrist: 23. Januar 2026, 19.00 Uhr", "de", "2026-01-23 18:00"),
    ("SPERRFRIST Montag 05.00 Uhr MEZ", "de", "2026-03-02 04:00"),
    ("(Achtung: Sperrfrist heute 18 Uhr)", "de", "2026-03-02 17:00"),
    ("Sperrfrist: Dienstag, 03.03.2026, 10:30 Uhr", "de", "2026-03-03 09:30"),
    ("Frei ab 18.00 Uhr", "de", "2026-03-02 17:00"),
    ("EMBARGO jusqu'au 3 mars 2026 à 18h00", "fr", "2026-03-03 17:00"),
    ("SOUS EMBARGO JUSQU'À mardi 00h01 GMT", "fr", "2026-03-03 00:01"),
    ("Ne pas publier avant mercredi 4 mars, 6 heures", "fr", "2026-03-04 05:00"),
    ("EMBARGADO HASTA LAS 18:00 HORAS DEL 3 DE MARZO", "es", "2026-03-03 17:00"),
    ("No publicar antes de las 20.00 horas (hora peninsular) del martes", "es", "2026-03-03 19:00"),
]


@pytest.mark.parametrize(("line", "language", "until"), FORMS)
def test_the_hour_of_an_embargo(line, language, until):
    notice = read_notice(line, sent=SENT, language=language)
    assert (notice.kind, f"{notice.until:%Y-%m-%d %H:%M}") == ("embargo", until)


@pytest.mark.parametrize(
    "line", ["HOLD FOR RELEASE", "Embargo: later tonight", "EMBARGOED", "Sperrfrist: 3. März 2026"]
)
def test_an_embargo_without_a_readable_hour_is_one(line):
    notice = read_notice(line, sent=SENT, language="en")
    assert (notice.kind, notice.until) == ("embargo", None)


@pytest.mark.parametrize(
    "line",
    [
        "Embargo on oil takes effect", "Embargo until March agreed by ministers", "The embargo was lifted at 18:00 on Monday.",
        "FOR IMMEDIATE RELEASE", "Die Sperrfrist gilt seit Montag.", "Editors at the paper resigned on Monday.", "Holding company to be sold",
    ],
)  # fmt: skip
def test_a_story_about_an_embargo_is_no_notice(line):
    assert read_notice(line, sent=SENT, language="en") is None


@pytest.mark.parametrize(
    "line",
    [
        "ATTENTION EDITORS - The name in paragraph three is changed",
        "Eds: Updates with quotes.",
        "Achtung Redaktionen: Zahl geändert",
        "Note aux rédactions : nom corrigé",
        "Atención editores: cambia la cifra",
    ],
)
def test_notes_to_editors(line):
    assert read_notice(line, sent=SENT, language="en").kind == "note"


def test_headlines_lose_their_notice():
    notice, bare = split_headline("(EMBARGOED UNTIL 1800 GMT) Talks fail", sent=SENT, language="en")
    assert (bare, notice.until) == ("Talks fail", datetime(2026, 3, 2, 18, tzinfo=UTC))
    assert split_headline("Embargo: EU halts oil", sent=SENT, language="en") == (
        None,
        "Embargo: EU halts oil",
    )


TEXT = (
    "The harbour board agreed on Monday to widen the basin before the end of the year, its chair said. " * 3
)
PLACES = {
    "above the body": "<h1>Basin widened</h1><div class='article'>{line}<p>PORTHAVEN, March 2 (Reuters) - {text}</p><p>{text}</p><p>{text}</p></div>",
    "above the headline": "<div>{line}</div><h1>Basin widened</h1><div class='article'><p>PORTHAVEN, March 2 (Reuters) - {text}</p><p>{text}</p></div>",
    "beside the date": "<h1>Basin widened</h1><div class='meta'>{line}</div><div class='article'><p>PORTHAVEN (Reuters) - {text}</p><p>{text}</p></div>",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("line", "language", "until"), FORMS)
def test_no_notice_of_a_page_is_lost(place, line, language, until):
    inside = PLACES[place].format(line=f"<p>{line}</p>", text=TEXT)
    page = f"<html lang='{language}'><head><title>Basin widened</title><meta property='article:published_time' content='2026-03-02T09:00:00Z'></head><body><main>{inside}</main></body></html>"
    story = parse(RawPage("https://outlet.example/basin", page.encode(), SENT), ParseContext())
    assert story.embargoed_until is not None, (story.editors_note, story.body[:200])
    assert f"{story.embargoed_until:%Y-%m-%d %H:%M}" == until
    assert line in story.editors_note
    assert line not in story.body
