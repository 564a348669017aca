"""A dateline as far as it was read, and the mark that closes one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from copytaster.late_pattern import late_pattern
from copytaster.wire.letters import DASH, SPACE
from copytaster.wire.place_words import is_label
from copytaster.wire.places import is_city, is_region

if TYPE_CHECKING:
    import re

    from copytaster.wire.months import PrintedDate
    from copytaster.wire.place_words import PlaceStyle

Separator = Literal["dash", "colon", "dot", "none"]

_DASH_SEPARATOR = late_pattern(rf"(?:{SPACE}{{0,3}}[.,:;؛،]{{1,2}})?{SPACE}{{0,3}}{DASH}(?:{SPACE}?{DASH})?")
_COLON_SEPARATOR = late_pattern(rf"{SPACE}{{0,2}}[:|：।]")
_DOT_SEPARATOR = late_pattern(r"\.(?!\w)")


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

    @property
    def known_region(self) -> bool:
        """Whether one of the regions is a country or state."""
        return any(is_region(region) for region in self.regions)

    @property
    def label(self) -> bool:
        """Whether the first place is made of words that open other lines (`FILE`, `PRICES`), and no state behind it."""
        return bool(self.places) and is_label(self.places[0]) and not self.known_region

    @property
    def known_city(self) -> bool:
        """True if the first place is a city that needs no region."""
        return bool(self.places) and is_city(self.places[0])


def close(text: str, draft: Draft) -> Draft:
    """The draft with the dash, colon or full stop that ends it, if one follows."""
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
