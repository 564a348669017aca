"""Names under keys that no language changes: transliterated, without vowels, letters that scripts confuse made one."""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

from copytaster.wire.months import is_weekday, months_of
from copytaster.wire.places import is_city, is_region

_LEAST_CODES = 3
_NAME = re.compile(
    r"(?<![^\W\d_])[^\W\d_a-zа-яё\u0590-\u07ff\u0900-\u11ff\u2e80-\u9fff\uac00-\ud7af][^\W\d_\u2e80-\u9fff]{2,}(?:['’][^\W\d_]+)?"
    r"|[\u30a1-\u30fa\u30fc-\u30ff]{3,}"
)
_ENDS_SENTENCE = re.compile(r"(?:^|[.!?…:\n“”„«»\"'‘(\[–—-])[\s“„«\"'‘(\[–—-]*$")
_OWNER = re.compile(r"['’](?:s|S)?$")
_RUSSIAN_CASE = re.compile(
    r"(?<=[^\W\d_]{4})(?:ыми|ими|ами|ями|ым|им|ом|ем|ам|ям|ах|ях|ого|его|ому|ему)$", re.IGNORECASE
)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_SOUNDS = (
    (re.compile(pattern), code)
    for pattern, code in (
        (r"dzh|dsch|tsch|tch|sch|sh|zh|ch|cz|sz|ts|tz|j(?=[aeiou])", "s"),
        (r"kh|gh", ""),
        (r"th|dt", "t"),
        (r"ph", "f"),
        (r"ck|cc|qu|q", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"[vwf]", "b"),
        (r"l", "r"),
        (r"m(?=[bp])", "n"),
        (r"d", "t"),
        (r"g", "k"),
        (r"[aeiouyhj]|[^a-z]", ""),
    )
)
_RULES = tuple(_SOUNDS)
_TWICE = re.compile(r"(.)\1+")


def read_names(text: str) -> dict[str, str]:
    """Key -> name as first printed, of the names in a text, in their order.

    A capital at the beginning of a sentence makes no name, except of a known place, nor does one of a month or weekday. German nouns pass for names: they match nothing in another
    language, and the share of the text with fewer names counts.
    """
    names: dict[str, str] = {}
    for found in _NAME.finditer(text):
        if is_weekday(found[0]) or months_of(found[0]):
            continue
        begins = _ENDS_SENTENCE.search(text, max(0, found.start() - 4), found.start())
        if (not begins or _is_place(found[0])) and (key := make_key(found[0])):
            names.setdefault(key, _OWNER.sub("", found[0]))
    return names


@lru_cache(maxsize=65_536)
def _is_place(name: str) -> bool:
    name = _OWNER.sub("", name)
    return is_city(name) or is_region(name)


@lru_cache(maxsize=65_536)
def make_key(name: str) -> str:
    """`Дегтяревым`, `Degtyarev` -> `tktrb`; empty where too little is left to know a name by."""
    name = _OWNER.sub("", name)
    if _CYRILLIC.search(name):
        name = _RUSSIAN_CASE.sub("", name)
    key = anyascii(name).lower()
    for pattern, code in _RULES:
        key = pattern.sub(code, key)
    key = _TWICE.sub(r"\1", key)
    return key if len(key) >= _LEAST_CODES else ""
