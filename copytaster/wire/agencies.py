"""Finds agencies by their names in any spelling or language, and by their hosts and publishers."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from copytaster.late_pattern import late_pattern
from copytaster.wire.agency_table import AGENCIES
from copytaster.wire.letters import MARKS, fold
from copytaster.wire.tables import read_table

_LONGEST_NAME_WORDS = 5
_LONGEST_CREDIT_WORDS = 8
_FRAME = " \t\n()[]{}©.:*!\"'«»“”"
_BETWEEN_NAMES = late_pattern(r"\s{0,3}[/,;|+]\s{0,3}")
_WITH = late_pattern(r"\s{1,3}(?:and|und|et|y|e|и|with|mit|avec|con|com)\s{1,3}")
_TOKEN = late_pattern(rf"(?:[^\W_]|[{MARKS}])+")
_JOINED_SCRIPT = late_pattern("[\u0530-\u1dff\u2e80-\U0010ffff]")  # beyond Latin, Greek and Cyrillic
_HOST = late_pattern(
    r"\A[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z][A-Za-z0-9-]{1,62}(?:[:/].{0,1900})?"
)
_JOINT = late_pattern(r"[ .\-–’'&/«»\xa0]{0,2}")

_WORDS = {entry: frozenset(fields["words"]) for entry, fields in read_table("agency_words").items()}
_TRAILING = _WORDS["trailing"]
_LEADING = _WORDS["leading"]
_NEED_CAPITALS = _WORDS["need capitals"]
_DATELINE_ONLY = _WORDS["dateline only"]


class AgencyMatch(NamedTuple):
    """An agency's name found in a text: who, and where the printed name ends."""

    name: str
    end: int


def _spellings() -> dict[str, str]:
    table: dict[str, str] = {}
    for row in AGENCIES:
        for spelling in (row.name, *row.spellings):
            table.setdefault(fold(spelling), row.name)
    return table


_BY_KEY = _spellings()
_OPENINGS = frozenset(key[:size] for key in _BY_KEY for size in range(len(key) + 1))
_BY_HOST = {host: row.name for row in AGENCIES for host in row.hosts}
AGENCY_NAMES: frozenset[str] = frozenset(row.name for row in AGENCIES)


def _look_up(printed: str, *, in_dateline: bool) -> str | None:
    key = fold(printed)
    name = _BY_KEY.get(key)
    if name is None:
        return None
    if key in _DATELINE_ONLY and not in_dateline:
        return None
    if (
        key in _NEED_CAPITALS
        and printed[:1].isupper()
        and any(letter.islower() for letter in printed)
        and printed != name
    ):
        return None
    return name


def match_agency(text: str, start: int = 0, *, in_dateline: bool = False) -> AgencyMatch | None:
    """The agency whose name is printed at `start`, the longest spelling winning."""
    best: AgencyMatch | None = None
    position = start
    for _ in range(_LONGEST_NAME_WORDS):
        token = _TOKEN.match(text, position)
        if token is None or token.end() - start > 60:
            break
        printed = text[start : token.end()]
        if fold(printed) not in _OPENINGS:
            break
        name = _look_up(printed, in_dateline=in_dateline)
        if name is not None:
            best = AgencyMatch(name, token.end())
        joint = _JOINT.match(text, token.end())
        position = joint.end() if joint else token.end()
    return best


@lru_cache(maxsize=4096)
def canonical_agency(text: str, *, in_dateline: bool = False) -> str | None:
    """The agency that `text`, as a whole, names (`The Associated Press` -> `AP`, `dpa/tmn` -> `dpa`), or None.

    Of several names joined by a slash, comma or `and` the first known one counts. A sentence about an agency is no name.
    """
    if len(text) > 120 or len(text.split()) > _LONGEST_CREDIT_WORDS:
        return None
    parts = [part.strip(_FRAME) for part in _BETWEEN_NAMES.split(text.strip(_FRAME))]
    whole = _name_of_phrase(text.strip(_FRAME), in_dateline=in_dateline)
    if whole is not None:
        return whole
    if any(_is_other_name(part) for part in parts):
        return None
    words = [part for phrase in parts for part in _WITH.split(phrase)]
    return next(
        filter(None, (_name_of_phrase(word.strip(_FRAME), in_dateline=in_dateline) for word in words)), None
    )


def _is_other_name(part: str) -> bool:
    """`Jane Roe` or `File 2009` next to an agency's name makes it a byline or a picture credit."""
    words = part.split()
    if any(letter.isdigit() for letter in part) and not part.isdigit():
        return True
    return len(words) > 1 and not _WITH.search(part) and not named_agencies(part)


def _name_of_phrase(phrase: str, *, in_dateline: bool) -> str | None:
    words = phrase.split()
    if not words or len(words) > 9:
        return None
    while (
        len(words) > 1
        and fold(words[0]) in _LEADING
        and _look_up(" ".join(words), in_dateline=in_dateline) is None
    ):
        words = words[1:]
    whole = " ".join(words)
    found = match_agency(whole, in_dateline=in_dateline)
    if found is None:
        return None
    trailing = _TOKEN.findall(whole[found.end :])
    return found.name if all(fold(word) in _TRAILING for word in trailing) else None


def named_agencies(text: str) -> tuple[str, ...]:
    """Every agency named in a short line (its first 400 characters), in order, each once; `Reuters/Ipsos` counts too."""
    names: list[str] = []
    line = text[:400]
    position = 0
    while (token := _TOKEN.search(line, position)) is not None:
        found = match_agency(line, token.start())
        if found is not None and found.name not in names:
            names.append(found.name)
        position = found.end if found is not None else token.end()
    return tuple(names)


def may_name_agency(text: str) -> bool:
    """False if no word of a text begins an agency's name: a quick test before the grammars, which look closer.

    True for every text in a script that writes without blanks or joins particles to names.
    """
    if _JOINED_SCRIPT.search(text):
        return True
    return any(fold(token) in _OPENINGS for token in _TOKEN.findall(text))


def agency_of_publisher(publisher_or_host: str) -> str | None:
    """The agency that owns a publisher's name, host or URL: `www.reuters.com` -> `Reuters`, `AP News` -> `AP`."""
    text = publisher_or_host.strip()
    if not text or len(text) > 2000:
        return None
    host = _host_of(text)
    return agency_of_host(host) if host else canonical_agency(text)


def agency_of_host(host: str) -> str | None:
    """The agency that owns a host or a domain above it; a name that merely resembles an agency's owns nothing."""
    name = host.lower()
    while name:
        if name in _BY_HOST:
            return _BY_HOST[name]
        _, _, name = name.partition(".")
    return None


def _host_of(text: str) -> str:
    if "://" not in text and _HOST.fullmatch(text) is None:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        return (parts.hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""
