"""Which names carry secrets, from the table secret_names.toml, and which values are too plain to be one."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Literal
from urllib.parse import unquote

MASK = "***"

_TABLE: dict[str, list[str]] = tomllib.loads(
    files("copytaster.masking").joinpath("secret_names.toml").read_text(encoding="utf-8")
)
HEADERS = tuple(_TABLE["headers"])
SHAPES = tuple(_TABLE["shapes"])
_WORDS = frozenset(_TABLE["words"])
_ENDINGS = tuple(_TABLE["endings"])
_DOUBTFUL = frozenset(_TABLE["doubtful"])
_SESSIONS = frozenset(_TABLE["sessions"])
_DOUBTFUL_SESSIONS = frozenset(_TABLE["doubtful_sessions"])

_BEFORE_NAME = re.compile(r"[?&;#/\s\"'\\:,({]|^u0026")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NOTHING = frozenset({"", MASK, "none", "null", "true", "false", "undefined"})
_PLAIN = re.compile(
    r"""[\d,]{1,12}                         # the number of a page or section
    | [A-Za-z][a-z]{0,15} | [A-Z]{1,16}    # one word
    | [A-Za-z0-9]{1,4} | [A-Za-z]{1,3}\d{1,8} | [A-Z0-9]{1,6}  # B52, sz300274, 03921C
    | [A-Z]{2,3}-[A-Z0-9]{1,3}             # DE-BY
    | \d{4}-\d\d-\d\d
    | (?:[A-Za-z][a-z]*[-_+\s])+(?:[A-Za-z][a-z]*|(?:19|20)\d\d)  # us-election-2016""",
    re.VERBOSE,
)
_PART = re.compile(r"[A-Za-z0-9]+")
_RUN = re.compile(r"[A-Za-z]+|[0-9]+")
_LONG, _SHORT = (
    10,
    4,
)  # characters of a part that is drawn at random: with 3 runs of letters or digits, with 4

Rating = Literal["secret", "doubtful", "harmless"]


def is_secret(name: str, value: str) -> bool:
    """True if a value under this name is a secret. Both may be percent-encoded."""
    rating = rate_name(name)
    if rating == "harmless" or value.strip().lower() in _NOTHING:
        return False
    return rating == "secret" or _PLAIN.fullmatch(_decode(value)) is None


@lru_cache(maxsize=4096)
def rate_name(name: str) -> Rating:
    """Whether values under a name are secret, may be secret by their looks, or are not."""
    plain = _BEFORE_NAME.split(_decode(name))[-1].strip("[]().-_ ")
    if looks_random(plain):  # the padding of base64 is no sign
        return "harmless"
    words = [word.lower() for word in _WORD.findall(plain)]
    whole = "".join(words)
    if whole in _WORDS or not _WORDS.isdisjoint(words) or whole.endswith(_ENDINGS):
        return "secret"
    return "harmless" if _DOUBTFUL.isdisjoint([whole, *words]) else "doubtful"


def rate_session(name: str, value: str) -> Rating:
    """Whether a parameter is a visitor's session (`secret`), may be one, or is none."""
    plain = "".join(_WORD.findall(_decode(name))).lower()
    if plain in _SESSIONS:
        return "secret"
    return "doubtful" if plain in _DOUBTFUL_SESSIONS and looks_random(value) else "harmless"


def looks_random(value: str) -> bool:
    """True if no person chose this value: letters and digits alternate as in a key, not as in a word with a number."""
    for part in _PART.findall(_decode(value)):
        runs = len(_RUN.findall(part))
        if (runs >= 3 and len(part) >= _LONG) or (runs >= 4 and len(part) >= _SHORT):  # noqa: PLR2004
            return True
    return False


def _decode(text: str) -> str:
    """The text without percent-encoding, also where it was encoded twice."""
    return unquote(unquote(text)) if "%" in text else text
