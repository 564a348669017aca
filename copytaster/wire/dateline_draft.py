"""Reads the parts of a dateline one after the other; what counts as one is decided in `dateline`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from copytaster.wire.agencies import canonical_agency, match_agency
from copytaster.wire.letters import DASH, MARKS, SPACE, fold, has_case, is_caps
from copytaster.wire.months import PrintedDate, is_weekday, months_of, read_date
from copytaster.wire.places import is_city, is_region

PlaceStyle = Literal["caps", "mixed", "lower", "uncased"]
Separator = Literal["dash", "colon", "dot", "none"]

WORD = re.compile(rf"['’‘ʼ]?[^\W\d_](?:[^\W_]|[{MARKS}]|['’‘`´.](?=[^\W_])|-(?=[^\W_]))*")
_GAP = re.compile(rf"{SPACE}{{1,3}}")
_ANY_GAP = re.compile(rf"{SPACE}{{0,3}}")
_PAREN = re.compile(r"[(\[（]([^()\[\]（）\n]{1,80})[)\]）]")
_SLASHED = re.compile(r"/[ ]?([^/\n]{2,40}?(?:/FirstCall)?)[ ]?/(?!\w)")
_DASH_SEPARATOR = re.compile(rf"{SPACE}{{0,3}}[.,:;؛،]{{0,2}}{SPACE}{{0,2}}{DASH}(?:{SPACE}?{DASH})?")
_COLON_SEPARATOR = re.compile(rf"{SPACE}{{0,2}}[:|：।]")
_DOT_SEPARATOR = re.compile(r"\.(?!\w)")
_JOIN_PLACES = re.compile(
    rf"{SPACE}{{0,2}}(?:[/／]|(?:and|und|et|y|e|и|&|AND){SPACE}){SPACE}{{0,2}}(?=[^\W\d_])"
)
_ABBREVIATED = frozenset("st ste ft mt pt s".split())
_PARTICLES = frozenset(
    "de la le les el al am an der da do dos das del di du of the sur sous upon on en in bei op den ob vor près aan auf las los y na nad pod и на над".split()
)
# Words that open lines like datelines do, and are no places.
_NO_PLACES = frozenset(
    fold(word)
    for word in (
        "file update updated updates breaking exclusive opinion editorial note notes editor editors analysis review watch video photos photo picture gallery live new news "
        "factbox timeline correction corrected clarification question answer summary background highlights table tables preview interview feature column comment commentary "
        "advertisement advertising sponsored subscribe related read more published posted last share copyright today tonight earlier later reuters warning alert urgent "
        "key points issue the results result standings scores fixtures schedule copper aluminium aluminum zinc lead tin nickel gold silver wheat corn maize soybeans soybean barley oats sugar "
        "cocoa coffee cotton rubber crude brent grade grades grain deliverable spot futures close open high low volume total net shr shrs revs sales price prices bid ask offered qtr year "
        "nasdaq nyse ftse dow euro dollar yen sterling pound oper dividend dividends mln bln pct stock stocks market markets index bonds rates tip tips fact facts why how what when where who which "
        "home sport sports business world politics technology health science entertainment lifestyle weather money culture local national international advisory attention kill bulletin flash "
        "cast director rated cd dvd book books film films ingredients directions method serves answers letters quiz poll q a editor's"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was read so far between `start` and `end` of a text."""

    start: int
    end: int
    places: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    style: PlaceStyle = "mixed"
    date: PrintedDate | None = None
    agency: str | None = None
    service: str | None = None
    enclosed: bool = False
    comma_before_date: bool = False
    separator: Separator = "none"
    notes: tuple[str, ...] = field(default=())

    @property
    def known_region(self) -> bool:
        """Whether one of the regions is a country or state."""
        return any(is_region(region) for region in self.regions)

    @property
    def known_city(self) -> bool:
        """Whether the first place is a city that stands alone."""
        return bool(self.places) and is_city(self.places[0])


def read_draft(text: str, start: int) -> Draft | None:
    """Agency, places, regions and date printed one after the other from `start`, with the mark that closes them."""
    draft = Draft(start, start)
    led = _read_lead(text, draft)
    if led is not None and led.places:
        return led
    if led is not None:
        body = _read_body(text, replace(led, separator="none", enclosed=True))
        return body if body is not None and body.places and body.separator != "none" else led
    return _read_body(text, draft)


def _read_lead(text: str, draft: Draft) -> Draft | None:
    """An agency that opens the line: `(ANSA) - ROMA`, `/PRNewswire/ --`, `Reuters, Washington`, `AFP - `."""
    found = _PAREN.match(text, draft.start) or _SLASHED.match(text, draft.start)
    if found:
        agency = _agency_in(found.group(1))
        return close(text, replace(draft, agency=agency, end=found.end(), enclosed=True)) if agency else None
    match = match_agency(text, draft.start)
    if match is None or match.name in ("CNN",):
        return None
    draft = replace(draft, agency=match.name, end=match.end)
    comma = re.compile(r", (?=[^\W\d_])").match(text, match.end)
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
    """`Reuters, Washington, ` and `PTI, New Delhi, Nov 20 2019`, closed by a comma, a line's end or a dash."""
    body = _read_body(text, draft)
    if body is None or not body.places or not (body.known_city or body.style == "caps"):
        return None
    comma = re.compile(r"[ ]?(?:,|\n|$)").match(text, body.end)
    if body.separator == "none" and comma is None:
        return None
    return replace(body, end=comma.end() if comma else body.end, separator="dash")


def _read_body(text: str, draft: Draft) -> Draft | None:
    draft = replace(draft, end=_skip(text, draft.end))
    first = read_date(text, draft.end)
    if first is not None and (first.day is not None or first.year is not None):
        gap = re.compile(r"[.,]?[ \t\xa0]{0,2}").match(text, first.end)
        draft = replace(draft, date=first, end=gap.end() if gap else first.end)
    placed = _read_places(text, draft)
    if placed is None and draft.date is None:
        return None
    draft = _read_elements(text, placed or draft)
    return _read_second_half(text, close(text, draft))


def _read_places(text: str, draft: Draft) -> Draft | None:
    place = _read_place(text, draft.end)
    if place is None:
        return None
    name, end, style = place
    names = [name]
    while len(names) < 5:
        joint = _JOIN_PLACES.match(text, end)
        if not joint or _agency_in_slashes(text, end):
            break
        further = _read_place(text, joint.end())
        if further is None or (style == "caps") != (further[2] == "caps"):
            break
        if is_city(text[draft.end : further[1]]):  # `Frankfurt/Main` is one town
            names[-1] = text[draft.end : further[1]]
        else:
            names.append(further[0])
        end = further[1]
    return replace(draft, places=(*draft.places, *names), style=style, end=end)


def _agency_in_slashes(text: str, start: int) -> bool:
    found = _SLASHED.match(text, _skip(text, start))
    return bool(found) and canonical_agency(found.group(1), in_dateline=True) is not None if found else False


def _style_of(word: str) -> PlaceStyle | None:
    if not has_case(word):
        return "uncased" if len(word) > 1 else None
    letters = [letter for letter in word if letter.isalpha()]
    if is_caps(word) and len(letters) > 1:
        return "caps"
    if word[0].isupper() or word[:2].strip("'’‘")[:1].isupper() or "-" in word[:4]:
        return "mixed"
    return "lower"


def _fits(word: str, style: PlaceStyle) -> bool:
    if style == "caps":
        return is_caps(word) or (word.startswith("Mc") and is_caps(word[2:]))
    if style == "mixed":
        return word[0].isupper() and not (is_caps(word) and len(word) > 2)
    if style == "uncased":
        return not has_case(word)
    return word.islower()


def _read_place(text: str, start: int) -> tuple[str, int, PlaceStyle] | None:
    """One place name: words of one letter case, particles between them, until something else stands there."""
    first = WORD.match(text, start)
    if first is None:
        return None
    word, style = first.group(), _style_of(first.group())
    if word.startswith("Mc") and is_caps(word[2:]):
        style = "caps"
    if style is None or is_weekday(word):
        return None
    if "-" in word and style == "mixed" and is_caps(word.split("-")[0]) and is_city(word.split("-")[0]):
        return word.split("-")[0], start + len(word.split("-")[0]), "caps"
    end = _with_abbreviation_dot(text, first.end(), word)
    for _ in range(5):
        extended = _extend_place(text, end, style)
        if extended is None:
            break
        end = extended
    name = text[start:end]
    no_place = all(fold(part) in _NO_PLACES for part in name.split()) or (
        months_of(name) and not is_city(name)
    )
    return None if no_place else (name, end, style)


def _extend_place(text: str, end: int, style: PlaceStyle) -> int | None:
    gap = _GAP.match(text, end)
    following = WORD.match(text, gap.end()) if gap else None
    if following is None:
        return None
    word = following.group()
    if word == "AND" and style == "caps":
        return None
    if months_of(word) and re.compile(rf"\.?{SPACE}{{0,2}}\d").match(text, following.end()):
        return None
    if word.lower() in _PARTICLES and not (style == "caps" and is_caps(word)):
        after = _GAP.match(text, following.end())
        beyond = WORD.match(text, after.end()) if after else None
        return (
            following.end()
            if beyond and (_fits(beyond.group(), style) or beyond.group() in _PARTICLES)
            else None
        )
    if not _fits(word, style) or (style == "uncased" and months_of(word)):
        return None
    return _with_abbreviation_dot(text, following.end(), word)


def _with_abbreviation_dot(text: str, end: int, word: str) -> int:
    dotted = text[end : end + 1] == "." and (fold(word) in _ABBREVIATED or "." in word)
    return end + 1 if dotted else end


def _skip(text: str, start: int) -> int:
    gap = _ANY_GAP.match(text, start)
    return gap.end() if gap else start


def _read_elements(text: str, draft: Draft) -> Draft:
    for _ in range(8):
        position = _skip(text, draft.end)
        comma = text[position : position + 1] in (",", "،", "、", "，")
        if comma:
            position = _skip(text, position + 1)
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
        and (agency is None or _PAREN.match(text, _skip(text, found.end())))
    ):
        return replace(draft, regions=(*draft.regions, content))
    if agency is not None:
        return replace(draft, agency=draft.agency or agency, enclosed=True)
    if draft.agency or draft.service or not draft.places and draft.date is None:
        return None
    if _agency_follows(
        text, found.end()
    ):  # `VALENCE (Drôme) (AFP)`: what stands before the agency is a region
        return replace(draft, regions=(*draft.regions, content))
    printed = read_date(content, 0)
    if printed is not None and printed.day is not None and printed.end == len(content):
        return replace(draft, date=draft.date or printed)
    if is_weekday(content):
        return draft
    return replace(draft, service=content) if _looks_like_service(content) else None


def _agency_in(content: str) -> str | None:
    """`(File 2013/Associated Press)` belongs to a picture: digits speak against a dateline's agency."""
    return (
        None if any(letter.isdigit() for letter in content) else canonical_agency(content, in_dateline=True)
    )


def _agency_follows(text: str, end: int) -> bool:
    found = _PAREN.match(text, _skip(text, end))
    return found is not None and canonical_agency(found.group(1), in_dateline=True) is not None


def _looks_like_service(content: str) -> bool:
    words = content.split()
    return (
        0 < len(words) <= 5
        and not re.search(r"[\d:;$€@<>]", content)
        and (words[0][0].isupper() or not has_case(words[0]))
    )


def _read_printed_date(text: str, draft: Draft, position: int, *, comma: bool) -> Draft | None:
    if draft.date is not None:
        return None
    printed = read_date(text, position)
    if printed is None:
        day = re.compile(r"(\d{1,2})[ ]?(?=\()").match(
            text, position
        )  # Spanish: `MADRID, 24 (EUROPA PRESS) -`
        if not day or not 1 <= int(day.group(1)) <= 31 or not comma:
            return None
        printed = PrintedDate((), int(day.group(1)), None, day.end(1))
    if printed.day is None and not comma:
        return None
    end = printed.end
    if text[end : end + 1] == "." and text[end + 1 : end + 2] in (" ", "-", "–", "("):
        dotted = _skip(text, end + 1)
        if text[dotted : dotted + 1] in ("(", "/", "-", "–", "—") or match_agency(text, dotted):
            end += 1
    return replace(draft, date=printed, end=end, comma_before_date=comma)


def _read_dotted_date(text: str, draft: Draft) -> Draft | None:
    """`Москва. 24 февраля. INTERFAX.RU - `: full stops where others put commas."""
    if not draft.places or "." not in text[max(draft.end - 1, 0) : draft.end + 1]:
        return None
    position = _skip(text, draft.end + (text[draft.end : draft.end + 1] == "."))
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
    if len(draft.regions) > 2:
        return None
    ends = []
    cursor = position
    for _ in range(4):
        word = WORD.match(text, cursor)
        if not word:
            break
        printed = word.group()
        if months_of(printed) and re.compile(r"\.?[ ]{0,2}\d").match(text, word.end()):
            break
        particle = printed.lower() in _PARTICLES or printed in (
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
        gap = _GAP.match(text, end)
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
    following = text[_skip(text, end) : _skip(text, end) + 1]
    return (
        following in ("", ",", "(", "[", "/", "\n")
        or close(text, Draft(0, end)).separator != "none"
        or read_date(text, _skip(text, end)) is not None
    )


def _read_places_after_region(text: str, draft: Draft) -> Draft:
    joint = _JOIN_PLACES.match(text, draft.end)
    if not joint or _agency_in_slashes(text, draft.end):
        return draft
    return _read_places(text, replace(draft, end=joint.end())) or draft


def _read_unknown_region(text: str, draft: Draft, position: int, ends: list[int]) -> Draft | None:
    if not ends or match_agency(text, position, in_dateline=True):
        return None
    end = ends[-1]
    following = text[_skip(text, end) : _skip(text, end) + 1]
    name = text[position:end]
    if following not in ("(", "/", ",", "[") or fold(name) in _NO_PLACES or is_weekday(name):
        return None
    return replace(draft, regions=(*draft.regions, name), end=end)


def _read_bare_agency(text: str, draft: Draft, position: int) -> Draft | None:
    found = match_agency(text, position, in_dateline=True)
    if found is None or draft.agency is not None:
        return None
    after = close(text, replace(draft, end=found.end))
    return replace(draft, agency=found.name, end=found.end) if after.separator != "none" else None


def close(text: str, draft: Draft) -> Draft:
    """The draft with the dash, colon or full stop that ends it, if one stands there."""
    marks: tuple[tuple[re.Pattern[str], Separator], ...] = (
        (_DASH_SEPARATOR, "dash"),
        (_COLON_SEPARATOR, "colon"),
        (_DOT_SEPARATOR, "dot"),
    )
    for mark, kind in marks:
        found = mark.match(text, draft.end)
        if found:
            return replace(draft, end=found.end(), separator=kind)
    return draft


def _read_second_half(text: str, draft: Draft) -> Draft:
    """`LONDON/PARIS - (Reuters) - `, `МОСКВА, 18 окт - РИА Новости. `: the agency stands after the first dash."""
    if draft.separator == "none" or draft.agency is not None:
        return draft
    position = _skip(text, draft.end)
    enclosed = _PAREN.match(text, position) or _SLASHED.match(text, position)
    if enclosed:
        agency = canonical_agency(enclosed.group(1), in_dateline=True)
        return (
            close(text, replace(draft, agency=agency, end=enclosed.end(), separator="none", enclosed=True))
            if agency
            else draft
        )
    bare = match_agency(text, position, in_dateline=True)
    if bare is None:
        return draft
    closed = close(text, replace(draft, agency=bare.name, end=bare.end, separator="none"))
    return closed if closed.separator != "none" else draft
