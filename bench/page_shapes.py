"""Body, foreign, cut and lost text by the shape of a page: one kind of story in every markup, by publishers that nobody has."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.pages import StreamPage, score_stream_page
from bench.shapes.layout import houses, lay_out
from spiders.parsing.lessons import Lessons

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAGES = 6  # of a publisher
_SHAPES = ("paragraphs", "container", "naming", "frame", "top", "claim", "language", "between", "length")


@dataclass(frozen=True, slots=True)
class Shaped:
    """A page's shape by kind of shape, and how it was read."""

    shape: dict[str, Any]
    page: StreamPage


def read_houses(seed: int, many: int) -> list[Shaped]:
    """Read the pages of so many publishers in their order, each with what the ones before taught."""
    found = []
    for house in houses(seed, many):
        lessons = Lessons()
        for number in range(_PAGES):
            entry = lay_out(house, number)
            page, lessons = score_stream_page(entry, "shapes", lessons)
            found.append(Shaped({kind: entry.get(kind, getattr(house, kind, "")) for kind in _SHAPES}, page))
    return found


def figures(pages: Iterable[StreamPage]) -> dict[str, float]:
    """The four figures, as of the bench's streams."""
    rows = list(pages)
    many = max(1, len(rows))
    return {
        "body_f1": sum(row.f1 for row in rows) / many,
        "foreign_text": sum(row.leaks for row in rows) / many,
        "cut": sum(row.is_cut for row in rows) / many,
        "text_lost": sum(row.loses_text for row in rows) / many,
        "warned": sum(row.is_warned for row in rows) / many,
    }


def main(arguments: list[str]) -> dict[str, dict[str, float]]:
    """Print the figures of each shape that was looked at while rules were written, and of others nothing but the sum."""
    parser = argparse.ArgumentParser(prog="python -m bench page_shapes")
    parser.add_argument(
        "--seed", type=int, default=2, help="even; the next seed makes the half not looked at"
    )
    parser.add_argument("--houses", type=int, default=120, help="publishers of each half")
    chosen = parser.parse_args(arguments)
    found = read_houses(chosen.seed, chosen.houses)
    rows: dict[str, list[StreamPage]] = {"looked at": [one.page for one in found]}
    for kind in _SHAPES:
        for one in found:
            rows.setdefault(f"{kind}: {one.shape[kind]}", []).append(one.page)
    rows["not looked at"] = [one.page for one in read_houses(chosen.seed + 1, chosen.houses)]
    summed = {name: figures(pages) for name, pages in rows.items()}
    for name, sums in summed.items():
        shown = "  ".join(f"{key} {value:.3f}" for key, value in sums.items())
        print(f"{name:<42} {len(rows[name]):>5}  {shown}")
    return summed
