"""The demo's scenario: dispatches, their wires, the pages that print them, and when each appears.

The scenario lasts SPAN_S seconds. Copy filed before its start has a negative offset and is visible from second 0.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zlib import crc32

from copytaster.errors import ConfigurationError, nearest
from newsdesk.demo.outlets import load_outlets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from newsdesk.demo.outlets import Outlet

SPAN_S = 600
_SERVICES = {
    ("Norvane", "en"): "norvane",
    ("Norvane", "de"): "norvane-deutsch",
    ("Norvane", "ar"): "norvane-arabic",
    ("Velmoor", "en"): "velmoor",
}
_KEPT = re.compile(r"@(\d{1,2})(?:-(\d{1,2}))?$")  # `@2-5`: paragraphs 2 to 5 of the previous wire


@dataclass(frozen=True, slots=True)
class Wire:
    """One text of an agency: the first of its dispatch, or a later version, sent `offset_s` after the start."""

    headline: str
    paragraphs: tuple[str, ...]
    offset_s: int
    marker: str = ""
    note: str = ""
    signoff: str = ""
    new_page: bool = True
    withdraws: bool = False


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture's caption and credit, and the outlets that print it; without outlets, all that print pictures."""

    caption: str
    credit: str
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Printing:
    """How one page prints one wire from `offset_s` on; retelling.py applies the fields."""

    offset_s: int
    wire: int = 0
    headline: str = ""
    lead: str = ""
    cut: int | None = None
    aside: str = ""
    local: tuple[str, ...] = ()
    uncredited: bool = False
    keeps_marker: bool = False

    @property
    def appears_s(self) -> int:
        """The second at which it becomes visible."""
        return max(0, self.offset_s)


@dataclass(frozen=True, slots=True)
class ScriptedPage:
    """One address at one outlet; later printings replace earlier ones."""

    outlet: str
    path: str
    number: int
    printings: tuple[Printing, ...]

    def printing_at(self, elapsed: float) -> Printing | None:
        """The printing shown after `elapsed` seconds; None before the first."""
        seen = [printing for printing in self.printings if printing.appears_s <= elapsed]
        return seen[-1] if seen else None


@dataclass(frozen=True, slots=True)
class ScriptedDispatch:
    """An agency's story as the scenario has it, with every page that carries it."""

    key: str
    agency: str
    language: str
    place: str
    wires: tuple[Wire, ...]
    pages: tuple[ScriptedPage, ...] = ()
    slug: str = ""
    byline: tuple[str, ...] = ()
    photo: Photo | None = None
    people: Mapping[str, str] = field(default_factory=dict)


def _offset(entry: dict[str, Any], start_s: int = 0) -> int:
    """Seconds from the start: `appears` as given, `hours` before the start, or `minutes` after `start_s`."""
    if "appears" in entry:
        return int(entry.pop("appears"))
    if "hours" in entry:
        return -int(entry.pop("hours") * 3600)
    return start_s + int(entry.pop("minutes")) * 60


def _paragraphs(body: str, before: Sequence[str] = ()) -> Iterator[str]:
    for paragraph in body.strip().split("\n\n"):
        if kept := _KEPT.match(paragraph):
            yield from before[int(kept[1]) - 1 : int(kept[2] or kept[1])]
        else:
            yield " ".join(paragraph.split())


def _wires(entry: dict[str, Any]) -> Iterator[Wire]:
    first = Wire(
        headline=entry.pop("headline"),
        paragraphs=tuple(_paragraphs(entry.pop("body"))),
        offset_s=_offset(entry),
        marker=entry.pop("marker", ""),
        note=entry.pop("note", ""),
        signoff=entry.pop("signoff", ""),
    )
    yield first
    before = first
    for later in entry.pop("versions", ()):
        before = Wire(
            headline=later.pop("headline", first.headline),
            paragraphs=tuple(_paragraphs(later.pop("body"), before.paragraphs)),
            offset_s=_offset(later),
            signoff=later.pop("signoff", first.signoff),
            new_page=later.pop("page", "new") == "new",
            **later,
        )
        yield before


def _printing(entry: dict[str, Any], wires: Sequence[Wire], headlines: Sequence[str]) -> Printing:
    wire = entry.pop("of", 0)
    choice = entry.pop("headline", 0)
    if isinstance(choice, int):
        choice = headlines[choice - 1] if choice else wires[wire].headline
    offset = _offset(entry, wires[wire].offset_s)
    return Printing(offset_s=offset, wire=wire, headline=choice, local=tuple(entry.pop("local", ())), **entry)


def _own_pages(key: str, outlet: Outlet, wires: Sequence[Wire]) -> Iterator[ScriptedPage]:
    chapters: list[list[Printing]] = []
    for index, wire in enumerate(wires):
        printing = Printing(wire.offset_s, index, wire.headline, keeps_marker=True)
        if wire.new_page:
            chapters.append([printing])
        else:
            chapters[-1].append(printing)
    for chapter, printings in enumerate(chapters):
        headline = wires[printings[0].wire].marker + printings[0].headline
        yield _page(key, outlet, chapter, headline, tuple(printings))


def _page(
    key: str, outlet: Outlet, chapter: int, headline: str, printings: tuple[Printing, ...]
) -> ScriptedPage:
    number = 1_000_000 + crc32(f"{outlet.key}/{key}/{chapter}".encode()) % 9_000_000
    return ScriptedPage(
        outlet.key, outlet.path.format(slug=_slugify(headline), number=number), number, printings
    )


def _slugify(headline: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", headline.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    )
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:9]) or "story"


def parse_dispatch(key: str, entry: dict[str, Any], outlets: Mapping[str, Outlet]) -> ScriptedDispatch:
    """Parse one table of a dispatch file; empties `entry`.

    Raises:
        ConfigurationError: a copy names an outlet that does not exist.
    """
    copies, headlines = entry.pop("copies", ()), entry.pop("headlines", ())
    agency, language = entry.pop("agency", "Norvane"), entry.pop("language", "en")
    is_on_own_site = entry.pop("own", True)
    wires = tuple(_wires(entry))
    service = outlets[_SERVICES[agency, language]]
    pages = list(_own_pages(key, service, wires)) if is_on_own_site else []
    chapters: Counter[str] = Counter()
    for copy in copies:
        name, later = copy.pop("at"), copy.pop("then", ())
        if name not in outlets:
            raise ConfigurationError(f"no outlet {name!r}", resource=key, hint=nearest(name, outlets))
        printings = tuple(_printing(part, wires, headlines) for part in (copy, *later))
        pages.append(_page(key, outlets[name], chapters[name], printings[0].headline, printings))
        chapters[name] += 1
    photo = entry.pop("photo", None)
    return ScriptedDispatch(
        key=key,
        agency=agency,
        language=language,
        wires=wires,
        pages=tuple(pages),
        photo=Photo(**{**photo, "at": tuple(photo.get("at", ()))}) if photo else None,
        byline=tuple(entry.pop("byline", ())),
        **entry,
    )


@cache
def load_dispatches() -> tuple[ScriptedDispatch, ...]:
    """Every dispatch of dispatches/*.toml, in the order of file names.

    Raises:
        ConfigurationError: a copy names an outlet that does not exist.
    """
    outlets = load_outlets()
    folder = files(__package__).joinpath("dispatches")
    texts = [
        file.read_text(encoding="utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name)
    ]
    return tuple(
        parse_dispatch(key, entry, outlets) for text in texts for key, entry in tomllib.loads(text).items()
    )


@cache
def load_pages() -> Mapping[str, tuple[tuple[ScriptedPage, ScriptedDispatch], ...]]:
    """Outlet key -> its pages, each with its dispatch."""
    pages: dict[str, list[tuple[ScriptedPage, ScriptedDispatch]]] = {key: [] for key in load_outlets()}
    for dispatch in load_dispatches():
        for page in dispatch.pages:
            pages[page.outlet].append((page, dispatch))
    return {key: tuple(found) for key, found in pages.items()}
