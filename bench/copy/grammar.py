"""A small grammar for copy: chooses alternatives once per series or per issue, and fills slots from a lexicon.

`[a|b]` is chosen once per series, `<a|b>` once per issue; both nest. `{town1}` has one value in an issue, `{TOWN1}` one
in the whole series. `{int:20-400}`, `{dec1:2-9}`, `{dec2:1-3}` are numbers, drawn at every occurrence;
`{k=int:20-400}` names a number, and `{k}` repeats it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from bench.copy.lexicon import Lexicon

_SQUARE = re.compile(r"\[([^\[\]]{0,2000})\]")
_ANGLE = re.compile(r"<([^<>]{0,2000})>")
_SLOT = re.compile(r"\{(?:(\w{1,20})=)?(\w{1,20})(?::([\d.-]{1,30}))?\}")
_PLAIN = re.compile(r"\{(verb|noun|adjective|trade|product|crop|metal|title)\}")
_OPENING = re.compile(r'((?:\A|\n\n|(?<!\.)[a-zà-ÿ\d%)][.?!]"? |: )"?)([a-zà-ÿа-яα-ω])')
_SPACES = re.compile(r" +([ ,.])(?=\S)")
_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=[aeiouAEIO]\w)")
_BEFORE_CONSONANT = re.compile(r"\b([Aa])n (?=[b-df-gj-np-tv-zB-DF-GJ-NP-TV-Z])")
_YEARS = range(1850, 2060)


def settle(template: str, chance: random.Random) -> str:
    """Choose one alternative of every square bracket."""
    return _choose(template, chance, _SQUARE)


def vary(template: str, chance: random.Random) -> str:
    """Choose one alternative of every angle bracket."""
    return _choose(template, chance, _ANGLE)


def _choose(template: str, chance: random.Random, brackets: re.Pattern[str]) -> str:
    changed = 1
    while changed:
        template, changed = brackets.subn(lambda found: chance.choice(found[1].split("|")), template)
    return template


class Facts:
    """The values of one issue's slots.

    Args:
        lexicon: names of people, towns and so on.
        chance: the generator of this issue.
        series: facts that stay the same from issue to issue.
        given: slot -> value known beforehand.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        chance: random.Random,
        series: Facts | None = None,
        given: dict[str, str] | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.chance = chance
        self.series = series
        self.known = dict(given or {})

    def fill(self, template: str) -> str:
        """The template with every slot filled."""
        return _SLOT.sub(self._fill_slot, template)

    def _fill_slot(self, slot: re.Match[str]) -> str:
        alias, name, bounds = slot.groups()
        value = self._make_number(name, bounds) if bounds else self.look_up(name)
        if alias:
            self.known[alias] = value
        return value

    def _make_number(self, kind: str, bounds: str) -> str:
        low, high = bounds.split("-")
        if kind == "int":
            number = self.chance.randint(int(low), int(high))
            return str(number) if int(low) in _YEARS else f"{number:,}"
        return f"{self.chance.uniform(float(low), float(high)):.{int(kind[-1])}f}"

    def look_up(self, name: str) -> str:
        """The value of a slot by name."""
        if name in self.known:
            return self.known[name]
        if name.isupper():
            return (self.series or self).look_up(name.lower())
        value = self._make(name)
        self.known[name] = value
        return value

    def _make(self, name: str) -> str:
        kind = name.rstrip("0123456789")
        if kind == "surname":
            return self.look_up(name.replace("surname", "person")).rpartition(" ")[2]
        return self.lexicon.draw(kind, self.chance)


def renew(template: str, facts: Facts) -> str:
    """Fill slots of plain words (`{noun}`, `{verb}`), drawn at every occurrence; names stay slots."""
    return _PLAIN.sub(lambda slot: facts.lexicon.draw(slot[1], facts.chance), template)


def write(template: str, facts: Facts) -> str:
    """Write one issue of a settled template: choose its alternatives, fill its slots, capitalise its sentences."""
    text = _SPACES.sub(r"\1", facts.fill(vary(template, facts.chance)))
    text = _OPENING.sub(lambda found: found[1] + found[2].upper(), text)
    if facts.lexicon.english:
        text = _BEFORE_CONSONANT.sub(r"\1 ", _BEFORE_VOWEL.sub(r"\1n ", text))
    return text
