"""The text as grouping sees it: hashes of folded words, and which are quoted, numbers or names; its paragraphs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from copytaster.folding import MARKS, fold_letters
from copytaster.wire.letters import has_case
from copytaster.wire.months import is_weekday
from dedup.text.house_style import PHRASES, fold_phrases, fold_spelling
from dedup.text.jit import compiled
from dedup.text.tokenizer import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

NORMALISER = (
    3  # raise it whenever the same text gives other words: stored signatures are then of another recipe
)
MAX_WORDS = 20_000  # a longer text is compared by its first words
_SIGNED = 2**63
_SPARE_BITS = 16
_WORD_BYTES = 8

_STRAIGHT = (
    ("’", "'"),
    ("‘", "'"),
    ("ʼ", "'"),
    ("´", "'"),
    ("`", "'"),
    ("\u00ad", ""),
    ("\u200b", ""),
    ("\u200c", ""),
    ("\u200d", ""),
    ("\ufeff", ""),
)
_OPEN_SINGLE = re.compile(r"(?:(?<=\s)|^)['‘](?=\w)", re.MULTILINE)
_CLOSE_SINGLE = re.compile(r"['’](?=[\s.,;:!?)]|$)", re.MULTILINE)
# Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_NO_SPACES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f"
)
_SPACELESS = re.compile(rf"[{_NO_SPACES}]+")
_LETTER = rf"[\w{MARKS}]"
_TOKEN = re.compile(
    rf"[{_NO_SPACES}]{{1,2}}|\d+(?:[.,٫٬]\d+)*|(?:[^\W\d_]\.){{2,8}}|{_LETTER}+(?:'{_LETTER}+)?|[%\"“”„«»\ue000\ue001]|\n"
)
_NAME = re.compile(r"(?<=[^\W\d_A-ZÀ-ÖØ-ÞΑ-ΩА-Я] )[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]\w+")
_KATAKANA = re.compile(
    r"[\u30a1-\u30fa\u30fc-\u30fe\uff66-\uff9f]{3,}"
)  # Japanese spells foreign names in it
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_MARKS = ("\n", '"', "“", "”", "„", "«", "»", "\ue000", "\ue001")  # a mark's value is its index here plus one
_PARAGRAPH = 1
_LAST_MARK = len(_MARKS)
_MARK_VALUES = {mark: number + 1 for number, mark in enumerate(_MARKS)}
_STRAIGHT_MARK, _ROUND, _CLOSING_ROUND, _LOW, _CLOSING_ANGLE, _CLOSING_SINGLE = (
    _MARKS.index(mark) + 1 for mark in ('"', "“", "”", "„", "»", "\ue001")
)
_HASH_SHIFT = np.uint64(24)
# Lowest bits of a word's hash; every value is larger than any mark's. Function words are short in scripts with capitals.
FUNCTION, WEEKDAY, _WORD, NUMBER, PRECISE = 14, 15, 16, 17, 18
KIND_BITS = 31
_LONG_NUMBER = 5  # digits
_SHORT_WORD = 3  # letters
_LAST_DIGIT = 0x1FFFF  # Unicode keeps what it has not used of two planes for scripts and their digits
_DIGITS = {
    code: str(unicodedata.decimal(chr(code))) for code in range(128, _LAST_DIGIT + 1) if chr(code).isdecimal()
}
_DECIMAL_MARKS = str.maketrans({"٫": ".", "٬": ","})
_CACHED_WORDS = 400_000


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One version's words.

    Attributes:
        words: uint64[n], one hash a word; equal words have equal hashes on every machine.
        quoted: bool[n], which words are inside quotation marks.
        numeric: bool[n], which words are numbers.
        named: bool[n], which words are names, judged by capitals inside sentences; in Japanese, what is in katakana.
        starts: int64[p], where each paragraph begins.
    """

    words: NDArray[np.uint64]
    quoted: NDArray[np.bool_]
    numeric: NDArray[np.bool_]
    named: NDArray[np.bool_]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.words)

    @property
    def exact(self) -> int:
        """Signed 64-bit hash of all words in order: equal for texts that are the same after normalisation."""
        return _signed(xxhash.xxh3_64_intdigest(self.words.tobytes()))

    @property
    def undated(self) -> int:
        """Signed 64-bit hash of the words without weekdays and function words: a re-run prints them under a new date."""
        return _signed(xxhash.xxh3_64_intdigest(_leave_out(self.words, WEEKDAY).tobytes()))

    def paragraphs(self, publisher: str) -> list[tuple[int, int, int]]:
        """(first word, end, hash) of every paragraph; the hash names what this publisher printed, in 48 bits."""
        bounds = [*self.starts.tolist(), len(self.words)]
        house = _hash_house(publisher, 0)
        words, size = self.words.tobytes(), _WORD_BYTES
        return [
            (start, end, xxhash.xxh3_64_intdigest(words[size * start : size * end], house) >> _SPARE_BITS)
            for start, end in pairwise(bounds)
        ]

    def frames(self, publisher: str) -> list[int]:
        """The hash of every paragraph with its numbers read as one, as `paragraphs` has it; 0 where it has no number."""
        if not len(self.starts):
            return []
        house = _hash_house(publisher, NUMBER)
        masked, numbers = _mask_numbers(self.words, self.numeric, self.starts)
        words, bounds = masked.tobytes(), [*(_WORD_BYTES * self.starts).tolist(), _WORD_BYTES * len(masked)]
        return [
            xxhash.xxh3_64_intdigest(words[start:end], house) >> _SPARE_BITS if some else 0
            for (start, end), some in zip(pairwise(bounds), numbers.tolist(), strict=True)
        ]

    def only(self, kept: NDArray[np.bool_]) -> Text:
        """The text without the words that are not kept."""
        if kept.all():
            return self
        return Text(
            self.words[kept],
            self.quoted[kept],
            self.numeric[kept],
            self.named[kept],
            _move_starts(self.starts, kept),
        )


@lru_cache(maxsize=4096)
def _hash_house(publisher: str, seed: int) -> int:
    return xxhash.xxh3_64_intdigest(publisher.encode(errors="surrogatepass"), seed=seed)


@compiled
def _mask_numbers(
    words: NDArray[np.uint64], numeric: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """(the words with all numbers as one, which paragraphs have any)."""
    masked, some, paragraph = words.copy(), np.zeros(len(starts), dtype=np.bool_), -1
    for position in range(len(words)):
        while paragraph + 1 < len(starts) and starts[paragraph + 1] <= position:
            paragraph += 1
        if numeric[position]:
            masked[position] = NUMBER
            some[paragraph] = True
    return masked, some


@compiled
def _leave_out(words: NDArray[np.uint64], kinds: int) -> NDArray[np.uint64]:
    """The words without those of the kinds up to this one."""
    kept, count = np.empty(len(words), dtype=np.uint64), 0
    for word in words:
        if np.int64(word & np.uint64(KIND_BITS)) > kinds:
            kept[count] = word
            count += 1
    return kept[:count]


@compiled
def _move_starts(starts: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where the paragraphs begin once only some words are kept; a paragraph of which nothing is left is gone."""
    moved, count, paragraph, before = np.empty(len(starts), dtype=np.int64), 0, -1, -1
    place = 0
    for word in range(len(kept)):
        while paragraph + 1 < len(starts) and starts[paragraph + 1] <= word:
            paragraph += 1
        if kept[word]:
            if paragraph != before:
                moved[count] = place
                count += 1
                before = paragraph
            place += 1
    return moved[:count]


def _signed(number: int) -> int:
    return number - 2 * _SIGNED if number >= _SIGNED else number


def normalise(body: str) -> str:
    """Lower case, one form of each character, straight apostrophes, single quotation marks as characters of their own."""
    text = body if body.isascii() else unicodedata.normalize("NFKC", body)
    if "'" in text or "‘" in text:
        text, opened = _OPEN_SINGLE.subn("\ue000", text)
        text = _CLOSE_SINGLE.sub("\ue001", text) if opened else text
    for mark, plain in _STRAIGHT:
        text = text.replace(mark, plain)
    text = fold_phrases(text.lower())
    return text if text.isascii() else _SPACELESS.sub(_spell_out, text.translate(_DIGITS))


def _spell_out(run: re.Match[str]) -> str:
    """Overlapping pairs of characters as words, for scripts without spaces."""
    return f" {' '.join(_pair_up(run[0]))} "


def _pair_up(characters: str) -> Iterator[str]:
    return (characters[i : i + 2] for i in range(max(1, len(characters) - 1)))


def read_words(body: str) -> Text:
    """The words of a story's body, without its dateline; paragraphs are divided by line breaks."""
    if len(_VALUES) > _CACHED_WORDS:
        _VALUES.clear()
    values, names = _TOKENS.read(body) or _read_by_patterns(body)
    return Text(*_arrange(values, names, MAX_WORDS))


def _read_by_patterns(body: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """(values of all tokens in order, values of the names) of any text."""
    tokens = _TOKEN.findall(normalise(body))
    names = {name.lower() for name in _NAME.findall(body)}
    names |= {
        pair for run in _KATAKANA.findall(body) for pair in _pair_up(unicodedata.normalize("NFKC", run))
    }
    return (
        np.fromiter(map(_VALUES.__getitem__, tokens), dtype=np.uint64, count=len(tokens)),
        np.fromiter((_VALUES[name] for name in names), dtype=np.uint64, count=len(names)),
    )


def hash_words(text: str) -> NDArray[np.uint64]:
    """uint64: the words of a line such as a headline, in order, without marks."""
    values = [_VALUES[token] for token in _TOKEN.findall(normalise(text))]
    return np.array([value for value in values if value > _LAST_MARK], dtype=np.uint64)


@compiled
def _arrange(
    values: NDArray[np.uint64], names: NDArray[np.uint64], most: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """The attributes of a `Text`, in their order."""
    words, quoted, starts = _divide(values, most)
    numeric = np.empty(len(words), dtype=np.bool_)
    for position in range(len(words)):
        numeric[position] = np.int64(words[position] & np.uint64(KIND_BITS)) >= NUMBER
    return words, quoted, numeric, _is_among(words, names), starts


@compiled
def _divide(
    values: NDArray[np.uint64], most: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_], NDArray[np.int64]]:
    """(words, which of them are quoted, where paragraphs begin). The end of a paragraph closes quotations."""
    words, quoted = np.empty(len(values), dtype=np.uint64), np.zeros(len(values), dtype=np.bool_)
    starts = np.zeros(len(values) + 1, dtype=np.int64)
    count = paragraphs = inside = 0
    for value in values:
        if value > _LAST_MARK:
            if count == 0:
                paragraphs = 1
            words[count] = value
            quoted[count] = inside != 0
            count += 1
            if count == most:
                break
        elif value == _PARAGRAPH:
            inside = 0
            if count and starts[paragraphs - 1] < count:
                starts[paragraphs] = count
                paragraphs += 1
        elif value:
            inside = _turn(inside, value)
    while paragraphs and starts[paragraphs - 1] >= count:  # nothing follows the last break
        paragraphs -= 1
    return words[:count], quoted[:count], starts[:paragraphs]


@compiled
def _turn(inside: int, mark: int) -> int:
    """The mark that opened the quotation which holds after `mark`, or 0 outside quotations."""
    if mark in (_CLOSING_ROUND, _CLOSING_ANGLE, _CLOSING_SINGLE):
        return 0
    if inside:
        if inside == _STRAIGHT_MARK and mark == _STRAIGHT_MARK:
            return 0
        if inside == _LOW and mark in (_STRAIGHT_MARK, _ROUND):
            return 0
        return inside
    return mark


@compiled
def sort_hashes(some: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The different values in order; for few."""
    ordered, count = np.sort(some), 0
    for value in ordered:
        if count == 0 or ordered[count - 1] != value:
            ordered[count] = value
            count += 1
    return ordered[:count].copy()


@compiled
def _is_among(words: NDArray[np.uint64], some: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """bool[n]: which words are among `some`; zeros in `some` are skipped."""
    size = 16
    while size < 4 * len(some):
        size *= 2
    table, mask = np.zeros(size, dtype=np.uint64), np.uint64(size - 1)
    for word in some:
        slot = (word >> _HASH_SHIFT) & mask
        while table[slot] != 0 and table[slot] != word:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = word
    found = np.zeros(len(words), dtype=np.bool_)
    for number in range(len(words)):
        slot = (words[number] >> _HASH_SHIFT) & mask
        while table[slot] != 0 and table[slot] != words[number]:
            slot = (slot + np.uint64(1)) & mask
        found[number] = table[slot] != 0
    return found


class _Values(dict[str, int]):
    """Token -> its 64-bit value, computed once: a mark's number, 0 for a word that is left out, else a hash.

    The hash has no seed: a decision must not depend on the installation's secret.
    """

    def __missing__(self, token: str) -> int:
        self[token] = value = _value_of(token)
        return value


def _value_of(token: str) -> int:
    return _MARK_VALUES.get(token) or _hash_word(token)


_VALUES = _Values()
_TOKENS = Tokens(_value_of, PHRASES, seed=0x243F6A8885A308D3, room=_CACHED_WORDS)


def _hash_word(token: str) -> int:
    if token.isascii() and token.isalpha():  # as most that a text is the first to print
        word = fold_spelling(token)
        return xxhash.xxh3_64_intdigest(word.encode()) & ~KIND_BITS | _kind_of(word) if word else 0
    if token[0].isdecimal():
        token = _spell_number(token)
        kind = PRECISE if _is_precise(token) else NUMBER
    else:
        token, kind = token if token.isascii() else fold_letters(token).translate(_DIGITS), _WORD
    word = fold_spelling(token.replace(".", "") if token[-1:] == "." else token)
    kind = _kind_of(word) if kind == _WORD else kind
    return xxhash.xxh3_64_intdigest(word.encode(errors="surrogatepass")) & ~KIND_BITS | kind if word else 0


def _kind_of(word: str) -> int:
    if is_weekday(word):
        return WEEKDAY
    return FUNCTION if len(word) <= _SHORT_WORD and has_case(word) else _WORD


def _spell_number(token: str) -> str:
    """A number in ASCII digits, without marks between thousands."""
    if not token.isascii():
        token = token.translate(_DIGITS).translate(_DECIMAL_MARKS)
    return _THOUSANDS.sub("", token) if "," in token else token


def _is_precise(number: str) -> bool:
    digits = number.replace(".", "").replace(",", "")
    return len(digits) >= _LONG_NUMBER and len(digits.rstrip("0")) > 1
