"""Change notes: the line in parentheses, or the editors' note, that says what an update changed, and what a version is by them."""

from __future__ import annotations

import re

from copytaster.late_pattern import late_pattern
from copytaster.values import Marker

# What a note says that its version is, the weightiest first, and the words with which such notes begin.
_VERBS: dict[str, str] = {
    "corrected": (
        # English; German
        "corrects?|correcting|corrected|clarifies|clarifying|official correction|korrigierte?|berichtigte?|korrektur|präzisiert|"
        # French; Spanish, Portuguese; Italian, Dutch
        "corrigée?|corrige|bien lire|précise|precisa|corregge|correctie|"
        # Russian; Turkish, Greek, Arabic
        "исправляет|исправлен[аыо]?|уточняет|düzeltme|διορθώνει|لتصحيح|تصحيح|"
        "this (?:[\\w.,]{1,12} ){0,4}(?:story|version|article|report|item|dispatch) (?:has been |was |is )?(?:corrects?|corrected|officially|fixes|clarifies)"
    ),
    "update": (
        # English
        "adds?|adding|recasts?|updates?|updating|rewrites?|releads?|removes?|fixes|changes|includes|deletes|drops|inserts|"
        "new throughout|writes? through|rewrites throughout|trims|restores|completes|refreshes|replaces|expands|edits|amends|"
        "rephrases|with (?:more|new|additional|updated|quotes?|details?|background|analyst)|new (?:details?|quotes?|lead)|"
        "updated? (?:at|with|throughout)|releads? with|tops with|subs?|links|"
        "this (?:[\\w.,]{1,12} ){0,4}(?:story|version|article|report|item|dispatch) (?:has been |was |is )?(?:updated|removes|adds)|"
        # German
        "neu|durchgehend neu|fügt|ergänzte?|ergänzungen|aktualisierte?|aktualisierung|neufassung|"
        "mit (?:details|mehr|weiteren|zitat|hintergrund)|"
        # French
        "actualisée?|actualise|ajoute|ajoutée?s?|rajoute|avec (?:détails|précisions|citations?|contexte|réactions?|cours)|"
        "précisions|refonte|complète|complétée?|mise? à jour|"
        # Spanish, Portuguese
        "agrega|añade|actualiza|actualizad[ao]|actualización|amplía|reescribe|con (?:más|detalles|citas|contexto|declaraciones)|incluye|acrescenta|"
        "adiciona|atualiza|atualizad[ao]|texto atualizado|com (?:mais|detalhes)|"
        # Italian, Dutch
        "aggiunge|aggiorna|aggiornamento|riscrive|con (?:dettagli|dichiarazioni|background|commenti)|voegt|nieuw|meer details|"
        # Russian, Ukrainian
        "добавлен[аыо]?|добавляет|дополнен[аыо]?|дополняет|обновляет|обновлен[аыо]?|переписан[аыо]?|с подробностями|"
        # Turkish, Greek, Arabic
        "ekler|eklendi|ayrıntı|güncelleme|προσθέτει|προσθήκη|ενημερώνει|لإضافة|إضافة|بإضافة|لتحديث|تحديث|يضيف|تعديل"
    ),
    "refile": (
        "refiles?|refiling|resends?|reissues|"
        "this (?:[\\w.,]{1,12} ){0,4}(?:story|version|article|report|item|dispatch) (?:has been |was |is )?refiled"
    ),
    "repeat": (
        "repeats?|wiederholt|wiederholung|répétition|répète|repite|repete|ripete|herhaling|повтор|повторяет|επανάληψη|تكرار|"
        "this (?:[\\w.,]{1,12} ){0,4}(?:story|version|article|report|item|dispatch) (?:has been |was |is )?repeated"
    ),
    # A note to editors, which says nothing of another version.
    "": "eds|editors|editor['’]s note|with photos?|überblick|zusammenfassung|im \\d{1,2}\\. absatz|in absatz",
}
_ANY_VERB = "|".join(_VERBS.values())
_NOTE = late_pattern(
    rf"\A\s{{0,6}}[(\[]\s?(?:\*\s?)?(?:{_ANY_VERB})\b[^()\[\]]{{0,500}}(?:\([^()]{{0,120}}\)[^()\[\]]{{0,300}}){{0,3}}[)\]]\s{{0,6}}",
    re.IGNORECASE,
)
_EDITORS = late_pattern(
    r"\A\s{0,6}(?:Eds|EDS|Editors|EDITORS|Ed)(?:['’]s?)?(?: [Nn]otes?| NOTES?)?\.?\s?[:,][^\n]{0,600}(?:\n|$)\s{0,6}"
)
_LABELLED = late_pattern(
    r"\A\s{0,6}(?:UPDATES?|ADDS|RECASTS|CORRECTS|CLARIFIES|SUBS|LINKS|Updates with|Adds|Recasts)\b ?[:\w][^\n]{0,300}\n\s{0,6}"
)
_KIND = late_pattern(
    r"(?:\A|[(\[:,])\s?(?:\*\s?)?(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _VERBS.items() if kind)
    + r")\b",
    re.IGNORECASE,
)
_MOST_NOTES = 4
_LONGEST_NOTE = 1400  # characters


def split_change_note(body: str) -> tuple[str | None, str]:
    """The notes at the top of a body that say what changed, joined by a blank, and the body below them.

    `(Adds quotes, background)`, `(neu: mehr Details)`, `Eds: UPDATES with ...`; a parenthesis that opens the
    story itself stays. Without a note the second value is `body` as it came.
    """
    notes: list[str] = []
    rest = body
    while len(notes) < _MOST_NOTES:
        found = (
            _NOTE.match(rest[:_LONGEST_NOTE])
            or _EDITORS.match(rest[:700])
            or (_LABELLED.match(rest[:400]) if "\n" in rest else None)
        )
        if not found:
            break
        notes.append(" ".join(found.group().split()))
        rest = rest[found.end() :]
    return (" ".join(notes), rest) if notes else (None, body)


def mark_by_note(markers: tuple[Marker, ...], note: str | None) -> tuple[Marker, ...]:
    """A headline's markers, and the one that the change note stands for where the headline marks no version."""
    if not note or any(marker.marker_class == "version" for marker in markers):
        return markers
    found = {
        str(one.lastgroup): " ".join(one.group().split()) for one in _KIND.finditer(note[:_LONGEST_NOTE])
    }
    kind = next((kind for kind in _VERBS if kind in found), None)
    return (*markers, Marker("version", kind, None, found[kind].lstrip("([:,* "))) if kind else markers
