"""The true grouping of the demo's pages, derived from the scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from newsdesk.demo.outlets import load_outlets
from newsdesk.demo.retelling import Retelling, name_retellings
from newsdesk.demo.scenario import SPAN_S, ScriptedDispatch, load_dispatches

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class TruePage:
    """One version of one page; `wire` indexes the dispatch's wires, `is_current` is False once replaced."""

    dispatch: str
    outlet: str
    publisher: str
    path: str
    appears_s: int
    wire: int
    retellings: frozenset[Retelling]
    is_current: bool


@dataclass(frozen=True, slots=True)
class TrueDispatch:
    """One dispatch as grouping must find it; `headline` is the agency's latest without its marker."""

    key: str
    headline: str
    agency: str
    language: str
    state: Literal["live", "withdrawn"]
    markers: tuple[str, ...]
    pages: tuple[TruePage, ...]

    @property
    def urls(self) -> frozenset[tuple[str, str]]:
        """The distinct (outlet key, path) of its pages."""
        return frozenset((page.outlet, page.path) for page in self.pages)

    @property
    def publishers(self) -> frozenset[str]:
        """The publishers that carry it."""
        return frozenset(page.publisher for page in self.pages)


def _pages(dispatch: ScriptedDispatch, elapsed: float) -> Iterator[TruePage]:
    outlets = load_outlets()
    for page in dispatch.pages:
        outlet, current = outlets[page.outlet], page.printing_at(elapsed)
        for printing in page.printings:
            if printing.appears_s <= elapsed:
                yield TruePage(
                    dispatch=dispatch.key,
                    outlet=outlet.key,
                    publisher=outlet.publisher,
                    path=page.path,
                    appears_s=printing.appears_s,
                    wire=printing.wire,
                    retellings=name_retellings(dispatch, printing, outlet),
                    is_current=printing is current,
                )


def true_dispatches(elapsed: float | None = None) -> list[TrueDispatch]:
    """The dispatches with a page visible after `elapsed` seconds (None: at the end of the scenario)."""
    elapsed = SPAN_S if elapsed is None else elapsed
    found = []
    for dispatch in load_dispatches():
        wires = [wire for wire in dispatch.wires if wire.offset_s <= elapsed]
        if pages := tuple(_pages(dispatch, elapsed)):
            found.append(
                TrueDispatch(
                    key=dispatch.key,
                    headline=wires[-1].headline,
                    agency=dispatch.agency,
                    language=dispatch.language,
                    state="withdrawn" if any(wire.withdraws for wire in wires) else "live",
                    markers=tuple(wire.marker for wire in wires if wire.marker),
                    pages=pages,
                )
            )
    return found


def list_true_pages(elapsed: float | None = None) -> list[TruePage]:
    """The page versions shown after `elapsed` seconds (None: at the end of the scenario)."""
    return [page for dispatch in true_dispatches(elapsed) for page in dispatch.pages if page.is_current]
