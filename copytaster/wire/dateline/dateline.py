"""Datelines: place, date and agency that open a story, and whether an opening is one at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.late_pattern import late_pattern
from copytaster.values import Dateline
from copytaster.wire.dateline.cjk import read_cjk_draft
from copytaster.wire.dateline.reader import read_draft
from copytaster.wire.letters import DASH, SPACE, fold, has_case, starts_sentence
from copytaster.wire.months import iso_date, read_date
from copytaster.wire.places import is_city, is_region

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from copytaster.wire.dateline.draft import Draft

_WINDOW = (
    420  # characters of an opening that are looked at: a long change note, a byline and the dateline fit
)
_JUNK = late_pattern(rf"(?:{SPACE}|[\s*•|>#\"“„«]){{0,20}}")
_NOTE = late_pattern(r"(?:\([^()]{3,300}\)|\([^()\n]{3,300}\n)\s{0,12}")
_BY = late_pattern(r"(?:By|BY|Von|Par|Por|Di|От|بقلم)\s")
_START_OF_WORD = late_pattern(r"(?<![\w'’.-])(?=[^\W_])")
_DATE_THEN_COLON = late_pattern(rf"{SPACE}{{0,2}}[:：]")
_SECOND_DASH = late_pattern(rf"\A(?:\S{{1,30}}\s){{1,3}}{DASH}\s")
_ENGLISH_OPENERS = frozenset(
    "the a an it he she they this that these those there we i you his her its our".split()
)

_TOWN_BEGINNINGS = frozenset(
    "fort ft san santa santo saint st sainte port new lake mount mt east west north south los las el la le palm grand cedar camp bad sao rio al ras old upper lower big little".split()
)
_TOWN_ENDINGS = frozenset(
    "city beach springs falls hills heights park valley lake lakes ridge grove county island point harbor harbour junction rock rapids bay township creek plains village center "
    "centre mills bluffs forest grande river canyon station".split()
)


def parse_dateline(opening: str, *, context_date: date | None = None) -> tuple[Dateline | None, str]:
    """The dateline that opens a text, and the text after it.

    A change note in parentheses or a `By ...` line before the dateline is passed over. Without a dateline the
    second value is `opening` as it came.

    Args:
        opening: a story's first line or more; only its first few hundred characters are looked at.
        context_date: the story's own date; a printed day without year gets the year that brings it nearest.
    """
    head = opening[:_WINDOW]
    for draft in _drafts(head):
        return _dateline_of(head, draft, context_date), opening[draft.end :].lstrip()
    return None, opening


def _dateline_of(head: str, draft: Draft, context_date: date | None) -> Dateline:
    return Dateline(
        raw=head[draft.start : draft.end].strip(),
        places=draft.places,
        region=", ".join(draft.regions) or None,
        date=iso_date(draft.date, context_date) if draft.date else None,
        agency=draft.agency or draft.service,
    )


def _drafts(head: str) -> Iterator[Draft]:
    start = _start_of(head)
    if _BY.match(head, start):
        yield from _drafts_after_byline(head, start)
        return
    draft = read_cjk_draft(head, start) or read_draft(head, start)
    if draft is not None and _is_dateline(head, draft):
        yield draft
        return
    note = _NOTE.match(head, start)
    if note:
        start = note.end()
        draft = read_draft(head, start)
        if draft is not None and _is_dateline(head, draft):
            yield draft
            return
    if _BY.match(head, start):
        yield from _drafts_after_byline(head, start)


def _start_of(head: str) -> int:
    junk = _JUNK.match(head)
    return junk.end() if junk else 0


def _drafts_after_byline(head: str, start: int) -> Iterator[Draft]:
    """Datelines behind `By Jane Roe `: only sure ones, those at a known city first (`By A ROE PARIS (AP)`)."""
    sure = []
    for found in _START_OF_WORD.finditer(head, start + 3, start + 160):
        draft = read_draft(head, found.start())
        if draft is not None and _is_dateline(head, draft) and _is_sure(draft):
            sure.append(draft)
    yield from sorted(sure, key=lambda draft: not draft.known_city)


def _is_sure(draft: Draft) -> bool:
    if draft.style != "caps" and draft.places:
        return False
    return draft.enclosed or (draft.known_city and draft.date is not None)


def _is_dateline(head: str, draft: Draft) -> bool:
    rest = head[draft.end :].lstrip()
    if (
        draft.label
        or _is_caption_opening(rest)
        or (rest and not starts_sentence(rest) and not _stands_alone(draft))
    ):
        return False
    if draft.agency is not None or (draft.enclosed and draft.places):
        return _agency_makes_dateline(draft)
    if draft.date is not None and draft.date.day is not None:
        return _date_makes_dateline(draft, rest)
    if draft.service is not None:
        return draft.separator == "dash" and (
            draft.known_city or (draft.style == "caps" and draft.known_region)
        )
    if draft.date is not None:
        return draft.separator == "dash" and draft.style == "caps" and bool(draft.places)
    return _place_makes_dateline(draft, head, rest)


def _stands_alone(draft: Draft) -> bool:
    """A capital city with date or agency and a dash needs no capital after it."""
    proved = draft.enclosed or (draft.date is not None and draft.date.day is not None)
    return draft.separator == "dash" and proved and (draft.style == "caps" or draft.known_city)


def _is_caption_opening(rest: str) -> bool:
    """`SEATTLE, WA - MAY 5: A player ...` is how a picture desk opens a caption."""
    printed = read_date(rest[:40], 0)
    return printed is not None and printed.day is not None and bool(_DATE_THEN_COLON.match(rest, printed.end))


def _agency_makes_dateline(draft: Draft) -> bool:
    if draft.style == "lower" and draft.places and not (draft.known_city or draft.date):
        return False
    return draft.enclosed or draft.separator != "none"


def _date_makes_dateline(draft: Draft, rest: str) -> bool:
    if not draft.places:
        return draft.service is not None and draft.separator == "dash"
    if draft.separator in ("dash", "colon") or draft.service is not None:
        return (
            draft.style == "caps"
            or draft.known_city
            or draft.known_region
            or (draft.comma_before_date and draft.separator == "dash" and draft.style == "mixed")
        )
    if draft.separator == "dot":
        return draft.known_city and has_case(draft.places[0])
    return draft.style == "caps" and draft.known_city and rest[:1].isalpha()


def _place_makes_dateline(draft: Draft, head: str, rest: str) -> bool:
    """Only places: cities that need no state by the stylebooks, a city with its state, or capitals before prose."""
    if draft.regions and not draft.known_region:
        return False
    if draft.separator == "dash":
        return _dash_makes_dateline(draft, head, rest)
    if draft.separator == "colon":
        known = draft.style == "caps" and (draft.known_city or draft.known_region)
        return known and _is_prose(rest, words=3) and not rest[0].isdigit()
    if draft.separator == "dot" and draft.known_city and len(draft.places) < 3:
        return (
            _is_prose(rest)
            and fold(rest.split(maxsplit=1)[0]) not in _ENGLISH_OPENERS
            and has_case(draft.places[0])
            and not _opens_with_city(rest)
        )
    return False


def _dash_makes_dateline(draft: Draft, head: str, rest: str) -> bool:
    if draft.style == "caps":
        if draft.known_region or (draft.known_city and len(draft.places) > 1):
            return True
        if draft.known_city or is_region(draft.places[0]):
            return not rest or _is_prose(rest, words=3)
        return _could_be_town(draft, head) and _is_prose(rest)
    known = draft.known_city if draft.style != "uncased" else draft.known_city or draft.known_region
    return (
        known
        and draft.style != "lower"
        and _is_prose(rest)
        and not _SECOND_DASH.match(rest)
        and not rest[0].isdigit()
    )


def _could_be_town(draft: Draft, head: str) -> bool:
    """Unknown capitals before a long dash: `OAKVALE —`; a bare hyphen makes a label of them (`WORLD CUP - `)."""
    mark = head[: draft.end].rstrip()
    if mark.endswith("-") and not mark.endswith("--"):
        return False
    words = [fold(word) for word in draft.places[0].split()]
    if len(words) == 1:
        return len(words[0]) >= 5
    return len(words) <= 3 and (words[0] in _TOWN_BEGINNINGS or words[-1] in _TOWN_ENDINGS)


def _opens_with_city(rest: str) -> bool:
    return is_city(rest.split(maxsplit=1)[0].strip(".,"))


def _is_prose(rest: str, words: int = 6) -> bool:
    """At least so many words, some of the first ones not capitalised."""
    opening = rest[:120].split()
    return len(opening) >= words and any(not word[0].isupper() for word in opening[:8] if word[0].isalpha())
