"""Reads a dateline's parts one after the other; whether they make one is decided in `dateline`."""

from __future__ import annotations

from dataclasses import replace

from copytaster.late_pattern import late_pattern
from copytaster.wire.agencies import match_agency
from copytaster.wire.dateline.draft import Draft, close
from copytaster.wire.dateline.parts import add_places, add_regions_and_dates, read_enclosed_agency
from copytaster.wire.months import read_date
from copytaster.wire.place_words import skip

_COMMA_THEN_NAME = late_pattern(r", (?=[^\W\d_])")
_COMMA_OR_END = late_pattern(r"[ ]?(?:,|\n|$)")
_AFTER_DATE = late_pattern(r"[.,]?[ \t\xa0]{0,2}")


def read_draft(text: str, start: int) -> Draft | None:
    """Agency, places, regions and date printed one after the other from `start`, with the mark that closes them."""
    draft = Draft(start, start)
    led = _read_lead(text, draft)
    if led is not None and led.places:
        return led
    if led is not None:
        body = _read_body(text, replace(led, separator="none", enclosed=True))
        return body if body is not None and _follows_agency(body) else led
    return _read_body(text, draft)


def _follows_agency(body: Draft) -> bool:
    """`(ANSA) - ROMA, 5 MAG - `, and not the first words of the story: `(Reuters) - Acme Corp. directors`."""
    sure = body.style == "caps" or body.known_city or body.date is not None
    return bool(body.places) and sure and body.separator in ("dash", "colon")


def _read_lead(text: str, draft: Draft) -> Draft | None:
    """An agency that opens the line: `(ANSA) - ROMA`, `/PRNewswire/ --`, `Reuters, Washington`, `AFP - `."""
    enclosed = read_enclosed_agency(text, draft.start)
    if enclosed is not None:
        return close(text, replace(draft, agency=enclosed[0], end=enclosed[1], enclosed=True))
    match = match_agency(text, draft.start)
    if match is None or match.name == "CNN":
        return None
    draft = replace(draft, agency=match.name, end=match.end)
    comma = _COMMA_THEN_NAME.match(text, match.end)
    if comma:
        return _read_agency_then_place(text, replace(draft, end=comma.end()))
    closed = close(text, draft)
    spaced = (
        closed.separator == "dash"
        and text[closed.end : closed.end + 1].strip() == ""
        and closed.end < len(text)
    )
    return closed if spaced or text[match.end : match.end + 3] == " | " else None


def _read_agency_then_place(text: str, draft: Draft) -> Draft | None:
    """`Reuters, Washington, ` and `PTI, New Delhi, May 7 2012`, closed by a comma, a line's end or a dash."""
    body = _read_body(text, draft)
    if body is None or not body.places or not (body.known_city or body.style == "caps"):
        return None
    comma = _COMMA_OR_END.match(text, body.end)
    if body.separator == "none" and comma is None:
        return None
    return replace(body, end=comma.end() if comma else body.end, separator="dash")


def _read_body(text: str, draft: Draft) -> Draft | None:
    draft = replace(draft, end=skip(text, draft.end))
    first = read_date(text, draft.end)
    if first is not None and (first.day is not None or first.year is not None):
        gap = _AFTER_DATE.match(text, first.end)
        draft = replace(draft, date=first, end=gap.end() if gap else first.end)
    placed = add_places(text, draft)
    if placed is None and draft.date is None:
        return None
    draft = add_regions_and_dates(text, placed or draft)
    return _read_second_half(text, close(text, draft))


def _read_second_half(text: str, draft: Draft) -> Draft:
    """`LONDON/PARIS - (Reuters) - `, `МОСКВА, 9 окт - РИА Новости. `: the agency follows the first dash."""
    if draft.separator == "none" or draft.agency is not None:
        return draft
    position = skip(text, draft.end)
    enclosed = read_enclosed_agency(text, position)
    if enclosed is not None:
        draft = replace(draft, agency=enclosed[0], end=enclosed[1], separator="none", enclosed=True)
        return close(text, draft)
    bare = match_agency(text, position, in_dateline=True)
    if bare is None:
        return draft
    closed = close(text, replace(draft, agency=bare.name, end=bare.end, separator="none"))
    return closed if closed.separator != "none" else draft
