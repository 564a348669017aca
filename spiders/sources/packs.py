"""Starter packs: groups of the sources that ship with the product, by country and language. They are never on by themselves."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from copytaster.errors import NotFoundError, nearest
from spiders.sources.config import read_starter

if TYPE_CHECKING:
    from spiders.sources.config import Source


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack. `countries` are codes of ISO 3166, `languages` tags of BCP 47; a pack of all countries names none."""

    name: str
    title: str
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    sources: tuple[Source, ...]


def read_packs() -> tuple[Pack, ...]:
    """Every pack, in the order of the file."""
    text = resources.files("spiders").joinpath("starter_packs.toml").read_text(encoding="utf-8")
    starter = read_starter()
    return tuple(
        Pack(
            name,
            table["title"],
            tuple(table["countries"]),
            tuple(table["languages"]),
            tuple(starter.get(source) for source in table["sources"]),
        )
        for name, table in tomllib.loads(text).items()
    )


def find_pack(name: str) -> Pack:
    """The pack of a name.

    Raises:
        NotFoundError: no pack has this name; the hint names the nearest.
    """
    packs = {pack.name: pack for pack in read_packs()}
    if name in packs:
        return packs[name]
    raise NotFoundError(f"no pack is named {name!r}", resource="starter packs", hint=nearest(name, packs))
