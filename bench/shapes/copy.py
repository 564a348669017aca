"""Invented stories in ten languages, to be laid out in pages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

_PLACES = [
    "Lindmoor",
    "Karsted",
    "Velm",
    "Ostrava-Nord",
    "Tarnhaven",
    "Brocksee",
    "Milowice",
    "Sankt-Arn",
    "Perdigal",
    "Zorin",
]


@dataclass(frozen=True, slots=True)
class Copy:
    """A story, and what a site prints around it."""

    language: str
    title: str
    paragraphs: list[str]
    subhead: str
    items: list[str]
    others: list[tuple[str, str]]  # title and opening of other stories
    next_line: str
    letter: str


def languages() -> list[str]:
    """The codes, in the order of the table."""
    return list(_tables())


def write_copy(language: str, chance: Random, paragraphs: int) -> Copy:
    """A story of so many paragraphs."""
    table = _tables()[language]
    glue = "" if language in ("ja", "zh") else " "

    def say(pattern: str) -> str:
        return pattern.format(
            n=chance.randrange(11, 990), p=chance.choice(_PLACES), w=chance.choice(table["words"])
        )

    def paragraph() -> str:
        return glue.join(say(one) for one in chance.sample(table["text"], chance.choice((1, 2, 2, 3))))

    return Copy(
        language,
        say(chance.choice(table["title"])),
        [paragraph() for _ in range(paragraphs)],
        say(chance.choice(table["title"])),
        [say(chance.choice(table["text"])) for _ in range(4)],
        [(say(chance.choice(table["title"])), say(chance.choice(table["text"]))) for _ in range(8)],
        chance.choice(table["next"]),
        table["letter"][0],
    )


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8"))
