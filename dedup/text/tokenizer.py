"""Reads the words of text in plain characters by one compiled pass, with the result of the patterns of `words`.

Plain are the characters that normalisation takes one by one, whatever their neighbours: Latin, Greek, Cyrillic,
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

OPENED, CLOSED = 0xE000, 0xE001  # replace single quotation marks
_NEWLINE, _APOSTROPHE, _GRAVE, _LEFT, _RIGHT = 10, 39, 96, 0x2018, 0x2019
_DOT, _COMMA, _BLANK = 46, 44, 32
_MARKS = frozenset('\n"%“”„«»\ue000\ue001')  # tokens of one character
_MOST_INITIALS = 8
_FEW = 127  # mask of a character's lowest bits, by which most positions are known to begin no phrase
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
    (0xD800, 0xE000),  # halves of characters beyond the first plane
)
_SYLLABLES = slice(0xAC00, 0xD7A4)  # of Korean, each a letter of its own: a sixth of all characters
_HARD_ONES = frozenset(
    "Σ\u02bc\u00ad\u200b\u200c\u200d\ufeff٫٬\u05c0\u05c3\u05c6\u06dd\u06de\u06e9"
)  # their form depends on their neighbours, or they are taken out
_CAPITALS = ((0x41, 0x5A), (0xC0, 0xD6), (0xD8, 0xDE), (0x391, 0x3A9), (0x410, 0x42F))


@cache
def classify_characters() -> tuple[Kinds, Characters]:
    """(what every character is, what it becomes) of the 65,536 characters of the first plane."""
    kinds, plain = np.zeros(_PLANE, dtype=np.uint8), np.arange(_PLANE, dtype=np.uint16)
    for first, end in _HARD_RANGES:
        kinds[first:end] = _HARD
    kinds[_SYLLABLES] = _LETTER | _WORD
    for code in range(_PLANE):
        if kinds[code]:
            continue
        character = chr(code)
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
        kinds[code] = _kind_of(character, normal)
        plain[code] = ord(lower)
    kinds[kinds[plain] & _HARD > 0] = _HARD
    return kinds, plain


def _kind_of(character: str, normal: str) -> int:
    kind = _DIGIT * character.isdecimal() | _SPACE * normal.isspace()
    kind |= _LETTER * (character.isalnum() and not character.isdecimal())
    kind |= _WORD * (character.isalnum() or character == "_") | _MARK * (character in _MARKS)
    kind |= _CAPITAL * any(first <= ord(character) <= last for first, last in _CAPITALS)
    return kind | _ENDS_QUOTATION * (normal.isspace() or character in ".,;:!?)")


@compiled
def _normalise(
    raw: Characters, kinds: Kinds, plain: Characters, phrases: Characters, bounds: NDArray[np.int64]
) -> tuple[bool, Characters]:
    """(true where all is plain, the text in lower case, single quotation marks replaced, phrases in one spelling)."""
    size, all_kinds, quotations = len(raw), np.uint8(0), False
    text = np.empty(size, dtype=np.uint16)
    for position in range(size):
        character = raw[position]
        text[position] = plain[character]
        all_kinds |= kinds[character]
        quotations |= (character == _APOSTROPHE) | (character == _LEFT)
        quotations |= (character == _RIGHT) | (character == _GRAVE)
    if all_kinds & _HARD:
        return False, text
    if quotations:
        _mark_quotations(raw, text, kinds)
    return True, _fold_phrases(text, kinds, phrases, bounds)


@compiled
def _mark_quotations(raw: Characters, text: Characters, kinds: Kinds) -> None:
    size, opened = len(raw), False
    for position in range(size):
        character = raw[position]
        if character in (_APOSTROPHE, _LEFT):
            follows = position + 1 < size and kinds[raw[position + 1]] & _WORD
            starts = position == 0 or kinds[raw[position - 1]] & _SPACE
            text[position] = OPENED if follows and starts else _APOSTROPHE
            opened = opened or text[position] == OPENED
        elif character in (_RIGHT, _GRAVE):
            text[position] = _APOSTROPHE
    if opened:
        for position in range(size):
            if raw[position] in (_APOSTROPHE, _RIGHT) and text[position] == _APOSTROPHE:
                ends = position + 1 == size or kinds[raw[position + 1]] & _ENDS_QUOTATION
                text[position] = CLOSED if ends else _APOSTROPHE


@compiled
def _fold_phrases(
    text: Characters, kinds: Kinds, phrases: Characters, bounds: NDArray[np.int64]
) -> Characters:
    """The text with its phrases in one spelling; the first two characters rule out most positions."""
    firsts, seconds = np.zeros(_FEW + 1, dtype=np.uint64), np.zeros(_FEW + 1, dtype=np.uint64)
    for number in range(len(bounds)):
        bit = np.uint64(1) << np.uint64(number & 63)
        firsts[phrases[bounds[number, 0]] & _FEW] |= bit
        seconds[phrases[bounds[number, 0] + 1] & _FEW] |= bit
    size = len(text)
    written = position = 0
    while position < size:
        if position + 1 < size and firsts[text[position] & _FEW] & seconds[text[position + 1] & _FEW]:
            starts = position == 0 or not kinds[text[position - 1]] & _WORD
            number, end = _find_phrase(text, position, kinds, phrases, bounds) if starts else (0, 0)
            if end:
                for spelled in phrases[bounds[number, 1] : bounds[number, 2]]:
                    text[written] = spelled
                    written += 1
                position = end
                continue
        text[written] = text[position]
        written += 1
        position += 1
    return text[:written]


@compiled
def _find_phrase(
    text: Characters, position: int, kinds: Kinds, phrases: Characters, bounds: NDArray[np.int64]
) -> tuple[int, int]:
    """(number of the phrase that is here in whole words, where it ends); the end is 0 where there is none."""
    for number in range(len(bounds)):
        start = bounds[number, 0]
        if (
            phrases[start] == text[position]
            and position + 1 < len(text)
            and phrases[start + 1] == text[position + 1]
        ):
            end = _match(text, position, kinds, phrases, start, bounds[number, 1])
            if end:
                return number, end
    return 0, 0


@compiled
def _match(text: Characters, position: int, kinds: Kinds, phrases: Characters, start: int, end: int) -> int:
    """Where the phrase ends, if it is here in whole words; else 0."""
    if position + end - start > len(text):
        return 0
    for letter in phrases[start:end]:
        if letter == _BLANK:
            if not kinds[text[position]] & _SPACE:
                return 0
        elif text[position] != letter:
            return 0
        position += 1
    if position < len(text) and kinds[text[position]] & _WORD:
        return 0
    return position


@compiled
def _end_number(text: Characters, position: int, kinds: Kinds) -> int:
    size, end = len(text), position + 1
    while end < size:
        if kinds[text[end]] & _DIGIT:
            end += 1
        elif text[end] in (_DOT, _COMMA) and end + 1 < size and kinds[text[end + 1]] & _DIGIT:
            end += 2
        else:
            break
    return end


@compiled
def _end_token(text: Characters, position: int, kinds: Kinds) -> int:
    """Where the token that begins here ends; the position itself where none begins."""
    size, kind = len(text), kinds[text[position]]
    if kind & _DIGIT:
        return _end_number(text, position, kinds)
    if kind & _LETTER:
        end, initials = position, 0
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
        end = position + 1
        while end < size and kinds[text[end]] & _WORD:
            end += 1
        if end + 1 < size and text[end] == _APOSTROPHE and kinds[text[end + 1]] & _WORD:
            end += 2
            while end < size and kinds[text[end]] & _WORD:
                end += 1
        return end
    return position + 1 if kind & _MARK else position


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
    """(hash, start and end) of each word with a capital that follows a word in small letters and one blank."""
    room = len(raw) // 2 + 1
    hashes, spans = np.empty(room, dtype=np.uint64), np.empty((room, 2), dtype=np.int64)
    found = 0
    for position in range(2, len(raw) - 1):
        if not kinds[raw[position]] & _CAPITAL or raw[position - 1] != _BLANK:
            continue
        before = kinds[raw[position - 2]]
        if before & _LETTER and not before & _CAPITAL and kinds[raw[position + 1]] & _WORD:
            hashed, end = np.uint64(seed), position
            while end < len(raw) and kinds[raw[end]] & _WORD:
                hashed = _mix(hashed, plain[raw[end]])
                end += 1
            hashes[found] = _finish(hashed)
            spans[found, 0], spans[found, 1] = position, end
            found += 1
    return hashes[:found], spans[:found]


@compiled
def _hash_tokens(text: Characters, kinds: Kinds, seed: int) -> tuple[Hashes, NDArray[np.int64]]:
    """(hash, start and end) of every token."""
    size = len(text)
    hashes, spans = np.empty(size, dtype=np.uint64), np.empty((size, 2), dtype=np.int64)
    position, found = 0, 0
    while position < size:
        kind = kinds[text[position]]
        if not kind & (_DIGIT | _WORD | _MARK):
            position += 1
            continue
        hashed, end = np.uint64(seed), position
        if kind & _LETTER:  # most are words of letters, hashed while their end is looked for
            while end < size and kinds[text[end]] & _WORD:
                hashed = _mix(hashed, text[end])
                end += 1
            followed = end < size and (
                text[end] == _APOSTROPHE or (text[end] == _DOT and end == position + 1)
            )
            if followed:
                hashed, end = np.uint64(seed), position
        if end == position:
            end = _end_token(text, position, kinds)
            for inner in range(position, end):
                hashed = _mix(hashed, text[inner])
        hashes[found] = _finish(hashed)
        spans[found, 0], spans[found, 1] = position, end
        found += 1
        position = end
    return hashes[:found], spans[:found]


@compiled
def _read(
    raw: Characters,
    kinds: Kinds,
    plain: Characters,
    phrases: Characters,
    bounds: NDArray[np.int64],
    seed: int,
) -> tuple[bool, Characters, Hashes, NDArray[np.int64], Hashes, NDArray[np.int64]]:
    """(true where all is plain, the normalised text, hashes and spans of its tokens, of the names in `raw`)."""
    is_plain, text = _normalise(raw, kinds, plain, phrases, bounds)
    size = len(raw) if is_plain else 0
    hashes, spans = _hash_tokens(text[:size], kinds, seed)
    names, name_spans = _hash_names(raw[:size], kinds, plain, seed)
    return is_plain, text, hashes, spans, names, name_spans


@compiled
def _look_up(hashes: Hashes, keys: Hashes, values: Hashes) -> tuple[Hashes, NDArray[np.int64]]:
    """(the value of each hash, the indices of those whose value is not known)."""
    given, unknown = np.empty(len(hashes), dtype=np.uint64), np.empty(len(hashes), dtype=np.int64)
    mask, missing = np.uint64(len(keys) - 1), 0
    for number in range(len(hashes)):
        slot = hashes[number] & mask
        while keys[slot] != hashes[number] and keys[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        given[number] = values[slot]
        if keys[slot] == 0:
            unknown[missing] = number
            missing += 1
    return given, unknown[:missing]


@compiled
def _keep(hashes: Hashes, given: Hashes, keys: Hashes, values: Hashes) -> None:
    """Put hashes that are not there yet into the table; a hash of 0 is skipped."""
    mask = np.uint64(len(keys) - 1)
    for number in range(len(hashes)):
        if hashes[number] != 0:
            slot = hashes[number] & mask
            while keys[slot] != 0:
                slot = (slot + np.uint64(1)) & mask
            keys[slot], values[slot] = hashes[number], given[number]


class Tokens:
    """The 64-bit values of a text's tokens, from a table that computes each value once.

    Args:
        value_of: token -> its 64-bit value.
        phrases: phrase -> its spelling, which is no longer than the phrase. Of two that fit at one position the longer
            is taken.
        seed: of the table's own hashes.
        room: how many tokens the table holds before it is emptied.
    """

    def __init__(
        self, value_of: Callable[[str], int], phrases: Mapping[str, str], *, seed: int, room: int
    ) -> None:
        self._value_of, self._seed, self._room = value_of, seed, room
        longest_first = sorted(phrases.items(), key=lambda phrase: len(phrase[0]), reverse=True)
        self._phrases = _encode("".join(map("".join, longest_first)))
        bounds, start = [], 0
        for phrase, folded in longest_first:
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
        is_plain, text, hashes, spans, names, name_spans = _read(
            raw, kinds, plain, self._phrases, self._bounds, self._seed
        )
        if not is_plain:
            return None
        return self._find_values(text, hashes, spans), self._find_values(raw, names, name_spans)

    def _find_values(self, text: Characters, hashes: Hashes, spans: NDArray[np.int64]) -> Hashes:
        given, unknown = _look_up(hashes, self._keys, self._values)
        if len(unknown):
            spelled = text.tobytes().decode("utf-16-le", "surrogatepass")  # a plain character is one unit
            missing, fresh = hashes[unknown].tolist(), dict[int, int]()
            for hashed, (start, end) in zip(missing, spans[unknown].tolist(), strict=True):
                if hashed not in fresh:
                    fresh[hashed] = self._value_of(spelled[start:end].lower())
            given[unknown] = np.fromiter(map(fresh.__getitem__, missing), np.uint64, len(missing))
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
        hashes, given = (np.fromiter(part, np.uint64, len(fresh)) for part in (fresh, fresh.values()))
        _keep(hashes, given, self._keys, self._values)
        self._count = count + len(fresh)


def _encode(text: str) -> Characters:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2").astype(np.uint16)
