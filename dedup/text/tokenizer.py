"""Words of text in plain characters, read by one compiled pass; it gives what the patterns of `text` give.

Plain are the characters that normalisation takes one by one, whatever stands beside them: Latin, Greek, Cyrillic,
Arabic, Hangul, punctuation. Text with others (combining marks, scripts without spaces) is left to the patterns.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Characters = NDArray[np.uint16]
    Kinds = NDArray[np.uint8]
    Hashes = NDArray[np.uint64]

OPENED, CLOSED = 0xE000, 0xE001  # stand for single quotation marks
_NEWLINE, _APOSTROPHE, _GRAVE, _LEFT, _RIGHT = 10, 39, 96, 0x2018, 0x2019
_DOT, _COMMA, _BLANK = 46, 44, 32
_MARKS = frozenset('\n"%“”„«»\ue000\ue001')  # tokens of one character
_MOST_INITIALS = 8
_FEW = 127  # the lowest bits of a character, by which phrases are passed over
_FIRST_SIZE = 1 << 14
_FULL = 0.5
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_FOLD = np.uint64(29)

# What a character is, in bits.
_DIGIT, _LETTER, _WORD, _SPACE, _CAPITAL, _ENDS_QUOTATION, _MARK, _HARD = 1, 2, 4, 8, 16, 32, 64, 128
_PLANE = 1 << 16
_HARD_RANGES = (
    (0x0900, 0x1E00),  # scripts of India, of South-East Asia, parts of Korean syllables
    (0x3040, 0xA000),  # kana, Han
    (0xD800, 0xE000),  # halves of what lies beyond
)
_HARD_ONES = frozenset(
    "Σ\u02bc\u00ad\u200b\ufeff"
)  # whose form hangs on their neighbours, or that are taken out
_CAPITALS = ((0x41, 0x5A), (0xC0, 0xD6), (0xD8, 0xDE), (0x391, 0x3A9), (0x410, 0x42F))


@cache
def classify_characters() -> tuple[Kinds, Characters]:
    """(what every character is, what it becomes) of the 65,536 characters of the first plane."""
    kinds, plain = np.zeros(_PLANE, dtype=np.uint8), np.arange(_PLANE, dtype=np.uint16)
    for code in range(_PLANE):
        character = chr(code)
        if any(first <= code < end for first, end in _HARD_RANGES):
            kinds[code] = _HARD
            continue
        normal = unicodedata.normalize("NFKC", character)
        lower = normal.lower()
        stays = normal == character or (normal == " " and character.isspace())
        if (
            not stays
            or len(lower) != 1
            or unicodedata.category(character).startswith("M")
            or character in _HARD_ONES
        ):
            kinds[code] = _HARD
            continue
        kinds[code] = _tell_kind(character, normal)
        plain[code] = ord(lower)
    kinds[kinds[plain] & _HARD > 0] = _HARD
    return kinds, plain


def _tell_kind(character: str, normal: str) -> int:
    kind = _DIGIT * character.isdecimal() | _SPACE * normal.isspace()
    kind |= _LETTER * (character.isalnum() and not character.isdecimal())
    kind |= _WORD * (character.isalnum() or character == "_") | _MARK * (character in _MARKS)
    kind |= _CAPITAL * any(first <= ord(character) <= last for first, last in _CAPITALS)
    return kind | _ENDS_QUOTATION * (normal.isspace() or character in ".,;:!?)")


@compiled
def _normalise(
    raw: Characters, kinds: Kinds, plain: Characters, phrases: Characters, bounds: NDArray[np.int64]
) -> tuple[bool, Characters]:
    """Lower case, single quotation marks told from apostrophes, phrases in one spelling; false where one is not plain."""
    size, all_kinds, quotations = len(raw), np.uint8(0), False
    text = np.empty(size, dtype=np.uint16)
    for place in range(size):
        character = raw[place]
        text[place] = plain[character]
        all_kinds |= kinds[character]
        quotations |= (character == _APOSTROPHE) | (character == _LEFT)
        quotations |= (character == _RIGHT) | (character == _GRAVE)
    if all_kinds & _HARD:
        return False, text
    if quotations:
        _tell_quotations(raw, text, kinds)
    return True, _fold_phrases(text, kinds, phrases, bounds)


@compiled
def _tell_quotations(raw: Characters, text: Characters, kinds: Kinds) -> None:
    size, opened = len(raw), False
    for place in range(size):
        character = raw[place]
        if character in (_APOSTROPHE, _LEFT):
            follows = place + 1 < size and kinds[raw[place + 1]] & _WORD
            starts = place == 0 or kinds[raw[place - 1]] & _SPACE
            text[place] = OPENED if follows and starts else _APOSTROPHE
            opened = opened or text[place] == OPENED
        elif character in (_RIGHT, _GRAVE):
            text[place] = _APOSTROPHE
    if opened:
        for place in range(size):
            if raw[place] in (_APOSTROPHE, _RIGHT) and text[place] == _APOSTROPHE:
                ends = place + 1 == size or kinds[raw[place + 1]] & _ENDS_QUOTATION
                text[place] = CLOSED if ends else _APOSTROPHE


@compiled
def _fold_phrases(
    text: Characters, kinds: Kinds, phrases: Characters, bounds: NDArray[np.int64]
) -> Characters:
    """The text with its phrases in one spelling; most places are passed over by two characters of a phrase."""
    firsts, seconds = np.zeros(_FEW + 1, dtype=np.uint64), np.zeros(_FEW + 1, dtype=np.uint64)
    for number in range(len(bounds)):
        bit = np.uint64(1) << np.uint64(number & 63)
        firsts[phrases[bounds[number, 0]] & _FEW] |= bit
        seconds[phrases[bounds[number, 0] + 1] & _FEW] |= bit
    size = len(text)
    written = place = 0
    while place < size:
        if place + 1 < size and firsts[text[place] & _FEW] & seconds[text[place + 1] & _FEW]:
            starts = place == 0 or not kinds[text[place - 1]] & _WORD
            number, end = _find_phrase(text, place, kinds, phrases, bounds) if starts else (0, 0)
            if end:
                for spelled in phrases[bounds[number, 1] : bounds[number, 2]]:
                    text[written] = spelled
                    written += 1
                place = end
                continue
        text[written] = text[place]
        written += 1
        place += 1
    return text[:written]


@compiled
def _find_phrase(
    text: Characters, place: int, kinds: Kinds, phrases: Characters, bounds: NDArray[np.int64]
) -> tuple[int, int]:
    """(the phrase that stands here as whole words, where it ends), the second 0 where none does."""
    for number in range(len(bounds)):
        start = bounds[number, 0]
        if phrases[start] == text[place] and place + 1 < len(text) and phrases[start + 1] == text[place + 1]:
            end = _match(text, place, kinds, phrases, start, bounds[number, 1])
            if end:
                return number, end
    return 0, 0


@compiled
def _match(text: Characters, place: int, kinds: Kinds, phrases: Characters, start: int, end: int) -> int:
    """Where the phrase ends that stands here as whole words; 0 where it does not."""
    if place + end - start > len(text):
        return 0
    for letter in phrases[start:end]:
        if letter == _BLANK:
            if not kinds[text[place]] & _SPACE:
                return 0
        elif text[place] != letter:
            return 0
        place += 1
    if place < len(text) and kinds[text[place]] & _WORD:
        return 0
    return place


@compiled
def _end_number(text: Characters, place: int, kinds: Kinds) -> int:
    size, end = len(text), place + 1
    while end < size:
        if kinds[text[end]] & _DIGIT:
            end += 1
        elif text[end] in (_DOT, _COMMA) and end + 1 < size and kinds[text[end + 1]] & _DIGIT:
            end += 2
        else:
            break
    return end


@compiled
def _end_token(text: Characters, place: int, kinds: Kinds) -> int:
    """Where the token ends that begins here; its own beginning where none does."""
    size, kind = len(text), kinds[text[place]]
    if kind & _DIGIT:
        return _end_number(text, place, kinds)
    if kind & _LETTER:
        end, initials = place, 0
        while (
            initials < _MOST_INITIALS
            and end + 1 < size
            and kinds[text[end]] & _LETTER
            and text[end + 1] == _DOT
        ):
            end += 2
            initials += 1
        if initials > 1:
            return end
    if kind & _WORD:
        end = place + 1
        while end < size and kinds[text[end]] & _WORD:
            end += 1
        if end + 1 < size and text[end] == _APOSTROPHE and kinds[text[end + 1]] & _WORD:
            end += 2
            while end < size and kinds[text[end]] & _WORD:
                end += 1
        return end
    return place + 1 if kind & _MARK else place


@compiled
def _mix(hashed: np.uint64, character: int) -> np.uint64:
    hashed = (hashed ^ np.uint64(character)) * _PRIME
    return hashed ^ (hashed >> _FOLD)


@compiled
def _finish(hashed: np.uint64) -> np.uint64:
    hashed *= _MIX
    return (hashed ^ (hashed >> _FOLD)) or np.uint64(1)


@compiled
def _hash_names(
    raw: Characters, kinds: Kinds, plain: Characters, seed: int
) -> tuple[Hashes, NDArray[np.int64]]:
    """(hash, start and end) of what stands in capitals after a word in small letters, one blank between."""
    room = len(raw) // 2 + 1
    hashes, places = np.empty(room, dtype=np.uint64), np.empty((room, 2), dtype=np.int64)
    found = 0
    for place in range(2, len(raw) - 1):
        if not kinds[raw[place]] & _CAPITAL or raw[place - 1] != _BLANK:
            continue
        before = kinds[raw[place - 2]]
        if before & _LETTER and not before & _CAPITAL and kinds[raw[place + 1]] & _WORD:
            hashed, end = np.uint64(seed), place
            while end < len(raw) and kinds[raw[end]] & _WORD:
                hashed = _mix(hashed, plain[raw[end]])
                end += 1
            hashes[found] = _finish(hashed)
            places[found, 0], places[found, 1] = place, end
            found += 1
    return hashes[:found], places[:found]


@compiled
def _hash_tokens(text: Characters, kinds: Kinds, seed: int) -> tuple[Hashes, NDArray[np.int64]]:
    """(hash, start and end) of every token."""
    size = len(text)
    hashes, places = np.empty(size, dtype=np.uint64), np.empty((size, 2), dtype=np.int64)
    place, found = 0, 0
    while place < size:
        kind = kinds[text[place]]
        if not kind & (_DIGIT | _WORD | _MARK):
            place += 1
            continue
        hashed, end = np.uint64(seed), place
        if kind & _LETTER:  # most are words of letters, hashed while their end is looked for
            while end < size and kinds[text[end]] & _WORD:
                hashed = _mix(hashed, text[end])
                end += 1
            followed = end < size and (text[end] == _APOSTROPHE or (text[end] == _DOT and end == place + 1))
            if followed:
                hashed, end = np.uint64(seed), place
        if end == place:
            end = _end_token(text, place, kinds)
            for inner in range(place, end):
                hashed = _mix(hashed, text[inner])
        hashes[found] = _finish(hashed)
        places[found, 0], places[found, 1] = place, end
        found += 1
        place = end
    return hashes[:found], places[:found]


@compiled
def _read(
    raw: Characters,
    kinds: Kinds,
    plain: Characters,
    phrases: Characters,
    bounds: NDArray[np.int64],
    seed: int,
) -> tuple[bool, Characters, Hashes, NDArray[np.int64], Hashes, NDArray[np.int64]]:
    """(whether all is plain, the text as it is divided, hashes and places of its tokens, of the names in `raw`)."""
    is_plain, text = _normalise(raw, kinds, plain, phrases, bounds)
    size = len(raw) if is_plain else 0
    hashes, places = _hash_tokens(text[:size], kinds, seed)
    names, name_places = _hash_names(raw[:size], kinds, plain, seed)
    return is_plain, text, hashes, places, names, name_places


@compiled
def _look_up(hashes: Hashes, keys: Hashes, values: Hashes) -> tuple[Hashes, NDArray[np.int64]]:
    """(the value of each hash, the places of those whose value is not known)."""
    given, unknown = np.empty(len(hashes), dtype=np.uint64), np.empty(len(hashes), dtype=np.int64)
    mask, missing = np.uint64(len(keys) - 1), 0
    for number in range(len(hashes)):
        place = hashes[number] & mask
        while keys[place] != hashes[number] and keys[place] != 0:
            place = (place + np.uint64(1)) & mask
        given[number] = values[place]
        if keys[place] == 0:
            unknown[missing] = number
            missing += 1
    return given, unknown[:missing]


@compiled
def _keep(hashes: Hashes, given: Hashes, keys: Hashes, values: Hashes) -> None:
    """Put down hashes that are not there yet; 0 is none."""
    mask = np.uint64(len(keys) - 1)
    for number in range(len(hashes)):
        if hashes[number] != 0:
            place = hashes[number] & mask
            while keys[place] != 0:
                place = (place + np.uint64(1)) & mask
            keys[place], values[place] = hashes[number], given[number]


class Tokens:
    """Tokens as their values, each value asked for once.

    Args:
        value_of: token -> its 64-bit value.
        phrases: phrase -> what it becomes before the text is divided, none longer than the phrase. Of two that fit
            at a place the longer is taken.
        seed: of the table's own hashes.
        room: how many tokens are kept before the table is emptied.
    """

    def __init__(
        self, value_of: Callable[[str], int], phrases: Mapping[str, str], *, seed: int, room: int
    ) -> None:
        self._value_of, self._seed, self._room = value_of, seed, room
        told = sorted(phrases.items(), key=lambda phrase: len(phrase[0]), reverse=True)
        self._phrases = _encode("".join(map("".join, told)))
        bounds, start = [], 0
        for phrase, folded in told:
            middle = start + len(phrase)
            bounds.append((start, middle, middle + len(folded)))
            start = middle + len(folded)
        self._bounds = np.array(bounds, dtype=np.int64).reshape(-1, 3)
        self._clear(_FIRST_SIZE)

    def _clear(self, size: int) -> None:
        self._keys, self._values = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.uint64)
        self._count = 0

    def read(self, body: str) -> tuple[Hashes, Hashes] | None:
        """(values of all tokens in order, values of the names), or None where a character is not plain."""
        kinds, plain = classify_characters()
        raw = _encode(body)
        is_plain, text, hashes, places, names, name_places = _read(
            raw, kinds, plain, self._phrases, self._bounds, self._seed
        )
        if not is_plain:
            return None
        return self._find_values(text, hashes, places), self._find_values(raw, names, name_places)

    def _find_values(self, text: Characters, hashes: Hashes, places: NDArray[np.int64]) -> Hashes:
        given, unknown = _look_up(hashes, self._keys, self._values)
        if len(unknown):
            spelled = text.tobytes().decode("utf-16-le", "surrogatepass")  # a plain character is one unit
            missing, fresh = hashes[unknown].tolist(), dict[int, int]()
            for hashed, (start, end) in zip(missing, places[unknown].tolist(), strict=True):
                if hashed not in fresh:
                    fresh[hashed] = self._value_of(spelled[start:end].lower())
            given[unknown] = np.array([fresh[hashed] for hashed in missing], dtype=np.uint64)
            self._learn(fresh)
        return given

    def _learn(self, fresh: Mapping[int, int]) -> None:
        if self._count + len(fresh) > self._room:
            self._clear(_FIRST_SIZE)
        size, count, keys, values = len(self._keys), self._count, self._keys, self._values
        while count + len(fresh) > _FULL * size:
            size *= 2
        if size > len(keys):
            self._clear(size)
            _keep(keys, values, self._keys, self._values)
        hashes, given = (np.array(list(part), dtype=np.uint64) for part in (fresh, fresh.values()))
        _keep(hashes, given, self._keys, self._values)
        self._count = count + len(fresh)


def _encode(text: str) -> Characters:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2").astype(np.uint16)
