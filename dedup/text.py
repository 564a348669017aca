"""The text as grouping sees it: folded words, what stands inside quotation marks, paragraphs, numbers. No hashes of pairs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from dedup.house_style import fold_phrases, fold_word

if TYPE_CHECKING:
    from numpy.typing import NDArray

NORMALISER = 1  # raised whenever the same text gives other words: stored signatures then are of another recipe
MAX_WORDS = 20_000  # a longer text is compared by its first words
_SIGNED = 2**63
_SPARE_BITS = 16

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "\u00ad": "", "\u200b": "", "\ufeff": ""})
_OPEN_SINGLE = re.compile(r"(?:(?<=\s)|^)['‘](?=\w)", re.MULTILINE)
_CLOSE_SINGLE = re.compile(r"['’](?=[\s.,;:!?)]|$)", re.MULTILINE)
# Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]+")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|(?:[^\W\d_]\.){2,8}|\w+(?:'\w+)?|[%\"“”„«»\ue000\ue001]|\n")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_PARAGRAPH = "\n"
_OPENING = frozenset("“„«\ue000")
_CLOSING = frozenset("”»\ue001")
_QUOTES = _OPENING | _CLOSING | {'"'}
_MARKS = _QUOTES | {_PARAGRAPH}


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One version's words.

    Attributes:
        words: uint64[n], one hash a word; equal words have equal hashes on every machine.
        quoted: bool[n], which words stand inside quotation marks.
        numeric: bool[n], which words are numbers.
        starts: int64[p], where each paragraph begins.
    """

    words: NDArray[np.uint64]
    quoted: NDArray[np.bool_]
    numeric: NDArray[np.bool_]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.words)

    @property
    def exact(self) -> int:
        """Hash of all words in order, signed 64 bits: equal for texts that are the same after normalisation."""
        return _signed(xxhash.xxh3_64_intdigest(self.words.tobytes()))

    def paragraphs(self, publisher: str) -> list[tuple[int, int, int]]:
        """(first word, end, hash) of every paragraph; the hash names what this publisher printed, in 48 bits."""
        ends = [*self.starts[1:].tolist(), len(self.words)]
        house = xxhash.xxh3_64_intdigest(publisher.encode(errors="surrogatepass"))
        return [
            (start, end, xxhash.xxh3_64_intdigest(self.words[start:end].tobytes(), seed=house) >> _SPARE_BITS)
            for start, end in zip(self.starts.tolist(), ends, strict=True)
        ]

    def only(self, kept: NDArray[np.bool_]) -> Text:
        """The text without the words that are not kept. Its paragraphs are not told any more."""
        return Text(self.words[kept], self.quoted[kept], self.numeric[kept], np.empty(0, dtype=np.int64))


def _signed(number: int) -> int:
    return number - 2 * _SIGNED if number >= _SIGNED else number


def normalise(body: str) -> str:
    """Lower case, one form of each character, straight apostrophes, single quotation marks told from apostrophes."""
    text = body if body.isascii() else unicodedata.normalize("NFKC", body)
    text = _OPEN_SINGLE.sub("\ue000", text) if "'" in text or "‘" in text else text
    text = _CLOSE_SINGLE.sub("\ue001", text) if "\ue000" in text else text
    text = fold_phrases(text.translate(_APOSTROPHES).lower())
    return _SPACELESS.sub(_spell_out, text)


def _spell_out(run: re.Match[str]) -> str:
    """Overlapping pairs of characters as words: the simple honest form of segmentation."""
    characters = run[0]
    pairs = (characters[i : i + 2] for i in range(max(1, len(characters) - 1)))
    return f" {' '.join(pairs)} "


def read_text(body: str) -> Text:
    """The words of a story's body, without its dateline; paragraphs are divided by line breaks."""
    hashes: list[int] = []
    quoted: list[bool] = []
    numeric: list[bool] = []
    starts: list[int] = []
    inside, begins = "", True
    for token in _TOKEN.findall(normalise(body)):
        if token in _MARKS:
            begins = begins or token == _PARAGRAPH
            inside = "" if token == _PARAGRAPH else _turn(inside, token)
            continue
        value = _hash_word(token)
        if not value:
            continue
        if begins:
            starts.append(len(hashes))
            begins = False
        hashes.append(value)
        numeric.append(token[0].isdigit())
        quoted.append(bool(inside))
    return Text(
        np.array(hashes[:MAX_WORDS], dtype=np.uint64),
        np.array(quoted[:MAX_WORDS], dtype=np.bool_),
        np.array(numeric[:MAX_WORDS], dtype=np.bool_),
        np.array([start for start in starts if start < MAX_WORDS], dtype=np.int64),
    )


def _turn(inside: str, mark: str) -> str:
    """The mark that opened the quotation after `mark` is read, or nothing when outside."""
    if mark in _CLOSING:
        return ""
    if inside:
        closes = (inside == mark == '"') or (inside == "„" and mark in '“"')
        return "" if closes else inside
    return mark


@lru_cache(maxsize=400_000)
def _hash_word(token: str) -> int:
    """The word's own 64-bit hash, 0 for a word that is left out. Seedless: grouping must not hang on a secret."""
    if token[0].isdigit():
        token = _THOUSANDS.sub("", token)
    word = fold_word(token.replace(".", "") if token[-1] == "." else token)
    return xxhash.xxh3_64_intdigest(word.encode(errors="surrogatepass")) | 1 if word else 0
