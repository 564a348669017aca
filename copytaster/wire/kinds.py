"""Which sort of copy a story is, in one word: by its markers, by what its sender calls it, by who sent it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from copytaster.late_pattern import late_pattern
from copytaster.wire.agencies import agency_of_publisher
from copytaster.wire.agency_table import PRESS_WIRES
from copytaster.wire.letters import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copytaster.values import Marker

KINDS = (
    "kill", "correction", "alert", "urgent", "press-release", "advisory", "results", "obituary", "fact-box", "live-blog",
    "programme-note", "analysis", "opinion", "wrap-up", "lead", "update",
)  # fmt: skip
PRESS_RELEASE_WIRES = frozenset(
    """business wire|businesswire|businesswire.com|pr newswire|prnewswire|prnewswire.com|globenewswire|globe newswire|globenewswire.com
    |marketwired|marketwire|marketwired.com|newsfile|accesswire|ots|news aktuell|presseportal|cision|canada newswire|cnw group|cnw telbec|medianet
    |ein presswire|jcn newswire|newswise|eurekalert|ritzau via|via ritzau|ntb kommunikasjon|idw|ots.at|apa-ots|agility pr|nasdaq omx""".replace(
        "\n    ", ""
    ).split("|")
)
_OF_MARKER = {
    "kill": "kill", "withdrawn": "kill", "corrected": "correction", "refile": "correction", "alert": "alert", "wrapup": "wrap-up",
    "lead": "lead", "writethru": "lead", "update": "update", "analysis": "analysis", "factbox": "fact-box", "timeline": "fact-box", "chronology": "fact-box",
    "obituary": "obituary", "diary": "advisory", "table": "results", "results": "results", "commentary": "opinion", "column": "opinion",
    "breakingviews": "opinion", "live": "live-blog", "watch": "advisory", "advisory": "advisory", "media-advisory": "advisory",
}  # fmt: skip
_AROUND = " .:-–—()[]"  # of a name
_MOST_CHARS = 60  # of a name
# What senders call it, in the languages of agencies; a genre counts as a whole or by its first words.
_NAMES: tuple[tuple[str, str], ...] = (
    ("kill", r"(?:story )?kill|withdraw[a-z]*|zuruckgezogen|ruckzug|annulation|annulee?|anulacion|anulad[ao]"),
    ("correction", r"corrections?|corrected|corrective|berichtigung|korrektur|korrigiert|korr|corrigee?|corrige|rectificati[a-z]*|correccion|korjaus|correctie"),
    ("alert", r"alerts?|flash|eilmeldung|eil|blitz|snap|news ?alert|alert[ea]"),
    ("urgent", r"urgent[e]?|bulletin|breaking"),
    ("press-release", r"press ?-?releases?|(?:news )?release|pressemitteilung|pressemeldung|communique(?: de presse)?|comunicado(?: de prensa)?|nota de prensa|pressmeddelande|tiedote|ots"),
    ("advisory", r"advisor(?:y|ies)|media advisory|diary|daybook|planning|calendar|vorschau|termin[a-z]*|tagesvorschau|themenplanung|agenda|prevision[a-z]*|budget|schedule|ennakko"),
    ("results", r"results?|tables?|tabelle[n]?|ergebnisse?|resultat[as]*|resultados|tulokset|statistics?|standings|scoreboard|summar(?:y|ies) box|borsenkurse|kurse|agate|glance|box ?score"),
    ("obituary", r"obituar(?:y|ies)|obit|nachruf|necrologi(?:[ea]|ca)|obituario|muistokirjoitus"),
    ("fact-box", r"fact ?-?box|factbox|fakten(?:box)?|hintergrund(?:kasten)?|chronolog[a-z]*|timeline|encadre|reperes|claves|cronologia|ficha|stichwort|background(?:er)?|grafik-info|tieto[a-z]*"),
    ("live-blog", r"live(?: ?-?(?:blog|ticker|updates?|coverage|reporting))?|ticker|(?:en )?direct[o]?|en vivo"),
    ("programme-note", r"not[ae] de program(?:me|acion)|programm?e?(?: ?-?note| ?hinweis|vorschau)?|tv-?programm|service note|sendehinweis|in eigener sache|redaktioneller hinweis"),
    ("analysis", r"(?:news )?analys[a-z]*|analisis|explainer|hintergrundbericht|korrespondentenbericht|decryptage"),
    ("opinion", r"opinion|comment(?:ary)?|kommentar|column|columna|chronique|editorial|kolumne|leitartikel|tribune|review|pressestimmen?|presseschau"),
    ("wrap-up", r"wrap ?-?up|round ?-?up|zusammenfassung|synthese|resumen|overview|uberblick"),
    ("lead", r"(?:\d(?:st|nd|rd|th) )?lead|ld|writethru|write[ -]?through|neufassung|gesamtzusammenfassung|\d\. (?:lead|zusammenfassung)|\der lead"),
    ("update", r"updates?|aktualisierung|aktualisiert|actualisation|actualise|mise a jour|actualizacion|ampliacion|amp"),
)  # fmt: skip
_NAMED = tuple((kind, late_pattern(rf"(?:{names})(?![a-z])")) for kind, names in _NAMES)
_PROGRAMME = late_pattern(
    r"(?:dpa/[\w-]{2,20}-programm|programm(?:vorschau|hinweis)|themenübersicht|news ?list|budget\b|tagesvorschau)",
    re.IGNORECASE,
)
_SLUG_WORD = late_pattern(
    r"(?:^|[\s,-])(1st|2nd|3rd|\d{1,2}th)?\s?-?(Ld|Lead)(?:-Writethru)?\b|\b(Writethru|Advisory|Glance|Digest|Correction|Kill|KILL|Standings|Results|Sums)\b"
)


# Of a page: what stands before a colon or after a dash in its headline, and its section or type, say only these.
_OF_PAGES = frozenset({
    "press-release", "obituary", "fact-box", "live-blog", "analysis", "opinion", "wrap-up", "results", "correction",
})  # fmt: skip
_LABELS = (
    late_pattern(r"^[\s\[(]{0,3}([^\W\d_][\w '’-]{2,24}?)[\])]?\s?[:|–—]\s"),
    late_pattern(r"\s[|–—-]\s?([^\W\d_][\w ’-]{2,24})$"),
    late_pattern(r"^([^\W\d_][\w ’]{2,24}?)\s-\s"),
    late_pattern(r"^([^\W\d_a-zà-ÿ][^\W\d_a-zà-ÿ ]{2,24})-(?=[^\W\d_a-zà-ÿ])"),
    late_pattern(r"^[(\[]([\w][\w .’-]{2,24})[)\]]\s|\s[(\[]([\w][\w .’-]{2,24})[)\]]$"),
)
_LIVE = late_pattern(
    r"\bas it happened\b|\blive (?:updates|blog|reporting)\b|\b(?:en direct|en vivo|im (?:live-?)?ticker)\b",
    re.IGNORECASE,
)


def is_press_release_wire(name: str) -> bool:
    """True for a service that sends what companies pay for: no agency of news."""
    bare = fold(name).strip(" .")
    return bare in PRESS_RELEASE_WIRES or agency_of_publisher(name) in PRESS_WIRES


def kind_of(
    markers: Iterable[Marker],
    *,
    called: str = "",
    headline: str = "",
    slug: str = "",
    senders: Iterable[str] = (),
    of_page: bool = False,
) -> str | None:
    """The sort of copy, a name of `KINDS`; None for a plain story.

    Args:
        markers: of the headline.
        headline: without its markers.
        called: what the sender calls it, one name a line: genres, signals, roles.
        slug: the agency's keyword line; AP writes `1st Ld-Writethru` there.
        senders: provider and sources, by the file's own account.
        of_page: it is no file of an agency: sections and labels of pages use the words of wires for other things.
    """
    found = {
        "urgent" if _kind_of_name(marker.text.strip(_AROUND)) == "urgent" else _OF_MARKER[marker.kind]
        for marker in markers
        if marker.kind in _OF_MARKER
    }
    named = [
        *called.splitlines(),
        *(label[label.lastindex or 0] for one in _LABELS if (label := one.search(headline[:200]))),
    ]
    kinds = {kind for line in named if (kind := _kind_of_name(line))}
    found |= kinds & _OF_PAGES if of_page else kinds
    if _LIVE.search(headline):
        found.add("live-blog")
    if slug and (word := _SLUG_WORD.search(slug)):
        found.add("lead" if word[2] else _kind_of_name(word[3]) or "results")
    if any(is_press_release_wire(sender) for sender in senders):
        found.add("press-release")
    if not of_page and _PROGRAMME.search(headline[:120]):
        found.add("programme-note")
    return next((kind for kind in KINDS if kind in found), None)


def _kind_of_name(name: str) -> str | None:
    if len(name) >= _MOST_CHARS:
        return None
    spaced = _spell(name)
    spelled = (spaced, fold(spaced))  # some senders write in one word what others write in several
    return next((kind for kind, names in _NAMED if any(map(names.fullmatch, spelled))), None)


def _spell(name: str) -> str:
    """Small letters without accents, words set apart."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("_", " "))
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split()).strip(_AROUND)
