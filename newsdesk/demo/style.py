"""House styles of the demo's outlets: pure functions from text to text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_IZE = re.compile(r"\b([A-Za-z]{3,20})iz(e|es|ed|er|ers|ing|ation|ations)\b")
_KEEPS_Z = frozenset({"caps", "outs", "downs", "overs"})
_BRITISH = {
    "center": "centre",
    "centers": "centres",
    "color": "colour",
    "labor": "labour",
    "harbor": "harbour",
    "harbors": "harbours",
    "neighbor": "neighbour",
    "neighbors": "neighbours",
    "defense": "defence",
    "canceled": "cancelled",
    "program": "programme",
    "programs": "programmes",
    "meters": "metres",
    "meter": "metre",
    "kilometers": "kilometres",
    "kilometer": "kilometre",
    "centimeters": "centimetres",
    "centimeter": "centimetre",
    "millimeters": "millimetres",
    "liters": "litres",
    "tons": "tonnes",
}
_WORD = re.compile(r"\b[a-z]{4,12}\b")
_QUOTED = re.compile(r'"([^"\n]{1,2000})"')
_CAPITALISED_WORD_BEFORE = r"(?:\b([A-Z][\w'-]{0,30}) )?"
_OPENERS = frozenset({"But", "And", "On", "In", "For", "As", "When", "While", "After", "Asked", "Under"})


def write_per_cent(text: str) -> str:
    """`4 percent` becomes `4 per cent`."""
    return re.sub(r"\b[Pp]ercent\b", "per cent", text)


def write_percent_sign(text: str) -> str:
    """`4 percent` becomes `4%`."""
    return re.sub(r"(?<=\d) percent\b", "%", text)


def write_billion(text: str) -> str:
    """`$2 bln` becomes `$2 billion`, `40 mln` becomes `40 million`."""
    return re.sub(r"\bmln\b", "million", re.sub(r"\bbln\b", "billion", text))


def write_daesh(text: str) -> str:
    """`Islamic State` becomes `Daesh`."""
    return text.replace("Islamic State", "Daesh")


def write_kyiv(text: str) -> str:
    """`Kiev` becomes `Kyiv`."""
    return re.sub(r"\bKIEV\b", "KYIV", re.sub(r"\bKiev\b", "Kyiv", text))


def write_british(text: str) -> str:
    """British spelling: -ise, -our, -re."""
    text = _IZE.sub(lambda m: m[0] if m[1].lower() in _KEEPS_Z else f"{m[1]}is{m[2]}", text)
    return _WORD.sub(lambda m: _BRITISH.get(m[0], m[0]), text)


def write_single_quotes(text: str) -> str:
    """Straight double quotation marks become single typographic ones."""
    return _QUOTED.sub("‘\\1’", text).replace("'", "’")


def write_curly_quotes(text: str) -> str:
    """Straight double quotation marks become typographic ones."""
    return _QUOTED.sub("“\\1”", text).replace("'", "’")


def write_german_quotes(text: str) -> str:
    """Straight double quotation marks become inward guillemets, as in Austrian papers."""
    return _QUOTED.sub("»\\1«", text)


STYLES: Mapping[str, Callable[[str], str]] = {
    "per-cent": write_per_cent,
    "percent-sign": write_percent_sign,
    "billion": write_billion,
    "daesh": write_daesh,
    "kyiv": write_kyiv,
    "british": write_british,
    "single-quotes": write_single_quotes,
    "curly-quotes": write_curly_quotes,
    "german-quotes": write_german_quotes,
}


def write_honorifics(text: str, people: Mapping[str, str]) -> str:
    """Put `Mr`, `Ms`, `Dr` before a surname without a first name; `people` is surname -> honorific."""
    for surname, honorific in people.items():
        pattern = re.compile(rf"{_CAPITALISED_WORD_BEFORE}\b{re.escape(surname)}\b")
        text = pattern.sub(lambda m, h=honorific, s=surname: _address(m, h, s), text)  # type: ignore[misc]
    return text


def _address(match: re.Match[str], honorific: str, surname: str) -> str:
    before = match[1]
    if before is None:
        return f"{honorific} {surname}"
    return f"{before} {honorific} {surname}" if before in _OPENERS else match[0]


def apply_style(text: str, style: tuple[str, ...], people: Mapping[str, str]) -> str:
    """Apply the named styles in order; a name is a key of STYLES or `honorifics`."""
    for name in style:
        text = write_honorifics(text, people) if name == "honorifics" else STYLES[name](text)
    return text
