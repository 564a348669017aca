"""Regions that follow a city in datelines, cities known well enough to open a story, and parts of the world."""

from __future__ import annotations

from functools import cache

from copytaster.wire.letters import fold
from copytaster.wire.tables import read_table

_TABLE = {entry: frozenset(map(fold, fields["names"])) for entry, fields in read_table("places").items()}
_REGION_KEYS = _TABLE["regions"]
_CITY_KEYS = _TABLE["cities"]


def is_region(name: str) -> bool:
    """Whether a name is a country, state or province, abbreviated or not."""
    return fold(name) in _REGION_KEYS


def is_city(name: str) -> bool:
    """True if a name is a city that needs no region in datelines."""
    return fold(name) in _CITY_KEYS


@cache
def _read_world() -> dict[str, tuple[str, ...]]:
    return {part: fields["names"] for part, fields in read_table("world").items()}


def list_parts() -> tuple[str, ...]:
    """The parts of the world that have a name, such as `Middle East`."""
    return tuple(_read_world())


def list_places(part: str) -> tuple[str, ...]:
    """The countries and cities of a part of the world, however its name is cased; none for another name."""
    names = {fold(one): places for one, places in _read_world().items()}
    return names.get(fold(part), ())
