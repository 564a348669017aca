"""The map of the rooms, drawn from the import graph: `python -m bench.room_map` writes docs/images/rooms.svg.

Each room shows its folders and modules in steps; an import inside the room leads only to a later step. A stage shows a
step as a row, a wide room shows its steps from left to right.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bench.import_graph import LEVELS, ROOMS, ROOT, count_imports, look_inside, read_graph, room_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.import_graph import Graph

PICTURE = ROOT / "docs" / "images" / "rooms.svg"
TITLE = "The rooms of Copytaster, from the roof to the ground"
NOTES = {
    "newsdesk": "what people and machines start: commands, pages, the service",
    "scheduler": "when a source is collected",
    "spiders": "fetch feeds and pages, parse them",
    "dedup": "which versions are one dispatch",
    "indexer": "one document per dispatch",
    "settings": "configuration enters once, as values",
    "copytaster": "the library that the stages share: values, wire grammar, store, schedule",
}
WIDTH = 1000
_ROW, _GAP, _FLOOR = 27, 6, 56  # pixels: a row of chips, between chips, between levels
_TOP, _HEAD, _FOOT = 84, 50, 10  # pixels: above the first room, a room's heading, below its last row
_WIDE = 600  # pixels: a room wider than this shows its steps from left to right
_NARROW_LETTERS = "fijlrt/_"
# Left and right edge of each room, in pixels. The strips left and right of the stages carry arrows past them.
_SPANS = {
    "newsdesk": (24, 976),
    "scheduler": (24, 290),
    "spiders": (92, 346),
    "dedup": (373, 627),
    "indexer": (654, 908),
    "settings": (58, 942),
    "copytaster": (24, 976),
}
# The vertical line on which each arrow runs, in pixels from the left.
_LANES = {
    ("newsdesk", "scheduler"): 157,
    ("newsdesk", "spiders"): 318,
    ("newsdesk", "dedup"): 500,
    ("newsdesk", "indexer"): 781,
    ("newsdesk", "settings"): 925,
    ("newsdesk", "copytaster"): 959,
    ("scheduler", "spiders"): 191,
    ("scheduler", "settings"): 75,
    ("scheduler", "copytaster"): 41,
    ("spiders", "settings"): 128,
    ("spiders", "copytaster"): 310,
    ("dedup", "settings"): 438,
    ("dedup", "copytaster"): 562,
    ("indexer", "settings"): 719,
    ("indexer", "copytaster"): 843,
    ("settings", "copytaster"): 500,
}
_STYLE = """
.paper{fill:#fff}.room{fill:#f6f8fa;stroke:#c6cdd5}.folder{fill:#fff;stroke:#c6cdd5}
text{fill:#1b1f24}.soft{fill:#59636e}.count{fill:#0b5cad}
.arrow{stroke:#0b5cad;stroke-width:1.5}.behind{stroke-dasharray:1.5 5}.head{fill:#0b5cad}
@media (prefers-color-scheme:dark){
.paper{fill:#0d1117}.room{fill:#161b22;stroke:#3d444d}.folder{fill:#0d1117;stroke:#3d444d}
text{fill:#e6edf3}.soft{fill:#9198a1}.count{fill:#79b8ff}.arrow{stroke:#58a6ff}.head{fill:#58a6ff}}
"""


@dataclass(frozen=True, slots=True)
class Chip:
    """A folder or single module of a room and its step, counted from the last; or the sign between two steps."""

    name: str
    is_folder: bool
    step: int


@dataclass(frozen=True, slots=True)
class Room:
    """A room as it is drawn: its upper and lower edge in pixels, and its rows of chips, highest first."""

    name: str
    top: float
    bottom: float
    rows: Sequence[Sequence[Chip]]


def find_chips(graph: Graph, room: str) -> list[Chip]:
    """The folders and modules at the top of a room; each lies one step before the first that it imports."""
    inside = look_inside(graph, room)
    folders = {module.split(".")[1] for module in graph if room_of(module) == room and module.count(".") > 1}
    steps: dict[str, int] = {}

    def find_step(name: str) -> int:
        if name not in steps:
            steps[name] = 1 + max(map(find_step, inside[name]), default=-1)
        return steps[name]

    chips = [Chip(name, name in folders, find_step(name)) for name in sorted(inside.keys() - {"__main__"})]
    return sorted(chips, key=lambda chip: (-chip.step, not chip.is_folder))


def draw_map(graph: Graph) -> str:
    """The picture as SVG; it follows the reader's light or dark scheme.

    Raises KeyError where a pair of rooms has imports but no lane to draw their arrow on.
    """
    rooms = {room.name: room for room in _place_rooms(graph)}
    counts = sorted(count_imports(graph).items())
    height = rooms["copytaster"].bottom + 24
    parts = [
        _text(24, 36, TITLE, size=18, weight=600),
        _text(
            24,
            58,
            "Arrows count imports. None runs upward; inside a room none runs to a row above or to a step on the left.",
            kind="soft",
        ),
    ]
    for room in rooms.values():
        parts += _draw_room(room)
    for (source, target), count in counts:
        parts += _draw_arrow(rooms, source, target, count)
    body = "\n".join(parts)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:g}' width='{WIDTH}' height='{height:g}' "
        "role='img' font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'>\n"
        f"<title>{escape(TITLE)}</title>\n<style>{_STYLE}</style>\n"
        f"<rect class='paper' width='{WIDTH}' height='{height:g}' rx='8'/>\n{body}\n</svg>\n"
    )


def _place_rooms(graph: Graph) -> Iterator[Room]:
    top = float(_TOP)
    for level in LEVELS:
        rows = {room: list(_break_rows(find_chips(graph, room), _SPANS[room])) for room in level}
        bottom = top + _HEAD + max(map(len, rows.values())) * _ROW + (_FOOT if any(rows.values()) else 0)
        for room in level:
            yield Room(room, top, bottom, rows[room])
        top = bottom + _FLOOR


def _break_rows(chips: Sequence[Chip], span: tuple[int, int]) -> Iterator[list[Chip]]:
    """The chips in rows that fit the room: a row for each step, or all steps in one where the room is wide."""
    room_for = span[1] - span[0] - 28
    steps = [list(step) for _, step in groupby(chips, key=lambda chip: chip.step)]
    if room_for > _WIDE and steps:
        sign = Chip("\u203a", is_folder=False, step=-1)
        steps = [[*steps[0], *(chip for step in steps[1:] for chip in (sign, *step))]]
    for step in steps:
        row: list[Chip] = []
        for chip in step:
            if row and sum(map(_width, [*row, chip])) + _GAP * len(row) > room_for:
                yield row
                row = []
            row.append(chip)
        yield row


def _width(chip: Chip) -> float:
    letters = sum(4.5 if letter in _NARROW_LETTERS else 7.1 for letter in _label(chip))
    return letters + (16 if chip.is_folder else 6)


def _label(chip: Chip) -> str:
    return f"{chip.name}/" if chip.is_folder else chip.name


def _draw_room(room: Room) -> Iterator[str]:
    left, right = _SPANS[room.name]
    label = room.name + ("/" if room.rows else ".py")
    yield (
        f"<rect class='room' x='{left}' y='{room.top:g}' width='{right - left}' "
        f"height='{room.bottom - room.top:g}' rx='8'/>"
    )
    yield _text(left + 14, room.top + 22, label, size=15, weight=600)
    yield _text(left + 14, room.top + 39, NOTES[room.name], kind="soft", size=12)
    for number, row in enumerate(room.rows):
        across, top = left + 14.0, room.top + _HEAD + number * _ROW
        for chip in row:
            if chip.is_folder:
                yield (
                    f"<rect class='folder' x='{across:.1f}' y='{top:.1f}' width='{_width(chip):.1f}' height='21' rx='5'/>"
                )
            yield _text(
                across + (_width(chip) / 2 if chip.is_folder else 1),
                top + 15,
                _label(chip),
                size=12,
                kind="" if chip.is_folder else "soft",
                anchor="middle" if chip.is_folder else "start",
            )
            across += _width(chip) + _GAP


def _draw_arrow(rooms: dict[str, Room], source: str, target: str, count: int) -> Iterator[str]:
    across, top, end = _LANES[source, target], rooms[source].bottom, rooms[target].top
    crossed = [
        room
        for room in rooms.values()
        if top < room.top < end and _SPANS[room.name][0] < across < _SPANS[room.name][1]
    ]
    for room in crossed:  # the line passes behind this room
        yield _line(across, top, room.top)
        yield _line(across, room.top, room.bottom, behind=True)
        top = room.bottom
    yield _line(across, top, end - 6)
    yield f"<path class='head' d='M{across - 4.5} {end - 8:g}h9l-4.5 8z'/>"
    side, anchor = (-7, "end") if across > WIDTH - 50 else (7, "start")
    yield _text(across + side, end - 24, str(count), kind="count", size=12, weight=600, anchor=anchor)


def _line(across: float, top: float, bottom: float, *, behind: bool = False) -> str:
    return f"<path class='arrow{' behind' if behind else ''}' d='M{across} {top:g}V{bottom:g}'/>"


def _text(
    across: float,
    down: float,
    text: str,
    *,
    size: float = 13,
    weight: int = 400,
    kind: str = "",
    anchor: str = "start",
) -> str:
    return (
        f"<text class='{kind}' x='{across:.1f}' y='{down:.1f}' font-size='{size:g}' font-weight='{weight}' "
        f"text-anchor='{anchor}'>{escape(text)}</text>"
    )


def main(path: Path = PICTURE) -> int:
    """Draw the picture and name the file."""
    path.write_text(draw_map(read_graph(ROOT, ROOMS)), encoding="utf-8")
    print(f"drawn: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
