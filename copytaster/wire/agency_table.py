"""The agencies and news services known by name, as `tables/agencies.txt` lists them."""

from __future__ import annotations

from typing import NamedTuple

from copytaster.wire.tables import read_table


class AgencyRow(NamedTuple):
    """One agency: the name used everywhere, its other spellings, its own hosts."""

    name: str
    spellings: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


AGENCIES: tuple[AgencyRow, ...] = tuple(
    AgencyRow(name, fields.get("spellings", ()), fields.get("hosts", ()))
    for name, fields in read_table("agencies").items()
)
