"""Headlines: wire prefixes and suffixes parsed into markers, the bare headline left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from copytaster.late_pattern import late_pattern
from copytaster.values import Marker, MarkerClass
from copytaster.wire.agencies import canonical_agency
from copytaster.wire.letters import MARKS, has_case, is_caps
from copytaster.wire.marker_table import (
    COLON_SLUGS,
    LONGEST_MARKER_WORDS,
    MARKER_NAMES,
    SPORT_SLUGS,
    MarkerName,
    name_key,
)
from copytaster.wire.places import is_city

_LONGEST_PREFIX = 60
_DIGITS = "0123456789"
_TOKEN = late_pattern(rf"(?:[^\W_]|[{MARKS}])+(?:['’](?=\w))?(?:(?:[^\W_]|[{MARKS}])+)?")
_JOINT = late_pattern(r"[ ]?[ +&/][ ]?|-(?=[^\W\d_])")
_QUALIFIER = late_pattern(r"[ ]?\([A-Z][A-Z .]{1,20}\)")
_BARE_ALERT = late_pattern(r"(URGENT|NEWSALERT|NEWS ALERT|BULLETIN) (?=[\"'“‘]?[A-Z][a-z])")
_NUMBER = late_pattern(r"[ ]{0,2}(?:no\.[ ]?|#)?(\d{1,2})(?![\d%.,:/-]\d|\w)", re.IGNORECASE)
_END = late_pattern(r"[ ]{0,2}(?::|\.-|\.–|[-–—]{1,2})[ ]{0,3}")
_TIGHT = late_pattern(r"-(?=[\"'“‘«„(]?[^\W_])")
_ORDINAL_LEAD = late_pattern(
    r"(\d{1,2})(?:st|nd|rd|th|\.|e|er)?[ ]{1,2}(lead|ld)(?:[ -]?(writethru|writethrough))?[ ]{0,2}(?:[:,]|[-–—]{1,2})?[ ]{0,2}",
    re.IGNORECASE,
)
_BRACKETED = late_pattern(r"[(\[]([^()\[\]]{2,40})[)\]][ ]{0,2}(?:[-–—:][ ]{0,2})?")
_BRACKETED_LAST = late_pattern(r"[ ]{1,3}[(\[]([^()\[\]]{2,30})[)\]]$")
_BRACKETED_NAME = late_pattern(
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)?[ ]?)?([^\W\d_][\w '&+-]{0,28}?)[ ]?(\d{1,4})?"
)
_EDITORS = late_pattern(r"(?:Eds|EDS|Editors|EDITORS)(?:['’] ?[Nn]ote)?[ ]?[:,][ ]{0,2}")
_SITE = late_pattern(r"[ ]{0,3}(?:\||[ ][-–—][ ])[ ]{0,3}([^|–—\n]{2,40})$")
_CAPITAL_SLUG = late_pattern(
    r"(?<![A-Z])([A-Z][A-Z0-9&/.']{1,14}(?: [A-Z0-9&/.']{1,14}){1,3})-(?=[\"'“‘]?[A-Z0-9][\w'’.,&-]{0,30}[ ])"
)


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline without its wire prefixes, and the prefixes in printed order."""

    headline: str
    markers: tuple[Marker, ...] = ()


class _Prefix(NamedTuple):
    marker: Marker
    end: int


def parse_headline(text: str) -> Headline:
    """Markers and bare headline of a title as printed; titles that only look like it stay as they are.

    A site's or agency's name at the end (`... | Reuters`, `... - AP News`) goes, any other ending stays.
    """
    title = _without_site(" ".join(text.split()) if "\n" in text or "\t" in text else text.strip())
    markers: list[Marker] = []
    position = 0
    while len(markers) < 6:
        found = _read_prefix(title, position)
        if found is None or not title[found.end :].strip():
            break
        markers.append(found.marker)
        position = found.end
    bare = title[position:].strip()
    bare, last = _split_last(bare)
    return Headline(bare, (*markers, *last))


def headline_agency(text: str) -> str | None:
    """The agency named as the site at the end of a page title (`... | Reuters`), or None."""
    found = _SITE.search(text.rstrip()[-80:])
    return canonical_agency(found.group(1)) if found else None


def _without_site(title: str) -> str:
    tail_start = max(0, len(title) - 80)
    found = _SITE.search(title[tail_start:])
    if not found or canonical_agency(found.group(1).strip()) is None:
        return title
    return title[: tail_start + found.start()].rstrip() or title


def _read_prefix(title: str, start: int) -> _Prefix | None:
    return (
        _read_bracketed(title, start)
        or _read_ordinal_lead(title, start)
        or _read_named(title, start)
        or _read_bare_alert(title, start)
        or _read_editors(title, start)
        or _read_capital_slug(title, start)
    )


def _read_named(title: str, start: int) -> _Prefix | None:
    """A known prefix of one to four words, its number, and the colon or dash that makes it one."""
    ends = []
    position = start
    for _ in range(LONGEST_MARKER_WORDS + 1):
        token = _TOKEN.match(title, position)
        if not token or token.end() - start > _LONGEST_PREFIX:
            break
        ends.append(token.end())
        joint = _JOINT.match(title, token.end())
        if not joint:
            break
        position = joint.end()
    for end in reversed(ends):
        name = title[start:end].rstrip(_DIGITS)  # `UPDATE1: `
        known = MARKER_NAMES.get(name_key(name))
        if known is not None:
            prefix = _close_named(title, start, start + len(name), known)
            if prefix is not None:
                return prefix
    return None


def _close_named(title: str, start: int, end: int, known: MarkerName) -> _Prefix | None:
    printed = title[start:end]
    number = _NUMBER.match(title, end)
    after = number.end() if number else end
    qualifier = _QUALIFIER.match(title, after) if known.kind == "corrected" else None
    after = qualifier.end() if qualifier else after
    if (
        title[after : after + 1] == "/"
        and is_caps(printed)
        and known.marker_class != "standing-slug"
        and _read_named(title, after + 1)
    ):
        return _Prefix(
            Marker(
                known.marker_class,
                known.kind,
                int(number.group(1)) if number else None,
                title[start : after + 1],
            ),
            after + 1,
        )
    closing = _END.match(title, after)
    if not closing or not _is_set_off(title, printed, closing, known, numbered=number is not None):
        return None
    marker = Marker(
        known.marker_class,
        known.kind,
        int(number.group(1)) if number else None,
        title[start : closing.end()].rstrip(),
    )
    return _Prefix(marker, closing.end())


def _is_set_off(
    title: str, printed: str, closing: re.Match[str], known: MarkerName, *, numbered: bool
) -> bool:
    """Whether the mark after a known prefix sets it off, and is no hyphen of a word (`Feature-length`, `TECH-savvy`)."""
    capitals = is_caps(printed) or not has_case(printed)
    mark, rest = closing.group(), title[closing.end() :].lstrip("\"'“‘«„(")
    begins_low = rest[:1].islower() and not (
        rest[1:2].isupper() or (capitals and known.marker_class != "standing-slug")
    )
    if mark.strip() == "-" and not mark.endswith(" ") and begins_low:
        return False
    if known.marker_class == "standing-slug":
        return _slug_is_set_off(printed, mark, capitals=capitals)
    if known.kind == "live" and ":" not in mark:
        return False
    if mark.endswith("-") and not mark.startswith(" ") and not capitals and not printed[:1].isupper():
        return False
    return capitals or known.any_case or numbered


def _slug_is_set_off(printed: str, mark: str, *, capitals: bool) -> bool:
    key = name_key(printed)
    if ":" in mark:
        return capitals or key in COLON_SLUGS
    return mark in ("-", "--") and (capitals or key in SPORT_SLUGS)


def _read_capital_slug(title: str, start: int) -> _Prefix | None:
    """A standing slug nobody listed: several words in capitals, tight before a headline that is not."""
    found = _CAPITAL_SLUG.match(title, start)
    if not found or is_city(found.group(1)) or is_caps(title[found.end() : found.end() + 60]):
        return None
    slug = found.group(1)
    return _Prefix(Marker("standing-slug", slug.lower().replace(" ", "-"), None, f"{slug}-"), found.end())


def _read_ordinal_lead(title: str, start: int) -> _Prefix | None:
    found = _ORDINAL_LEAD.match(title, start)
    if not found or found.end() == start:
        return None
    if found.group(2).islower() and not found.group().rstrip().endswith((":", "-", "–", ",")):
        return None
    if title[found.end() : found.end() + 1].islower():
        return None
    kind = "writethru" if found.group(3) else "lead"
    return _Prefix(Marker("version", kind, int(found.group(1)), found.group().rstrip()), found.end())


def _read_bracketed(title: str, start: int) -> _Prefix | None:
    found = _BRACKETED.match(title, start)
    marker = _marker_in_brackets(found.group(1), found.group().rstrip()) if found else None
    return _Prefix(marker, found.end()) if found and marker else None


def _marker_in_brackets(content: str, text: str) -> Marker | None:
    found = _BRACKETED_NAME.fullmatch(content.strip())
    if not found:
        return None
    ordinal, name, number = found.groups()
    known = MARKER_NAMES.get(name_key(name)) or MARKER_NAMES.get(
        name_key(name.split()[-1]) if name.split()[0].casefold() in ("yonhap", "news") else ""
    )
    if known is None or known.marker_class == "standing-slug":
        return None
    printed = ordinal or (number if number and len(number) < 3 else None)
    return Marker(known.marker_class, known.kind, int(printed) if printed else None, text)


def _read_bare_alert(title: str, start: int) -> _Prefix | None:
    found = _BARE_ALERT.match(title, start)
    return _Prefix(Marker("version", "alert", None, found.group(1)), found.end()) if found else None


def _read_editors(title: str, start: int) -> _Prefix | None:
    found = _EDITORS.match(title, start)
    return (
        _Prefix(Marker("version", "editors-note", None, found.group().rstrip()), found.end())
        if found
        else None
    )


def _split_last(title: str) -> tuple[str, tuple[Marker, ...]]:
    """`Stocks rise on earnings (Update2)`: some agencies put the version last."""
    tail_start = max(0, len(title) - 40)
    found = _BRACKETED_LAST.search(title[tail_start:])
    if not found:
        return title, ()
    marker = _marker_in_brackets(found.group(1), found.group().strip())
    kinds: tuple[MarkerClass, ...] = ("version",)
    if marker is None or marker.marker_class not in kinds:
        return title, ()
    return title[: tail_start + found.start()].rstrip(), (marker,)
