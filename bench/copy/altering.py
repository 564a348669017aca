"""Copies with one altered fact: another number, another name, a negation put in. Each says what it altered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from copytaster.wire.months import is_weekday, months_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

Kind = Literal["number", "name", "negation"]

_NUMBER = re.compile(r"(?<![\d.,:$€£/–-])\b(?!19\d\d|20\d\d)\d{1,3}(?:,\d{3})*\b(?![\d.,:/%–-]*\d| ?[ap]\.m)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,} [A-Z][a-z]{2,}(?= [a-z]|[,.])")
_VERB = re.compile(r"(?<=[a-z] )(was|were|will|has|had|is|are) (?!not|no|never)(?=[a-z]{3,})")
_OTHERS = ("Orsolya Quint", "Bram Tolliver", "Ines Fjordbakk", "Dagny Wexford", "Casimir Yule")


@dataclass(frozen=True)
class Altered:
    """A text with one altered fact, and both readings."""

    text: str
    kind: Kind
    agency: str
    copy: str


def alter(text: str, kind: Kind, chance: random.Random) -> Altered | None:
    """The text with one fact of this kind altered; None where it has none."""
    return _MAKERS[kind](text, chance)


def _alter_number(text: str, chance: random.Random) -> Altered | None:
    found = [one for one in _NUMBER.finditer(text) if not _is_date(text, one)]
    if not found:
        return None
    chosen = chance.choice(found)
    value = int(chosen[0].replace(",", ""))
    other = f"{chance.choice((value * 100, value + 7, value * 3 + 1)) or 9}"
    return Altered(text[: chosen.start()] + other + text[chosen.end() :], "number", chosen[0], other)


def _is_date(text: str, found: re.Match[str]) -> bool:
    around = re.findall(r"[^\W\d_]+", f"{text[max(0, found.start() - 12) : found.start()]} "[-14:])
    after = re.findall(r"[^\W\d_]+", text[found.end() : found.end() + 12])
    near = [*around[-1:], *after[:1]]
    return any(months_of(word) or is_weekday(word) for word in near)


def _alter_name(text: str, chance: random.Random) -> Altered | None:
    found = sorted({one[0] for one in _NAME.finditer(text)})
    found = [name for name in found if not any(months_of(word) or is_weekday(word) for word in name.split())]
    if not found:
        return None
    name, other = chance.choice(found), chance.choice(_OTHERS)
    return Altered(text.replace(name, other), "name", name, other)


def _alter_sense(text: str, chance: random.Random) -> Altered | None:
    found = list(_VERB.finditer(text))
    if not found:
        return None
    chosen = chance.choice(found)
    return Altered(
        f"{text[: chosen.end()]}not {text[chosen.end() :]}", "negation", chosen[1], f"{chosen[1]} not"
    )


_MAKERS: dict[Kind, Callable[[str, random.Random], Altered | None]] = {
    "number": _alter_number,
    "name": _alter_name,
    "negation": _alter_sense,
}
