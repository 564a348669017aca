"""Change notes at the top of updates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.values import Marker
from copytaster.wire.notes import mark_by_note, split_change_note

NOTES = [
    "(Adds quotes, background)",
    "(Recasts throughout, adds comment)",
    "(Updates prices, adds analyst's comment)",
    "(Corrects paragraph 3 (not 4) to show the kite was red)",
    "(Repeats with no changes to text)",
    "(Refiles to fix spelling of Oakvale)",
    "(Removes extra word)",
    "(This May 3 story corrects the mayor's name)",
    "(ADDS details)",
    "(neu: mehr Details)",
    "(durchgehend neu)",
    "(Actualisé avec réactions)",
    "(Ajoute détails)",
    "(Agrega detalles)",
    "(Añade contexto)",
    "(Acrescenta declarações)",
    "(Aggiunge dettagli)",
    "(Добавлены подробности)",
    "(Исправляет имя мэра)",
    "(لإضافة تفاصيل)",
    "(إضافة تفاصيل)",
    "[Adds quotes]",
    "Eds: UPDATES with quotes from the mayor.",
    "EDS: With photos.",
    "Editors: adds background.",
]


@pytest.mark.parametrize("note", NOTES)
def test_takes_the_note_off(note):
    assert split_change_note(f"{note}\n\nLIMA - A mayor said") == (note, "LIMA - A mayor said")


@pytest.mark.parametrize("note", [note for note in NOTES if note.startswith("(")])
def test_takes_a_note_off_the_same_line(note):
    assert split_change_note(f"{note} LIMA May 7 (Reuters) - A mayor") == (
        note,
        "LIMA May 7 (Reuters) - A mayor",
    )


def test_joins_several_notes():
    assert split_change_note("(Adds quote)\n(Corrects name)\nLIMA") == (
        "(Adds quote) (Corrects name)",
        "LIMA",
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "LIMA - A mayor said (adds he)",
        "(Reuters) - A mayor",
        "(AP) — A mayor",
        "(The writer is a mayor) Rain fell",
        "Adding rain, the mayor said so.",
        "(ANSA) - ROMA, 5 MAG - Un sindaco",
        "Editors of the paper said so",
    ],
)
def test_leaves_other_openings_alone(body):
    assert split_change_note(body) == (None, body)


@given(st.text(max_size=200))
def test_body_is_always_the_end_of_the_text(text):
    note, body = split_change_note(text)
    assert text.endswith(body)
    assert (note is None) == (body == text)


@given(st.sampled_from(NOTES), st.text(alphabet="abc ", max_size=30))
def test_taking_off_twice_is_taking_off_once(note, rest):
    _, body = split_change_note(f"{note}\nLima {rest}")
    assert split_change_note(body) == (None, body)


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("(Adds quotes, background)", "update"),
        ("(Updates with the count, quotes)", "update"),
        ("(Neu: Reaktionen)", "update"),
        ("(ergänzt: Stimmen)", "update"),
        ("(Actualisée avec chiffres)", "update"),
        ("(Actualizada con cifras)", "update"),
        ("Eds: UPDATES with quotes from the mayor.", "update"),
        ("(Corrects paragraph 3 (not 4))", "corrected"),
        ("(Recasts, corrects the name)", "corrected"),
        ("(Adds quote) (Corrects name)", "corrected"),
        ("(berichtigt: im 2. Absatz)", "corrected"),
        ("(Refiles to fix spelling)", "refile"),
        ("(This May 3 story has been refiled)", "refile"),
        ("(répétition)", "repeat"),
    ],
)
def test_a_note_marks_the_version(note, kind):
    (marker,) = mark_by_note((), note)
    assert (marker.marker_class, marker.kind, marker.number) == ("version", kind, None)
    assert marker.text in note


@pytest.mark.parametrize("note", [None, "EDS: With photos.", "(Zusammenfassung)"])
def test_a_note_that_names_no_version_marks_none(note):
    assert mark_by_note((), note) == ()


def test_the_headline_says_it_first():
    exclusive, second = (
        Marker("genre", "exclusive", None, "EXCLUSIVE-"),
        Marker("version", "update", 2, "UPDATE 2-"),
    )
    assert mark_by_note((exclusive, second), "(Corrects name)") == (exclusive, second)
    assert [marker.kind for marker in mark_by_note((exclusive,), "(Corrects name)")] == [
        "exclusive",
        "corrected",
    ]
