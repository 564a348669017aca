"""Regions that follow a city in datelines, and cities known well enough to open a story without agency or date."""

from __future__ import annotations

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
