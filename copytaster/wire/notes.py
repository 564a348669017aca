"""Change notes: the line in parentheses, or the editors' note, that says what an update changed."""

from __future__ import annotations

import re

from copytaster.late_pattern import late_pattern

_VERBS = (
    # English
    "adds?|adding|recasts?|updates?|updating|corrects?|correcting|corrected|repeats?|refiles?|refiling|rewrites?|releads?|removes?|clarifies|clarifying|fixes|changes|"
    "includes|deletes|drops|inserts|new throughout|writes? through|rewrites throughout|official correction|resends?|reissues|trims|restores|completes|refreshes|replaces|"
    "expands|edits|amends|rephrases|eds|editors|editor['’]s note|with (?:more|new|additional|updated|quotes?|details?|background|analyst|photos?)|new (?:details?|quotes?|lead)|"
    "this (?:[\\w.,]{1,12} ){0,4}(?:story|version|article|report|item|dispatch) (?:has been |was |is )?(?:corrects?|corrected|refiled|officially|updated|repeated|fixes|removes|adds|clarifies)|"
    "updated? (?:at|with|throughout)|releads? with|tops with|subs?|links|"
    # German
    "neu|durchgehend neu|fügt|ergänzt|ergänzungen|aktualisiert|aktualisierung|korrigiert|berichtigt|korrektur|überblick|zusammenfassung|neufassung|wiederholt|wiederholung|mit (?:details|mehr|weiteren|zitat|hintergrund)|"
    "im \\d{1,2}\\. absatz|in absatz|präzisiert|"
    # French
    "actualisé|actualise|ajoute|ajoutés?|rajoute|avec (?:détails|précisions|citations?|contexte|réactions?|cours)|corrige|corrigé|répétition|répète|précise|précisions|bien lire|refonte|complète|mise à jour|"
    # Spanish, Portuguese
    "agrega|añade|actualiza|amplía|corrige|repite|reescribe|precisa|con (?:más|detalles|citas|contexto|declaraciones)|incluye|acrescenta|adiciona|atualiza|corrige|repete|texto atualizado|com (?:mais|detalhes)|"
    # Italian, Dutch
    "aggiunge|aggiorna|aggiornamento|corregge|riscrive|ripete|con (?:dettagli|dichiarazioni|background|commenti)|voegt|nieuw|meer details|herhaling|correctie|"
    # Russian, Ukrainian
    "добавлен[аыо]?|добавляет|дополнен[аыо]?|дополняет|обновляет|обновлен[аыо]?|исправляет|исправлен[аыо]?|уточняет|повтор|повторяет|переписан[аыо]?|с подробностями|"
    # Turkish, Greek, Arabic
    "ekler|eklendi|ayrıntı|güncelleme|düzeltme|προσθέτει|προσθήκη|ενημερώνει|διορθώνει|επανάληψη|لإضافة|إضافة|بإضافة|لتحديث|تحديث|لتصحيح|تصحيح|يضيف|تكرار|تعديل"
)
_NOTE = late_pattern(
    rf"\A\s{{0,6}}[(\[]\s?(?:\*\s?)?(?:{_VERBS})\b[^()\[\]]{{0,500}}(?:\([^()]{{0,120}}\)[^()\[\]]{{0,300}}){{0,3}}[)\]]\s{{0,6}}",
    re.IGNORECASE,
)
_EDITORS = late_pattern(
    r"\A\s{0,6}(?:Eds|EDS|Editors|EDITORS|Ed)(?:['’]s?)?(?: [Nn]otes?| NOTES?)?\.?\s?[:,][^\n]{0,600}(?:\n|$)\s{0,6}"
)
_LABELLED = late_pattern(
    r"\A\s{0,6}(?:UPDATES?|ADDS|RECASTS|CORRECTS|CLARIFIES|SUBS|LINKS|Updates with|Adds|Recasts)\b ?[:\w][^\n]{0,300}\n\s{0,6}"
)
_MOST_NOTES = 4


def split_change_note(body: str) -> tuple[str | None, str]:
    """The notes at the top of a body that say what changed, joined by a blank, and the body below them.

    `(Adds quotes, background)`, `(neu: mehr Details)`, `Eds: UPDATES with ...`; a parenthesis that opens the
    story itself stays. Without a note the second value is `body` as it came.
    """
    notes: list[str] = []
    rest = body
    while len(notes) < _MOST_NOTES:
        found = (
            _NOTE.match(rest[:1400])
            or _EDITORS.match(rest[:700])
            or (_LABELLED.match(rest[:400]) if "\n" in rest else None)
        )
        if not found:
            break
        notes.append(" ".join(found.group().split()))
        rest = rest[found.end() :]
    return (" ".join(notes), rest) if notes else (None, body)
