"""The prefixes that agencies put before a headline, as `tables/markers.txt` lists them: words, class and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from copytaster.wire.letters import fold
from copytaster.wire.tables import read_table

if TYPE_CHECKING:
    from copytaster.values import MarkerClass


class MarkerName(NamedTuple):
    """What a prefix says; `any_case`: it is a prefix in ordinary letters too (`Factbox: `), not only in capitals."""

    marker_class: MarkerClass
    kind: str
    any_case: bool


_CLASSES: tuple[MarkerClass, ...] = ("version", "genre")
_STANDING: MarkerClass = "standing-slug"


def _names() -> dict[str, MarkerName]:
    table: dict[str, MarkerName] = {}
    for marker_class in _CLASSES:
        kinds = {entry: fields for entry, fields in _TABLE.items() if entry.startswith(f"{marker_class} ")}
        for entry, fields in kinds.items():
            kind = entry.removeprefix(f"{marker_class} ")
            for field, any_case in (("any case", True), ("capitals", False)):
                for name in fields.get(field, ()):
                    table.setdefault(name_key(name), MarkerName(marker_class, kind, any_case))
    for slug in _TABLE[_STANDING]["capitals"]:
        table.setdefault(name_key(slug), MarkerName(_STANDING, slug.replace(" ", "-"), any_case=False))
    return table


def name_key(name: str) -> str:
    """Key of a prefix; `Q+A`, `Q&A` keep the sign that tells them from words."""
    return fold(name.replace("+", "plus").replace("&", "plus"))


_TABLE = read_table("markers")
MARKER_NAMES = _names()
LONGEST_MARKER_WORDS = 4
SPORT_SLUGS = frozenset(name_key(name) for name in _TABLE["sport slug"]["names"])
COLON_SLUGS = frozenset(name_key(name) for name in _TABLE["colon slug"]["names"])
