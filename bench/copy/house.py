"""House styles for invented copy. Pure functions from text to text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_NUMERALS = dict(
    zip(
        ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        strict=True,
    )
)
_WORDS = {word: digit for digit, word in _NUMERALS.items()} | {"seventeen": "17"}
_BRITISH = {
    "canceled": "cancelled",
    "color": "colour",
    "defense": "defence",
    "harbor": "harbour",
    "kilometers": "kilometres",
    "kilometer": "kilometre",
    "labor": "labour",
    "meters": "metres",
    "millimeters": "millimetres",
    "Neighboring": "Neighbouring",
    "neighbors": "neighbours",
    "organized": "organised",
    "organizers": "organisers",
    "recognize": "recognise",
    "recognized": "recognised",
    "reorganize": "reorganise",
    "reorganized": "reorganised",
    "criticized": "criticised",
    "travelled": "traveled",
    "neighbours": "neighbors",
    "cease-fire": "ceasefire",
}
_SYNONYMS = {
    "Islamic State": ("Daesh", "ISIS", "ISIL", "IS"),
    "percent": ("per cent", "pct"),
    " million": ("m", " mln", " mn"),
    " billion": ("bn", " bln"),
    "United Nations": ("UN", "U.N."),
    "European Union": ("EU",),
    "United States": ("US", "U.S."),
    " km ": ("km ", " kilometres "),
    "about ": ("around ", "some "),
    "told reporters": ("told journalists",),
}
_WEEKDAY = re.compile(r" on (Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b")
_MONTHS = {"January": "Jan.", "February": "Feb.", "August": "Aug.", "October": "Oct.", "December": "Dec."}
_QUOTED = re.compile(r'"([^"\n]{1,900})"')
_LOOKALIKES = {
    "l": "1",
    "O": "0",
    "o": "0",
    "e": "c",
    "rn": "m",
    "h": "b",
    "S": "5",
    "i": "l",
    "u": "n",
    "t": "f",
}


def _exchange(text: str, words: dict[str, str]) -> str:
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b")
    return pattern.sub(lambda found: words[found[0]], text)


def write_british(text: str, _: random.Random) -> str:
    """American spelling becomes British."""
    return _exchange(text, _BRITISH)


def write_synonyms(text: str, chance: random.Random) -> str:
    """House words: Daesh, per cent, bln."""
    for ours, theirs in _SYNONYMS.items():
        text = text.replace(ours, chance.choice(theirs))
    return text


def write_numerals(text: str, _: random.Random) -> str:
    """Small numbers become figures."""
    return _exchange(text, _WORDS)


def write_words(text: str, _: random.Random) -> str:
    """Small numbers become words."""
    return re.sub(r"(?<![\d.,$-])\b([2-9]|1[0-2])\b(?![\d.,:-])", lambda found: _NUMERALS[found[1]], text)


def write_bare_days(text: str, _: random.Random) -> str:
    """`said on Tuesday` becomes `said Tuesday`; months are abbreviated."""
    return _exchange(_WEEKDAY.sub(r" \1", text), _MONTHS)


def write_curly(text: str, _: random.Random) -> str:
    """Straight quotation marks become typographic ones."""
    return _QUOTED.sub("“\\1”", text).replace("'", "’")


def write_single(text: str, _: random.Random) -> str:
    """Straight quotation marks become single typographic ones."""
    return _QUOTED.sub("‘\\1’", text.replace("'", "’"))


def write_honorifics(text: str, chance: random.Random) -> str:
    """Put `Mr` or `Ms` before a lone surname that speaks."""
    title = chance.choice(("Mr", "Ms", "Mr."))
    return re.sub(r"(?<=[,.] )([A-Z][a-z]{3,20}) (?=said|told|added)", rf"{title} \1 ", text)


STYLES: tuple[Callable[[str, random.Random], str], ...] = (
    write_british,
    write_synonyms,
    write_numerals,
    write_words,
    write_bare_days,
    write_curly,
    write_single,
    write_honorifics,
)


def restyle(text: str, chance: random.Random) -> str:
    """Apply three or four of the styles above."""
    for style in chance.sample(STYLES, chance.randint(3, 4)):
        text = style(text, chance)
    return text


def blur(text: str, chance: random.Random, *, share: float = 0.006) -> str:
    """Add a scanner's faults: confuse a `share` of the letters, and break some words at the end of a line."""
    out = []
    for word in text.split(" "):
        spoiled = word
        for letter, read in _LOOKALIKES.items():
            if letter in spoiled and chance.random() < share * spoiled.count(letter) * 3:
                spoiled = spoiled.replace(letter, read, 1)
        breakable = len(spoiled) > 7 and spoiled.isalpha()  # noqa: PLR2004 -- long enough for a line's end
        if breakable and chance.random() < share:
            spoiled = f"{spoiled[:4]}- {spoiled[4:]}"
        out.append(spoiled)
    return " ".join(out)
