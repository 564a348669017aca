"""The agencies and news services known by name, as `tables/agencies.txt` lists them."""

from __future__ import annotations

from typing import NamedTuple

from copytaster.wire.tables import read_table


class AgencyRow(NamedTuple):
    """One agency: the name used everywhere, its other spellings, its own hosts.

    `is_press_wire`: it sends what companies and institutions pay for, and is no agency of news.
    """

    name: str
    spellings: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    is_press_wire: bool = False


AGENCIES: tuple[AgencyRow, ...] = tuple(
    AgencyRow(name, fields.get("spellings", ()), fields.get("hosts", ()), "sends" in fields)
    for name, fields in read_table("agencies").items()
)
PRESS_WIRES: frozenset[str] = frozenset(row.name for row in AGENCIES if row.is_press_wire)
