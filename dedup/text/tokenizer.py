"""Reads the words of text in plain characters by one compiled pass, with the result of the patterns of `words`.

Plain are the characters that normalisation takes one by one, whatever their neighbours: Latin, Greek, Cyrillic,
Arabic, Hangul, punctuation. Text with others (combining marks, scripts without spaces) is left to the patterns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.text.characters import (
    CAPITAL,
    DIGIT,
    ENDS_QUOTATION,
    HARD,
    LETTER,
    MARK,
    SPACE,
    WORD,
    classify_characters,
)
from dedup.text.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Characters = NDArray[np.uint16]
    Kinds = NDArray[np.uint8]
    Hashes = NDArray[np.uint64]
    Places = NDArray[np.int32]
    Spans = NDArray[np.int32]  # [n, 2]: start and end; [n, 3] of what is unknown: index, start and end
    # letters of the phrases and their spellings; [n, 3]: where each begins, its spelling begins and ends; by the lowest
    # bits of a character, the phrases that have it first, and second
    Phrases = tuple[Characters, NDArray[np.int64], Hashes, Hashes]

OPENED, CLOSED = 0xE000, 0xE001  # replace single quotation marks
_NEWLINE, _APOSTROPHE, _GRAVE, _LEFT, _RIGHT = 10, 39, 96, 0x2018, 0x2019
_DOT, _COMMA, _BLANK = 46, 44, 32
_MOST_INITIALS = 8
_FEW = 127  # mask of a character's lowest bits, by which most positions are known to begin no phrase
_FIRST_SIZE = 1 << 14
_FULL = 0.5
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_FOLD = np.uint64(29)


@compiled
def _normalise(
    raw: Characters, kinds: Kinds, plain: Characters, phrases: Phrases
) -> tuple[bool, Characters, Places]:
    """(true where all is plain, the text in one spelling, where a capital follows a blank).

    One spelling: lower case, single quotation marks and phrases replaced.
    """
    size, all_kinds = len(raw), np.uint8(0)
    text, capitals = np.empty(size, np.uint16), np.empty(size, np.int32)
    quotes, places = np.empty(size, np.int32), np.empty(size, np.int32)
    firsts, seconds = phrases[2], phrases[3]
    capital_count = quote_count = place_count = 0
    begun = np.uint64(0)  # the phrases that begin with the last character
    for position in range(size):
        character = raw[position]
        kind, lower = kinds[character], plain[character]
        text[position] = lower
        all_kinds |= kind
        if begun & seconds[lower & _FEW]:
            places[place_count] = position - 1
            place_count += 1
        begun = firsts[lower & _FEW]
        if kind & CAPITAL and position > 1 and raw[position - 1] == _BLANK:
            capitals[capital_count] = position
            capital_count += 1
        elif character in (_APOSTROPHE, _LEFT, _RIGHT, _GRAVE):
            quotes[quote_count] = position
            quote_count += 1
    if all_kinds & HARD:
        return False, text, capitals[:0]
    _mark_quotations(raw, text, quotes[:quote_count], kinds)
    return True, _fold_phrases(text, places[:place_count], kinds, phrases), capitals[:capital_count]


@compiled
def _mark_quotations(raw: Characters, text: Characters, quotes: Places, kinds: Kinds) -> None:
    size, opened = len(raw), False
    for position in quotes:
        character = raw[position]
        text[position] = _APOSTROPHE
        if character in (_APOSTROPHE, _LEFT):
            follows = position + 1 < size and kinds[raw[position + 1]] & WORD
            starts = position == 0 or kinds[raw[position - 1]] & SPACE
            if follows and starts:
                text[position] = OPENED
                opened = True
    if opened:
        for position in quotes:
            if raw[position] in (_APOSTROPHE, _RIGHT) and text[position] == _APOSTROPHE:
                ends = position + 1 == size or kinds[raw[position + 1]] & ENDS_QUOTATION
                text[position] = CLOSED if ends else _APOSTROPHE


@compiled
def _fold_phrases(text: Characters, places: Places, kinds: Kinds, phrases: Phrases) -> Characters:
    """The text with its phrases in one spelling; `places` is where their first two characters are."""
    read = written = 0
    for position in places:
        if position < read or (position and kinds[text[position - 1]] & WORD):
            continue  # inside a phrase, or a word
        number, end = _find_phrase(text, position, kinds, phrases)
        if end:
            for between in text[read:position]:
                text[written] = between
                written += 1
            for spelled in phrases[0][phrases[1][number, 1] : phrases[1][number, 2]]:
                text[written] = spelled
                written += 1
            read = end
    if not read:
        return text
    for between in text[read:]:
        text[written] = between
        written += 1
    return text[:written]


@compiled
def _find_phrase(text: Characters, position: int, kinds: Kinds, phrases: Phrases) -> tuple[int, int]:
    """(number of the phrase that is here in whole words, where it ends); the end is 0 where there is none."""
    letters, bounds = phrases[0], phrases[1]
    for number in range(len(bounds)):
        start = bounds[number, 0]
        if letters[start] == text[position] and letters[start + 1] == text[position + 1]:
            end = _match(text, position, kinds, letters, start, bounds[number, 1])
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
            if not kinds[text[position]] & SPACE:
                return 0
        elif text[position] != letter:
            return 0
        position += 1
    if position < len(text) and kinds[text[position]] & WORD:
        return 0
    return position


@compiled
def _end_number(text: Characters, position: int, kinds: Kinds) -> int:
    size, end = len(text), position + 1
    while end < size:
        if kinds[text[end]] & DIGIT:
            end += 1
        elif text[end] in (_DOT, _COMMA) and end + 1 < size and kinds[text[end + 1]] & DIGIT:
            end += 2
        else:
            break
    return end


@compiled
def _end_token(text: Characters, position: int, kinds: Kinds) -> int:
    """Where the token that begins here ends; the position itself where none begins."""
    size, kind = len(text), kinds[text[position]]
    if kind & DIGIT:
        return _end_number(text, position, kinds)
    if kind & LETTER:
        end, initials = position, 0
        while (
            initials < _MOST_INITIALS
            and end + 1 < size
            and kinds[text[end]] & LETTER
            and text[end + 1] == _DOT
        ):
            end += 2
            initials += 1
        if initials > 1:
            return end
    if kind & WORD:
        end = position + 1
        while end < size and kinds[text[end]] & WORD:
            end += 1
        if end + 1 < size and text[end] == _APOSTROPHE and kinds[text[end + 1]] & WORD:
            end += 2
            while end < size and kinds[text[end]] & WORD:
                end += 1
        return end
    return position + 1 if kind & MARK else position


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
    raw: Characters, capitals: Places, kinds: Kinds, plain: Characters, seed: int
) -> tuple[Hashes, Spans]:
    """(hash, start and end) of each word with a capital that follows a word in small letters and one blank."""
    hashes, spans = np.empty(len(capitals), dtype=np.uint64), np.empty((len(capitals), 2), dtype=np.int32)
    found = 0
    for position in capitals:
        before = kinds[raw[position - 2]]
        follows = position + 1 < len(raw) and kinds[raw[position + 1]] & WORD
        if follows and before & LETTER and not before & CAPITAL:
            hashed, end = np.uint64(seed), position
            while end < len(raw) and kinds[raw[end]] & WORD:
                hashed = _mix(hashed, plain[raw[end]])
                end += 1
            hashes[found] = _finish(hashed)
            spans[found, 0], spans[found, 1] = position, end
            found += 1
    return hashes[:found], spans[:found]


@compiled
def _hash_tokens(text: Characters, kinds: Kinds, seed: int) -> tuple[Hashes, Spans]:
    """(hash, start and end) of every token."""
    size = len(text)
    hashes, spans = np.empty(size, dtype=np.uint64), np.empty((size, 2), dtype=np.int32)
    position, found = 0, 0
    while position < size:
        kind = kinds[text[position]]
        if not kind & (DIGIT | WORD | MARK):
            position += 1
            continue
        hashed, end = np.uint64(seed), position
        if kind & LETTER:  # most are words of letters, hashed while their end is looked for
            while end < size and kinds[text[end]] & WORD:
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
    phrases: Phrases,
    seed: int,
    keys: Hashes,
    values: Hashes,
) -> tuple[bool, Characters, Hashes, int, Spans]:
    """(true where all is plain, the normalised text, values of its tokens and of the names in `raw`, how many are tokens, the unknown).

    What is unknown has its hash in place of a value; a name's span is one of `raw`.
    """
    is_plain, text, capitals = _normalise(raw, kinds, plain, phrases)
    tokens, spans = _hash_tokens(text[: len(text) if is_plain else 0], kinds, seed)
    names, name_spans = _hash_names(raw, capitals, kinds, plain, seed)
    hashes, count = np.concatenate((tokens, names)), len(tokens)
    unknown, missing = np.empty((len(hashes), 3), dtype=np.int32), 0
    mask = np.uint64(len(keys) - 1)
    for number in range(len(hashes)):
        slot = hashes[number] & mask
        while keys[slot] != hashes[number] and keys[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        if keys[slot] == 0:
            span = spans[number] if number < count else name_spans[number - count]
            unknown[missing, 0], unknown[missing, 1], unknown[missing, 2] = number, span[0], span[1]
            missing += 1
        else:
            hashes[number] = values[slot]
    return is_plain, text, hashes, count, unknown[:missing]


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
        self._phrases = _lay_out(phrases)
        self._clear(_FIRST_SIZE)

    def _clear(self, size: int) -> None:
        self._keys, self._values = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.uint64)
        self._count = 0

    def read(self, body: str) -> tuple[Hashes, Hashes] | None:
        """(values of all tokens in order, values of the names), or None where a character is not plain."""
        kinds, plain = classify_characters()
        is_plain, text, values, tokens, unknown = _read(
            _encode(body), kinds, plain, self._phrases, self._seed, self._keys, self._values
        )
        if not is_plain:
            return None
        if len(unknown):
            self._find_values(body, text, values, tokens, unknown)
        return values[:tokens], values[tokens:]

    def _find_values(self, body: str, text: Characters, values: Hashes, tokens: int, unknown: Spans) -> None:
        """Put the values of what is unknown in their places, and learn them."""
        spelled = text.tobytes().decode("utf-16-le", "surrogatepass")  # a plain character is one unit
        fresh: dict[int, int] = {}
        places = unknown[:, 0]
        missing = values[places].tolist()
        for hashed, (place, start, end) in zip(missing, unknown.tolist(), strict=True):
            if hashed not in fresh:
                token = spelled[start:end] if place < tokens else body[start:end].lower()
                fresh[hashed] = self._value_of(token)
        values[places] = [fresh[hashed] for hashed in missing]
        self._learn(fresh)

    def _learn(self, fresh: Mapping[int, int]) -> None:
        if self._count + len(fresh) > self._room:
            self._clear(_FIRST_SIZE)
        size, count, keys, values = len(self._keys), self._count, self._keys, self._values
        while count + len(fresh) > _FULL * size:
            size *= 2
        if size > len(keys):
            self._clear(size)
            _keep(keys, values, self._keys, self._values)
        _keep(
            np.array(list(fresh), dtype=np.uint64),
            np.array(list(fresh.values()), dtype=np.uint64),
            self._keys,
            self._values,
        )
        self._count = count + len(fresh)


def _lay_out(phrases: Mapping[str, str]) -> Phrases:
    """The phrases as compiled functions take them, the longest first."""
    longest_first = sorted(phrases.items(), key=lambda phrase: len(phrase[0]), reverse=True)
    bounds, start = np.zeros((len(phrases), 3), dtype=np.int64), 0
    firsts, seconds = np.zeros(_FEW + 1, dtype=np.uint64), np.zeros(_FEW + 1, dtype=np.uint64)
    for number, (phrase, folded) in enumerate(longest_first):
        middle, bit = start + len(phrase), np.uint64(1 << (number & 63))
        bounds[number] = start, middle, middle + len(folded)
        firsts[ord(phrase[0]) & _FEW] |= bit
        seconds[ord(phrase[1]) & _FEW] |= bit
        start = middle + len(folded)
    return _encode("".join(map("".join, longest_first))), bounds, firsts, seconds


def _encode(text: str) -> Characters:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2").astype(np.uint16)
