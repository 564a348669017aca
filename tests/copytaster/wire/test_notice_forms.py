"""Forms of notices beside the common ones: within a sentence, in brackets, behind a headline; each with its look-alike in a story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from copytaster.wire.embargo import read_notice, split_headline
from spiders.parsing import ParseContext, parse

SENT = datetime(2026, 12, 1, 9, tzinfo=UTC)  # a Tuesday
HELD = [
    ("en", "*** Not to be published before 6 p.m. London time on Thursday ***", "12-03 18:00"),
    ("en", "This release is embargoed until 9.30am on Friday 4 December", "12-04 09:30"),
    ("en", "The following story is under embargo until 12:01 a.m. EST Thursday", "12-03 05:01"),
    ("en", "WITHHOLD UNTIL 1400 UTC 2 DEC", "12-02 14:00"),
    ("en", "Time of release: 7 a.m. CET, 3 December 2026", "12-03 06:00"),
    ("de", "+++ Bitte Sperrfrist beachten: 3. Dezember, 11 Uhr MEZ +++", "12-03 10:00"),
    ("de", "Zur Veröffentlichung frei ab Donnerstag, 3. Dezember, 06:00 Uhr", "12-03 05:00"),
    ("de", "Freigegeben ab 2.12., 14 Uhr", "12-02 13:00"),
    ("de", "(Sperrvermerk: Veröffentlichung erst ab 5. Dezember, 10.00 Uhr)", "12-05 09:00"),
    ("de", "Redaktionen: bitte erst ab 18.00 Uhr am 3. Dezember verwenden", "12-03 17:00"),
    ("de", "Gesperrt bis Samstag, 24 Uhr", "12-05 23:00"),
    ("fr", "[EMBARGO strict jusqu’à jeudi 00h01 (heure de Paris)]", "12-02 23:01"),
    ("fr", "À publier à partir du 3 décembre 2026 à 10h00", "12-03 09:00"),
    ("fr", "Publication autorisée à compter du vendredi 4 décembre, 7h", "12-04 06:00"),
    ("fr", "Interdit de publication avant 20h GMT mercredi", "12-02 20:00"),
    ("fr", "Information sous embargo jusqu'au 3 décembre, 9h", "12-03 08:00"),
    ("es", "(Noticia embargada hasta mañana a las 8:00)", "12-02 07:00"),
    ("es", "Para publicar a partir de las 6 a. m. del 4 de diciembre", "12-04 05:00"),
    ("es", "Material bajo embargo hasta el 3 de diciembre, 00.01 h GMT", "12-03 00:01"),
]


@pytest.mark.parametrize(("language", "line", "until"), HELD)
def test_each_form_gives_its_hour(language, line, until):
    notice = read_notice(line, sent=SENT, language=language)
    assert (notice.kind, f"{notice.until:%m-%d %H:%M}") == ("embargo", until)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "The release of the prisoners on Dec. 3 at 10 a.m. was put off."),
        ("en", "Release of the film at 7 p.m. on Thursday drew thousands."),
        ("en", "Hold your breath until 6 p.m. on Thursday."),
        ("de", "Das Embargo gegen die Insel bleibt bis Mittwoch, 18 Uhr, in Kraft, sagte die Ministerin."),
        ("de", "Freigegeben ab zwölf Jahren ist der Film."),
        ("fr", "L'embargo sur les armes sera levé le 3 décembre à midi, a annoncé le ministre."),
        ("fr", "Publication des comptes le 3 décembre à 7h."),
        ("es", "El embargo sobre el petróleo sigue hasta el 3 de diciembre a las 18:00, dijo el ministro."),
        ("es", "Publicar libros en la isla cuesta el doble."),
    ],
)
def test_a_sentence_of_a_story_is_none(language, line):
    assert read_notice(line, sent=SENT, language=language) is None


@pytest.mark.parametrize(
    ("headline", "bare", "until"),
    [
        ("Study finds cracks (embargoed until 1800 GMT Thursday)", "Study finds cracks", "12-03 18:00"),
        ("Study finds cracks [EMBARGO 0001 GMT DEC 3]", "Study finds cracks", "12-03 00:01"),
        ("Not for use before 1800 GMT: Study finds cracks", "Study finds cracks", "12-01 18:00"),
        (
            "HOLD FOR RELEASE 10 a.m. EST Thursday - Study finds cracks",
            "Study finds cracks",
            "12-03 15:00",
        ),
    ],
)
def test_a_headline_loses_its_hour(headline, bare, until):
    notice, rest = split_headline(headline, sent=SENT, language="en")
    assert (rest, f"{notice.until:%m-%d %H:%M}") == (bare, until)


@pytest.mark.parametrize(
    "headline",
    [
        "Oil embargo (until 2027) hurts refiners",
        "Ministers extend embargo: ships wait until 6 p.m. Thursday",
        "Ships wait at noon (embargo)",
    ],
)
def test_a_headline_about_an_embargo_keeps_its_words(headline):
    assert split_headline(headline, sent=SENT, language="en") == (None, headline)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("note", "Advisory to clients: this replaces the story sent at 1100"),
        ("note", "Desk note: the quote in paragraph four was checked"),
        ("note", "An die Redaktionen: Bild folgt"),
        ("note", "Anmerkung der Redaktion: Der Text ersetzt die erste Fassung"),
        ("note", "NDLR : ce texte remplace la version de 10h"),
        ("note", "Nota a las redacciones: sustituye a la anterior"),
        ("note", "N. de la R.: corrige el nombre"),
        ("usage", "TERMS OF USE: free for media with credit"),
        ("usage", "Abdruck honorarfrei, Beleg erbeten"),
        ("usage", "Réservé à un usage éditorial"),
        ("usage", "Diffusion interdite en Suisse"),
        ("usage", "Prohibida su venta"),
    ],
)
def test_notes_and_terms(kind, line):
    assert read_notice(line, sent=SENT, language=None).kind == kind


@pytest.mark.parametrize("place", ["text", "lead", "headline"])
@pytest.mark.parametrize(("language", "line", "until"), HELD)
def test_no_form_leaves_a_page_unmasked(place, language, line, until):
    text = "The harbour board of Lindmoor agreed to widen the basin before the end of the year. " * 4
    above, lead = (f"<p>{line}</p>" if place == one else "" for one in ("text", "lead"))
    headline = f"Basin widened [{line.strip('()[]')}]" if place == "headline" and "(" not in line[1:] else ""
    html = (
        f"<html lang={language}><head><meta property='article:published_time' content='2026-12-01T09:00:00Z'></head><body>"
        f"<main>{lead}<h1>{headline or 'Basin widened'}</h1><article>{above}<p>{text}</p><p>{text}</p></article></main></body></html>"
    )
    story = parse(RawPage("https://courier.example/basin", html.encode(), SENT), ParseContext())
    if place == "headline" and not headline:
        return  # brackets within brackets
    assert f"{story.embargoed_until:%m-%d %H:%M}" == until
    assert line.strip("()[]") not in story.body + story.headline
