"""Names of other scripts under one key, however a language writes them: Selenskyj, Zelenskyy, Zelensky, Зеленский.

A word is read by the rules of a language (`romanisation.toml`); one with letters that these rules lack has no key. So
ordinary words of one language meet only where two languages write the same sounds.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from itertools import islice, product
from typing import TYPE_CHECKING

from anyascii import anyascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Rules = dict[str, tuple[str, ...]]

LEAST_LETTERS, LEAST_SOUNDS = 4, 4
MOST_LETTERS = 24
MOST_READINGS = 4  # of one word by one language's rules
MOST_KEYS = 12  # of a typed word
ALWAYS = "english"  # agencies' spelling, which outlets of every language print
# Greek, Cyrillic, Armenian, Georgian
_OTHER_SCRIPT = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u10a0-\u10ff]")
_WITHOUT_CAPITALS = re.compile(r"[\u10d0-\u10ff]")  # Georgian
_UKRAINIAN_G = str.maketrans({"г": "\u04bb", "ґ": "г"})  # the first is an h
_NO_LETTER = re.compile("[^a-z]")
_LETTERS = re.compile(r"[^\W\d_]+")
# one form of what languages write in several ways: glides, ё, the endings of French and English names
_SOFTENED = (
    (re.compile(r"^tč"), "č"),
    (re.compile(r"[iy]ne$"), "in"),
    (re.compile(r"(?:(?<=[aeou])[iy]|y)+(?=[eo])"), "e"),
    (re.compile(r"[iy]+(?=[aeou])|(?<=[aeou])[iy]+"), "j"),
    (re.compile(r"[iy]+"), "i"),
    (re.compile(r"e[eo]|(?<=č)o(?=v)"), "e"),
)
# By the rules of one language ordinary words of another have sounds too: French *March* is *Marsh*. So a reading counts
# only if it ends as names from these scripts do, has a sound that few other words have, or letters that only such names have.
_NAME = re.compile(
    r"(?:ski|sk|[^aeou]ni|[oeij]va?|vka|ina?|enko|uk|....[ij]an|vili|ič|...[aeou]j)s?$|[xž]|šč"
)
_LETTERS_OF_NAMES = re.compile(r"tsch|t?sj|zj|tj|tch|[cs]z|kh|zh|^wl|[čšž]")
_ADJECTIVE = re.compile(r"(?<=..)(?:ogo|oho|omu|ego|emu|im|om|oj|uju|aja)$")
_NOUN = re.compile(r"(?<=...[bvgdzklmnprstfxčšž])(?:im|om|em|oj|a|u|e)$")
_SLAVIC = frozenset({"ru", "uk", "be", "bg", "sr", "mk", "pl", "cs", "sk", "sl", "hr", "bs"})
_GENITIVE_S = frozenset({"de", "nl", "sv", "da", "nb", "nn", "no"})


def list_typed_keys(word: str) -> tuple[str, ...]:
    """The keys of a typed word, by the rules of every language."""
    other = bool(_OTHER_SCRIPT.match(word))
    words = dict.fromkeys((word, word.casefold().translate(_UKRAINIAN_G)))
    keys = (key for one in words for key in _list_keys(one, _read_rules(), slavic=other, genitive=False))
    return tuple(dict.fromkeys(keys))[:MOST_KEYS]


def list_printed_keys(word: str, languages: Iterable[str]) -> tuple[str, ...]:
    """The keys of a word in a text of these languages; none unless it begins with a capital or has another script."""
    return _list_printed(word, tuple(sorted({one.partition("-")[0].casefold() for one in languages})))


@lru_cache(maxsize=100_000)
def _list_printed(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    other = bool(_OTHER_SCRIPT.match(word))
    if not word[0].isupper() and not _WITHOUT_CAPITALS.match(word):
        return ()
    if other and "uk" in languages:
        word = word.casefold().translate(_UKRAINIAN_G)
    known = _read_tables()["languages"]
    names = dict.fromkeys((*(known[one] for one in languages if one in known), ALWAYS))
    slavic, genitive = not _SLAVIC.isdisjoint(languages), not _GENITIVE_S.isdisjoint(languages)
    return tuple(dict.fromkeys(_list_keys(word, names, slavic=slavic, genitive=genitive)))


def _list_keys(word: str, names: Iterable[str], *, slavic: bool, genitive: bool) -> Iterator[str]:
    spelled = unicodedata.normalize("NFC", word).casefold()
    if not LEAST_LETTERS <= len(spelled) <= MOST_LETTERS or not _LETTERS.fullmatch(spelled):
        return
    known = bool(_OTHER_SCRIPT.match(spelled))
    if known:
        spelled, names = _romanise(spelled), (ALWAYS,)
    for key in dict.fromkeys(key for name in names for key in _read_sounds(spelled, name, known=known)):
        if len(key) < LEAST_SOUNDS:
            continue
        yield key
        if slavic:
            yield from (one for one in _drop_case(key) if len(one) >= LEAST_SOUNDS)
        if genitive and key.endswith("s") and _NAME.search(key[:-1]):
            yield key[:-1]


def _romanise(spelled: str) -> str:
    return _NO_LETTER.sub("", anyascii(spelled.replace("ου", "ou").replace("ού", "ou")).casefold())


def _drop_case(key: str) -> Iterator[str]:
    """The first case of a Slavic name, which may be an adjective or a noun: Навального, Путиным."""
    for pattern, ending in ((_ADJECTIVE, "i"), (_NOUN, "")):
        bare = pattern.sub("", key)
        if bare != key:
            yield bare + ending


def _read_sounds(spelled: str, name: str, *, known: bool) -> list[str]:
    """The readings of a word by one language's rules; none where it has letters that the rules lack."""
    rules = _read_rules()[name]
    pieces = _find_pieces(name).findall(spelled)
    if sum(map(len, pieces)) != len(spelled):
        return []
    readings = ("".join(one) for one in islice(product(*(rules[piece] for piece in pieces)), MOST_READINGS))
    if known:
        return list(dict.fromkeys(key for sounds in readings for key in (_soften(sounds), sounds)))
    return list(dict.fromkeys(key for sounds in readings for key in _judge(sounds, spelled, name)))


def _judge(sounds: str, spelled: str, name: str) -> Iterator[str]:
    """The key of a reading that may be a name's; of another by English rules the sounds as they are."""
    softened = _soften(sounds)
    if _NAME.search(softened) or _LETTERS_OF_NAMES.search(spelled):
        yield softened
        return
    if name == ALWAYS or sounds == spelled:
        yield sounds
    if name == ALWAYS and ("č" in sounds or "š" in sounds):
        yield softened


def _soften(sounds: str) -> str:
    for pattern, instead in _SOFTENED:
        sounds = pattern.sub(instead, sounds)
    return sounds


@cache
def _find_pieces(name: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(_read_rules()[name], key=len, reverse=True)))


@cache
def _read_rules() -> dict[str, Rules]:
    """Name of a way of writing -> letters -> their sounds."""
    tables = _read_tables()
    return {
        name: {letters: tuple(sounds.split()) for letters, sounds in (tables["common"] | table).items()}
        for name, table in tables.items()
        if name not in {"common", "languages"}
    }


@cache
def _read_tables() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files("indexer").joinpath("romanisation.toml").read_text(encoding="utf-8"))
