"""Verbatim copies in other letters: native digits, lost accents and vowel points, capitals, letters of another keyboard.

The texts are rows of invented words in a language's letters. Beside each stands a twin with other words and figures.
"""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = 120
_BARE = str.maketrans("đłı", "dli")
_FIGURE = re.compile(r"[0-9]")
_HARAKAT = "\u064b\u064e\u064f\u0650\u0652"
_POINTS = "\u05b0\u05b4\u05b7\u05b8\u05bc"


@dataclass(frozen=True, slots=True)
class Script:
    """The letters of a language, its own digits, and letters that others type for some of its own."""

    letters: str
    digits: str = ""
    typed: tuple[tuple[str, str], ...] = ()
    marks: str = ""  # put over letters, or left out


def _digits(first: str) -> str:
    return "".join(chr(ord(first) + number) for number in range(10))


SCRIPTS = {
    "hi": Script("अआइईउएकखगघचजटडतदनपबमयरलवसह", _digits("०")),
    "bn": Script("অআইউএকখগচজটডতদনপবমযরলসহ", _digits("০")),
    "gu": Script("અઆઇઉએકખગચજટડતદનપબમયરલવસહ", _digits("૦")),
    "ta": Script("அஆஇஉஎகசடதநபமயரலவழளறன", _digits("௦")),
    "te": Script("అఆఇఉఎకఖగచజటడతదనపబమయరలవసహ", _digits("౦")),
    "my": Script("ကခဂငစဆညတထဒနပဖဗမယရလဝသဟ", _digits("၀")),
    "th": Script("กขคงจชดตทนบปพมยรลวสห", _digits("๐")),
    "km": Script("កខគងចជដតទនបពមយរលវសហ", _digits("០")),
    "ar": Script(
        "ابتثجحدرسشصطعغفقلمنهويأإآىة",
        _digits("٠"),
        (("أ", "ا"), ("إ", "ا"), ("ى", "ي"), ("ة", "ه")),
        _HARAKAT,
    ),
    "fa": Script("ابپتجچدرسشفقکگلمنوی", _digits("۰"), (("ی", "ي"), ("ک", "ك"))),
    "ur": Script("ابپتٹجدڈرسشفقکگلمنوی", _digits("۰"), (("ی", "ي"), ("ک", "ك")), _HARAKAT),
    "he": Script("אבגדהוזחטיכלמנסעפצקרשת", "", (), _POINTS),
    "cs": Script("abcčdďeéěhiíjklmnňoprřsštťuúůvyýzž"),
    "pl": Script("aąbcćdeęgijklłmnńoóprsśtuwyzźż"),
    "vi": Script("aăâbcdđeêghiklmnoôơpqrstuưvxyáàạảãếềệốộứừự"),
    "tr": Script("abcçdefgğhıijklmnoöprsştuüvyz"),
    "hu": Script("aábcdeéfghiíjklmnoóöőprstuúüűvz"),
    "ro": Script("aăâbcdefghiîjlmnoprsștțuvz", "", (("ș", "ş"), ("ț", "ţ"))),
    "el": Script("αάβγδεέζηήθιίκλμνξοόπρστυύφχψωώ"),
    "de": Script("abcdefghiklmnoprstuwzäöüß", "", (("ß", "ss"),)),
}


def write_foldings(*, seed: int = 1) -> LabelledSet:
    """A text in each language with verbatim copies in every way of typing it, and a twin with other words and figures."""
    pieces = [piece for language in SCRIPTS for piece in _write_language(language, seed)]
    return in_order("foldings", pieces)


def _write_language(language: str, seed: int) -> Iterator[Piece]:
    chance = random.Random(f"folding {language} {seed}")
    script, t = SCRIPTS[language], NOON + chance.uniform(0, DAY)
    text = _write_text(script, chance)
    yield Piece(language, text, f"Agency {language}", t)
    for number, (kind, copy) in enumerate(list_typings(script, text, chance)):
        yield Piece(language, copy, f"Outlet {number} {language}", t + (number + 1) * 0.3 * HOUR, kind)
    yield Piece(f"twin {language}", _write_text(script, chance), f"Agency {language}", t + HOUR, "twin")


def _write_text(script: Script, chance: random.Random) -> str:
    words = [_write_word(script, chance, place) for place in range(_WORDS)]
    return "\n\n".join(" ".join(words[start : start + 30]) + "." for start in range(0, _WORDS, 30))


def _write_word(script: Script, chance: random.Random, place: int) -> str:
    if place % 9 == 4:  # noqa: PLR2004
        return f"{chance.randint(2, 90_000):,}"
    return "".join(chance.choices(script.letters, k=chance.randint(2, 8)))


def list_typings(script: Script, text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(what was done, the text so typed) for every way that applies to the script."""
    yield "decomposed", unicodedata.normalize("NFD", text)
    if script.digits:
        yield "native digits", _FIGURE.sub(lambda figure: script.digits[int(figure[0])], text)
    if script.typed:
        yield "other keyboard", _type(text, script)
    if script.marks:
        pointed = "".join(one + (chance.choice(script.marks) if one.isalpha() else "") for one in text)
        yield "points", pointed
    if script.letters[0].upper() != script.letters[0]:
        capitals = text.replace("i", "İ") if "ı" in script.letters else text
        yield "capitals", capitals.upper()
        bare = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
        yield "accents lost", bare.translate(_BARE)
    if "ا" in script.letters:
        yield "tatweel", re.sub(r"(?<=[سشقفتبن])(?=\w)", "\u0640\u0640", text)


def _type(text: str, script: Script) -> str:
    for ours, theirs in script.typed:
        text = text.replace(ours, theirs)
    return text
