"""The parts that follow a dateline's place: regions, date, agency, in any order and punctuation."""

from __future__ import annotations

from dataclasses import replace

from copytaster.late_pattern import late_pattern
from copytaster.wire.agencies import canonical_agency, match_agency
from copytaster.wire.dateline.draft import Draft, close
from copytaster.wire.letters import SPACE, fold, has_case, is_caps
from copytaster.wire.months import LAST_DAY, PrintedDate, is_weekday, months_of, read_date
from copytaster.wire.place_words import BEFORE_DAY, GAP, NO_PLACES, PARTICLES, WORD, read_place, skip
from copytaster.wire.places import is_city, is_region

_PAREN = late_pattern(r"[(\[（]([^()\[\]（）\n]{1,80})[)\]）]")
_SLASHED = late_pattern(r"/[ ]?([^/\n]{2,40}?(?:/FirstCall)?)[ ]?/(?!\w)")
_JOIN_PLACES = late_pattern(
    rf"{SPACE}{{0,2}}(?:[/／]|(?:and|und|et|y|e|и|&|AND){SPACE}){SPACE}{{0,2}}(?=[^\W\d_])"
)
_DAY_ALONE = late_pattern(r"(\d{1,2})[ ]?(?=\()")  # Spanish: `MADRID, 24 (EUROPA PRESS) -`
_NOT_IN_NAMES = late_pattern(r"[\d:;$€@<>]")
_COMMAS = (",", "،", "、", "，")
# Words printed in an agency's position that name none.
_NO_SERVICE = frozenset(
    fold(name)
    for name in "agencies|news agencies|wire services|wires|agency|web desk|online desk|staff|staff reporter|agenturen|agencias|agences|agenzie|agências|وكالات|агентства|ajanslar".split(
        "|"
    )
)
_MOST_PARTS = 8
_MOST_PLACES = 5
_MOST_REGIONS = 3
_MOST_REGION_WORDS = 4
_MOST_SERVICE_WORDS = 5


def read_enclosed_agency(text: str, position: int) -> tuple[str, int] | None:
    """The agency in brackets or slashes at `position`, and where they close."""
    found = _PAREN.match(text, position) or _SLASHED.match(text, position)
    agency = _agency_in(found.group(1)) if found else None
    return (agency, found.end()) if found and agency else None


def add_places(text: str, draft: Draft) -> Draft | None:
    """One or several places joined by slashes or `and`, from where the draft ends."""
    place = read_place(text, draft.end)
    if place is None:
        return None
    name, end, style = place
    names = [name]
    while len(names) < _MOST_PLACES:
        joint = _JOIN_PLACES.match(text, end)
        if not joint or _agency_in_slashes(text, end):
            break
        further = read_place(text, joint.end())
        if further is None or (style == "caps") != (further[2] == "caps"):
            break
        if is_city(text[draft.end : further[1]]):  # `Frankfurt/Main` is one town
            names[-1] = text[draft.end : further[1]]
        else:
            names.append(further[0])
        end = further[1]
    return replace(draft, places=(*draft.places, *names), style=style, end=end)


def _agency_in_slashes(text: str, start: int) -> bool:
    found = _SLASHED.match(text, skip(text, start))
    return found is not None and canonical_agency(found.group(1), in_dateline=True) is not None


def add_regions_and_dates(text: str, draft: Draft) -> Draft:
    """The draft with every region, date and agency that follows."""
    for _ in range(_MOST_PARTS):
        position = skip(text, draft.end)
        comma = text[position : position + 1] in _COMMAS
        if comma:
            position = skip(text, position + 1)
        further = (
            _read_enclosed(text, draft, position)
            or _read_printed_date(text, draft, position, comma=comma)
            or (_read_region(text, draft, position) if comma and draft.places else None)
            or (_read_bare_agency(text, draft, position) if comma and draft.places else None)
            or _read_dotted_date(text, draft)
        )
        if further is None:
            break
        draft = further
    return draft


def _read_enclosed(text: str, draft: Draft, position: int) -> Draft | None:
    found = _PAREN.match(text, position) or _SLASHED.match(text, position)
    if not found:
        return None
    content = found.group(1).strip()
    draft = replace(draft, end=found.end())
    agency = _agency_in(content)
    if agency is None and " - " in content:
        name, _, dated = content.partition(" - ")
        agency, printed = canonical_agency(name, in_dateline=True), read_date(dated, 0)
        draft = replace(draft, date=draft.date or printed) if agency else draft
    if (
        is_region(content)
        and draft.places
        and not draft.agency
        and (agency is None or _PAREN.match(text, skip(text, found.end())))
    ):
        return replace(draft, regions=(*draft.regions, content))
    if agency is not None:
        return replace(draft, agency=draft.agency or agency, enclosed=True)
    if draft.agency or draft.service or (not draft.places and draft.date is None):
        return None
    if _agency_follows(text, found.end()):  # `VALENCE (Drôme) (AFP)`: the word before the agency is a region
        return replace(draft, regions=(*draft.regions, content))
    printed = read_date(content, 0)
    if printed is not None and printed.day is not None and printed.end == len(content):
        return replace(draft, date=draft.date or printed)
    if is_weekday(content):
        return draft
    if fold(content) in _NO_SERVICE:
        return replace(draft, enclosed=True)
    return replace(draft, service=content) if _looks_like_service(content) else None


def _agency_in(content: str) -> str | None:
    """`(File 2009/Associated Press)` belongs to a picture: digits speak against a dateline's agency."""
    if any(letter.isdigit() for letter in content):
        return None
    name = canonical_agency(content, in_dateline=True)
    if name is None:
        found = match_agency(content, in_dateline=True)  # `(Reuters in London)`, `(AP staff and wires)`
        name = found.name if found and content[found.end :].lstrip()[:1].islower() else None
    return name


def _agency_follows(text: str, end: int) -> bool:
    found = _PAREN.match(text, skip(text, end))
    return found is not None and canonical_agency(found.group(1), in_dateline=True) is not None


def _looks_like_service(content: str) -> bool:
    words = content.split()
    return (
        0 < len(words) <= _MOST_SERVICE_WORDS
        and not _NOT_IN_NAMES.search(content)
        and (words[0][0].isupper() or not has_case(words[0]))
    )


def _read_printed_date(text: str, draft: Draft, position: int, *, comma: bool) -> Draft | None:
    if draft.date is not None:
        return None
    printed = read_date(text, position)
    if printed is None:
        day = _DAY_ALONE.match(text, position)
        if not day or not 1 <= int(day.group(1)) <= LAST_DAY or not comma:
            return None
        printed = PrintedDate((), int(day.group(1)), None, day.end(1))
    if printed.day is None and not comma:
        return None
    end = printed.end
    if text[end : end + 1] == "." and text[end + 1 : end + 2] in (" ", "-", "–", "("):
        dotted = skip(text, end + 1)
        if text[dotted : dotted + 1] in ("(", "/", "-", "–", "—") or match_agency(text, dotted):
            end += 1
    return replace(draft, date=printed, end=end, comma_before_date=comma)


def _read_dotted_date(text: str, draft: Draft) -> Draft | None:
    """`Москва. 24 февраля. INTERFAX.RU - `: full stops where others put commas."""
    if not draft.places or "." not in text[max(draft.end - 1, 0) : draft.end + 1]:
        return None
    position = skip(text, draft.end + (text[draft.end : draft.end + 1] == "."))
    if draft.date is None:
        printed = read_date(text, position)
        return (
            replace(draft, date=printed, end=printed.end, comma_before_date=True)
            if printed and printed.day
            else None
        )
    if draft.agency is None:
        found = match_agency(text, position, in_dateline=True)
        return replace(draft, agency=found.name, end=found.end) if found else None
    return None


def _read_region(text: str, draft: Draft, position: int) -> Draft | None:
    if len(draft.regions) >= _MOST_REGIONS:
        return None
    ends = []
    cursor = position
    for _ in range(_MOST_REGION_WORDS):
        word = WORD.match(text, cursor)
        if not word:
            break
        printed = word.group()
        if months_of(printed) and BEFORE_DAY.match(text, word.end()):
            break
        particle = printed.lower() in PARTICLES or printed in (
            "and",
            "central",
            "northern",
            "southern",
            "eastern",
            "western",
            "near",
            "state",
            "province",
        )
        if not (printed[0].isupper() or not has_case(printed) or particle):
            break
        end = word.end() + (
            text[word.end() : word.end() + 1] == "."
            and text[word.end() + 1 : word.end() + 2] in ("", " ", ",", "/", "-", "–", "—", "_")
        )
        ends.append(end)
        gap = GAP.match(text, end)
        if not gap:
            break
        cursor = gap.end()
    for end in reversed(ends):
        name = text[position:end]
        if is_region(name) and _closes_region(text, end):
            joined = replace(draft, regions=(*draft.regions, name), end=end)
            return _read_places_after_region(text, joined)
        if draft.style == "caps" and is_caps(name) and is_city(name):
            return replace(draft, places=(*draft.places, name), end=end)
    return _read_unknown_region(text, draft, position, ends)


def _closes_region(text: str, end: int) -> bool:
    following = text[skip(text, end) : skip(text, end) + 1]
    return (
        following in ("", ",", "(", "[", "/", "\n")
        or close(text, Draft(0, end)).separator != "none"
        or read_date(text, skip(text, end)) is not None
    )


def _read_places_after_region(text: str, draft: Draft) -> Draft:
    joint = _JOIN_PLACES.match(text, draft.end)
    if not joint or _agency_in_slashes(text, draft.end):
        return draft
    return add_places(text, replace(draft, end=joint.end())) or draft


def _read_unknown_region(text: str, draft: Draft, position: int, ends: list[int]) -> Draft | None:
    if not ends or match_agency(text, position, in_dateline=True):
        return None
    end = ends[-1]
    following = text[skip(text, end) : skip(text, end) + 1]
    name = text[position:end]
    if following not in ("(", "/", ",", "[") or fold(name) in NO_PLACES or is_weekday(name):
        return None
    return replace(draft, regions=(*draft.regions, name), end=end)


def _read_bare_agency(text: str, draft: Draft, position: int) -> Draft | None:
    found = match_agency(text, position, in_dateline=True)
    if found is None or draft.agency is not None:
        return None
    after = close(text, replace(draft, end=found.end))
    return replace(draft, agency=found.name, end=found.end) if after.separator != "none" else None
