"""Line charts and word pictures as SVG, without a library: equal figures give equal bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

INK, SOFT, GRID, PAPER = "#1b1f24", "#59636e", "#e4e7eb", "#ffffff"
COLOURS = (
    "#0b5cad",
    "#c2410c",
    "#2e7d32",
    "#7b3fa0",
)  # distinguishable with colour blindness, and labelled
FONT = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'"
WIDTH, HEIGHT, LINE_OF_TEXT = 760, 440, 16
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 120, 104, 56


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, labelled at its end or at `label_at` (a share of its points)."""

    label: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False
    label_at: float = 1.0


@dataclass(frozen=True, slots=True)
class Axis:
    """Label, range and the marks that are printed."""

    label: str
    low: float
    high: float
    marks: Sequence[float]

    def share(self, value: float) -> float:
        """A value as a share of the axis, 0..1."""
        return (value - self.low) / (self.high - self.low)


def draw_chart(title: str, subtitle: str, x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """A line chart; each curve is labelled at itself, so that no legend has to be looked up."""

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = _LEFT + x.share(point[0]) * (WIDTH - _LEFT - _RIGHT)
        return across, HEIGHT - _BOTTOM - y.share(point[1]) * (HEIGHT - _TOP - _BOTTOM)

    parts = [_text(24, 34, title, size=17, weight=600), _text(24, 55, subtitle, colour=SOFT)]
    for mark in y.marks:
        _, up = place((x.low, mark))
        parts += [
            _rule(_LEFT, up, WIDTH - _RIGHT, up),
            _text(_LEFT - 8, up + 4, f"{mark:g}", anchor="end", colour=SOFT),
        ]
    for mark in x.marks:
        across, base = place((mark, y.low))
        parts.append(_text(across, base + 20, f"{mark:,g}", anchor="middle", colour=SOFT))
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 12, x.label, anchor="middle"))
    parts.append(_text(24, _TOP - 20, y.label))
    taken: list[float] = []
    for number, line in enumerate(lines):
        parts += _draw_line(
            line, COLOURS[number % len(COLOURS)], [place(point) for point in line.points], taken
        )
    return _sheet(parts, WIDTH, HEIGHT, title)


def _draw_line(line: Line, colour: str, places: list[tuple[float, float]], taken: list[float]) -> list[str]:
    path = " ".join(f"{'L' if n else 'M'}{across:.1f} {up:.1f}" for n, (across, up) in enumerate(places))
    dash = " stroke-dasharray='6 4'" if line.dashed else ""
    across, up = places[min(len(places) - 1, int(line.label_at * len(places)))]
    across, up = across + 8, up + 4
    while line.label_at >= 1 and any(abs(up - other) < LINE_OF_TEXT for other in taken):
        up += 4
    if line.label_at >= 1:
        taken.append(up)
    return [
        f"<path d='{path}' fill='none' stroke='{colour}' stroke-width='2.25' stroke-linejoin='round'{dash}/>",
        _text(across, up, line.label, colour=colour, weight=600, size=12),
    ]


@dataclass(frozen=True, slots=True)
class Column:
    """A text as blocks, one a word: (letters, mark) where mark is the number of its passage, or -1."""

    heading: str
    note: str
    words: Sequence[tuple[int, int]]


def draw_words(title: str, subtitle: str, columns: Sequence[Column]) -> str:
    """Texts side by side, each word a block, the passages they share in one colour."""
    wide, gap = 356, 24
    parts = [_text(24, 34, title, size=17, weight=600), _text(24, 55, subtitle, colour=SOFT)]
    lowest = 0.0
    for number, column in enumerate(columns):
        left = 24 + number * (wide + gap)
        parts.append(_text(left, 88, column.heading, weight=600))
        across, up = float(left), 100.0
        for letters, mark in column.words:
            width = 3.4 * letters
            if across + width > left + wide:
                across, up = float(left), up + 13
            colour = COLOURS[0] if mark >= 0 else "#cbd2d9"
            parts.append(
                f"<rect x='{across:.1f}' y='{up:.1f}' width='{width:.1f}' height='8' rx='2' fill='{colour}'/>"
            )
            across += width + 3
        parts.append(_text(left, up + 34, column.note, colour=SOFT, size=12.5))
        lowest = max(lowest, up + 34)
    return _sheet(parts, 24 + len(columns) * (wide + gap), int(lowest + 22), title)


def _text(
    across: float,
    up: float,
    text: str,
    *,
    size: float = 13,
    weight: int = 400,
    anchor: str = "start",
    colour: str = INK,
) -> str:
    return (
        f"<text x='{across:.1f}' y='{up:.1f}' font-size='{size}' font-weight='{weight}' text-anchor='{anchor}' "
        f"fill='{colour}'>{escape(text)}</text>"
    )


def _rule(left: float, top: float, right: float, bottom: float) -> str:
    return f"<line x1='{left:.1f}' y1='{top:.1f}' x2='{right:.1f}' y2='{bottom:.1f}' stroke='{GRID}'/>"


def _sheet(parts: Sequence[str], width: int, height: int, title: str) -> str:
    body = "\n".join(parts)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' "
        f"role='img' {FONT}>\n<title>{escape(title)}</title>\n"
        f"<rect width='{width}' height='{height}' rx='8' fill='{PAPER}'/>\n{body}\n</svg>\n"
    )
