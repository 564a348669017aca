"""How an outlet rewrites a wire: cut, new headline, new lead, local paragraphs, house style. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from newsdesk.demo.dates import fill_dates, write_date
from newsdesk.demo.style import apply_style

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from newsdesk.demo.outlets import Outlet
    from newsdesk.demo.scenario import Printing, ScriptedDispatch, Wire

Retelling = Literal["verbatim", "cut", "headline", "lead", "local", "house-style", "version"]


@dataclass(frozen=True, slots=True)
class PrintedStory:
    """What a page prints. `paragraphs` exclude the dateline; `agency` is None without a credit."""

    headline: str
    paragraphs: tuple[str, ...]
    dateline: str
    note: str = ""
    agency: str | None = None
    byline: tuple[str, ...] = ()
    signoff: str = ""
    caption: str = ""
    photo_credit: str = ""

    @property
    def text(self) -> tuple[str, ...]:
        """The paragraphs with the dateline before the first."""
        return (f"{self.dateline} {self.paragraphs[0]}", *self.paragraphs[1:])


def _replace_lead(paragraphs: tuple[str, ...], lead: str) -> tuple[str, ...]:
    return (lead, *paragraphs[1:]) if lead else paragraphs


def _insert_aside(paragraphs: tuple[str, ...], aside: str) -> tuple[str, ...]:
    """Insert a local paragraph after the second, as sub-editors do."""
    return (*paragraphs[:2], aside, *paragraphs[2:]) if aside else paragraphs


def _rewrite(wire: Wire, printing: Printing) -> tuple[str, ...]:
    kept = wire.paragraphs[: printing.cut]
    return _insert_aside(_replace_lead(kept, printing.lead), printing.aside) + printing.local


def _write_dateline(
    dispatch: ScriptedDispatch, printing: Printing, outlet: Outlet, filed_at: datetime
) -> str:
    form = outlet.dateline
    if printing.uncredited:
        form = form.replace(" ({agency})", "").replace(" {agency}", "")
    agency = "نورفان" if dispatch.language == "ar" else dispatch.agency
    date = write_date(filed_at, dispatch.language)
    return form.format(place=dispatch.place, date=date, agency=agency)


def retell(
    dispatch: ScriptedDispatch, printing: Printing, outlet: Outlet, filed_at: datetime
) -> PrintedStory:
    """What `outlet` prints of `dispatch`; `filed_at` is when the agency sent the wire."""
    wire = dispatch.wires[printing.wire]
    photo = dispatch.photo
    if photo and photo.at and outlet.key not in photo.at:
        photo = None

    def in_style(text: str, people: Mapping[str, str] = dispatch.people) -> str:
        return apply_style(fill_dates(text, filed_at, dispatch.language), outlet.style, people)

    return PrintedStory(
        headline=in_style((wire.marker if printing.keeps_marker else "") + printing.headline, {}),
        paragraphs=tuple(in_style(paragraph) for paragraph in _rewrite(wire, printing)),
        dateline=in_style(_write_dateline(dispatch, printing, outlet, filed_at)),
        note=in_style(wire.note) if printing.keeps_marker else "",
        agency=None if printing.uncredited else dispatch.agency,
        byline=() if printing.uncredited else dispatch.byline,
        signoff=wire.signoff if outlet.keeps_signoff else "",
        caption=in_style(photo.caption) if photo else "",
        photo_credit=photo.credit if photo else "",
    )


def name_retellings(dispatch: ScriptedDispatch, printing: Printing, outlet: Outlet) -> frozenset[Retelling]:
    """How the outlet changed the agency's text; `verbatim` if it changed nothing."""
    wire = dispatch.wires[printing.wire]
    rewritten = _rewrite(wire, printing)
    named: dict[Retelling, bool] = {
        "cut": printing.cut is not None and printing.cut < len(wire.paragraphs),
        "headline": printing.headline != wire.headline,
        "lead": bool(printing.lead),
        "local": bool(printing.local or printing.aside),
        "house-style": any(apply_style(text, outlet.style, dispatch.people) != text for text in rewritten),
        "verbatim": rewritten == wire.paragraphs,
        "version": printing.wire > 0,
    }
    if named["house-style"]:
        named["verbatim"] = False
    return frozenset(name for name, done in named.items() if done)


def shorten(story: PrintedStory, words: int) -> str:
    """The first `words` words of a story, as feeds summarise it."""
    first = story.paragraphs[0].split()
    return " ".join(first[:words]) + (" ..." if len(first) > words else "")
