"""The words of a text: folded for plain searches, exact for quoted ones. A document's words: `indexer.document_words`.

Every adapter indexes these words, so that one search finds the same dispatches in each adapter.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

from copytaster.folding import DROPPED, MARKS, fold_letters

# part of a document's words -> weight in the score; the headline weighs most, as it names the subject
WORDS = {
    "headline": 8.0,
    "headlines": 3.0,
    "body": 1.0,
    "exact_headline": 8.0,
    "exact_headlines": 3.0,
    "exact_body": 1.0,
    "agency": 0.5,
    "publisher": 0.5,
    "family": 0.5,
    "slug": 2.0,
    "dateline": 1.0,
    "language": 0.0,
    "marker": 0.0,
    "state": 0.0,
}

RECIPE = 1  # raise it with every change of a rule here: an index of another recipe must be rebuilt
MAX_WORD = 64  # characters of a word; the rest is cut off
MAX_PIECES = 30_000  # cached with their words
MAX_NAMES = 10_000  # the same

# Scripts without spaces between words: each character is a word, a run of them a phrase.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3041-\u30fa\u30fc-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
_TOKEN = re.compile(
    r"(?P<initials>(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?)"
    r"|(?P<number>\d+(?:[.,]\d+)+)"
    rf"|(?P<word>[\w{MARKS}]+)"
    r"|(?P<joiner>(?<=[\w.])['’ʼ＇&\u2010\u2011-](?=\w))"
    r"|(?P<symbol>[%٪％$€£¥])"
)
_PIECE = re.compile(rf"[{_SPACELESS}]|[^{_SPACELESS}]+")
_SPACELESS_CHARACTER = re.compile(f"[{_SPACELESS}]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PER_CENT = {"%": "percent", "pct": "percent", "prozent": "percent"}
# Around a word these are no tokens of their own; but a full stop before it may join what follows to one token.
_AFTER = "!\"#&'()*+,-./:;<=>?@[]^`{|}~“”„‘’«»…–—"
_BEFORE = _AFTER.replace(".", "")
# Punctuation that counts is kept in its full-width form, at which no tokenizer splits.
_FULL_WIDTH = str.maketrans({mark: chr(ord(mark) + 0xFEE0) for mark in "%$'&-.,"})
# SQLite's tokenizer splits words at ASCII punctuation. To be the same everywhere, this module splits them before.
_BREAK = "\0"
_BREAKS = str.maketrans(
    {chr(code): _BREAK for code in range(128) if not chr(code).isalnum() and chr(code) != " "}
)
_PLAIN_AND_OTHER = re.compile(rf"((?:[A-Za-z]{{0,{MAX_WORD}}}+[,.]?+ )*+)([^ ]*+)")
_PER_CENT_APART = re.compile(r"(?<![^ ])(?:per +cent|pct|prozent)(?![^ ])")
_SAME_MARK = str.maketrans({"’": "'", "ʼ": "'", "＇": "'", "‐": "-", "‑": "-", "٪": "%", "％": "%"})


class Word(NamedTuple):
    """A word, and its characters in the text: from `start` to before `end`."""

    text: str
    start: int
    end: int


Token = tuple[str, str, int]  # kind, as written, where it starts


def folded_words(text: str) -> list[Word]:
    """Words without case, accents and punctuation; %, pct and per cent are one word, 1,200 is 1200."""
    return _fold_all(tokenize(text))


def exact_words(text: str) -> list[Word]:
    """Words with their accents; hyphens, apostrophes and currency signs inside a word are words of their own."""
    return _spell_all(tokenize(text))


def both_texts(text: str) -> tuple[str, str]:
    """Folded and exact words, each joined by spaces and split at ASCII punctuation, as an index stores them.

    Fast path: plain Latin letters between spaces are only put in lower case; any other piece goes through the cache of
    pieces. That is right as no rule but the one for `per cent` looks beyond white space.
    """
    parts = _split_text(text)
    others = [_PIECES[piece] for piece in parts[1::2]]
    parts[1::2] = [words[0] for words in others]
    folded = "".join(parts)
    parts[1::2] = [words[1] for words in others]
    spelled = "".join(parts)
    if _has_per_cent(folded):
        folded = _PER_CENT_APART.sub("percent", folded)
    return folded.replace(_BREAK, " "), spelled.replace(_BREAK, " ")


def split_at_punctuation(joined: str) -> str:
    """Words joined by spaces, split at ASCII punctuation as in an index."""
    return joined.translate(_BREAKS).replace(_BREAK, " ")


class PlacedWords:
    """A text's words joined by spaces, as `joined`, and a way back from there to the text.

    The words are those of `folded_words` or `exact_words`, except that `join_breaks` replaces ASCII punctuation inside
    them. Places are worked out only on demand: a search marks few of a text's words.
    """

    def __init__(self, text: str, *, exact: bool = False) -> None:
        self._exact = exact
        self._parts = _split_text(text)
        self._shown = self._parts.copy()
        self._shown[1::2] = [_PIECES[piece][exact] for piece in self._parts[1::2]]
        self.joined = "".join(self._shown)
        self._all: list[Word] | None = None
        if not exact and _has_per_cent(self.joined):
            self._all = folded_words(text)
            self.joined = " ".join([join_breaks(word.text) for word in self._all])

    def find(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the text of the words from `start` to before `end` of `joined`."""
        if self._all is not None:
            first, last = self.joined.count(" ", 0, start), self.joined.count(" ", 0, end)
            return self._all[first].start, self._all[last].end
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, position: int) -> tuple[int, int]:
        """Start and end in the text of the word at this position of `joined`; of a plain word, of the character alone."""
        number = bisect_right(self._shown_ends, position)
        shown_begin, begin = (self._shown_ends[number - 1], self._ends[number - 1]) if number else (0, 0)
        inside = position - shown_begin
        if number % 2 == 0:
            return begin + inside, begin + inside + 1
        piece = self._parts[number]
        read = _read_piece if len(piece) <= MAX_WORD else _read_piece.__wrapped__
        word = read(piece, self._exact)[len(self._shown[number][: inside + 1].split()) - 1]
        return begin + word.start, begin + word.end

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(map(len, self._parts)))

    @cached_property
    def _shown_ends(self) -> list[int]:
        return list(accumulate(map(len, self._shown)))


def _split_text(text: str) -> list[str]:
    """A text in parts: plain words (folded, with the spaces after them), another piece, plain words, and so on.

    Each part is as long as the text it replaces.
    """
    parts = list(chain.from_iterable(_PLAIN_AND_OTHER.findall(text.replace("\n", " "))))
    # folds all plain words at once: letters, commas, full stops and spaces, each replaced by one character
    plain = "\n".join(parts[::2])
    parts[::2] = plain.lower().replace(",", " ").replace(".", " ").split("\n")
    return parts


def _has_per_cent(folded: str) -> bool:
    """True if some of these words mean per cent: two words, or one that the fast path left as it was."""
    if "cent" in folded or "pct" in folded or "prozent" in folded:
        return _PER_CENT_APART.search(folded) is not None
    return False


@lru_cache(maxsize=MAX_PIECES // 8)
def _read_piece(piece: str, exact: bool) -> list[Word]:
    return (_spell_all if exact else _fold_all)(tokenize(piece))


def join_breaks(word: str) -> str:
    """A word as `PlacedWords.joined` has it."""
    return word.translate(_BREAKS)


def tokenize(text: str) -> list[Token]:
    """The tokens of a text; in a script without spaces each character is one."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        raw, start = match[0], match.start()
        if raw.isascii() or not _SPACELESS_CHARACTER.search(raw):
            tokens.append((match.lastgroup or "word", raw, start))
        else:
            tokens += [("word", piece[0], start + piece.start()) for piece in _PIECE.finditer(raw)]
    return tokens


def _fold_all(tokens: list[Token]) -> list[Word]:
    words: list[Word] = []
    for kind, raw, start in tokens:
        if kind == "joiner":
            continue
        folded = fold_word(raw)
        if folded == "cent" and words and words[-1].text == "per":
            words[-1] = Word("percent", words[-1].start, start + len(raw))
        elif folded and (kind != "symbol" or folded == "percent"):
            words.append(Word(folded, start, start + len(raw)))
    return words


def _spell_all(tokens: list[Token]) -> list[Word]:
    return [
        Word(spelled, start, start + len(raw)) for _, raw, start in tokens if (spelled := spell_word(raw))
    ]


class _PieceCache(dict[str, tuple[str, str]]):
    """A piece between white space -> its folded and its exact words, joined by spaces. Emptied when full.

    Nearly every piece is one plain word: making its words is quicker than a look-up among 100,000, so it is not kept.
    """

    def __missing__(self, piece: str) -> tuple[str, str]:
        bare = piece.rstrip(_AFTER).lstrip(_BEFORE)
        if bare.isascii() and bare.isalnum():
            plain = bare.lower()[:MAX_WORD]
            return _PER_CENT.get(plain, plain), plain
        found = tokenize(piece)
        words = _join_words(_fold_all(found)), _join_words(_spell_all(found))
        if words[0] == words[1]:
            words = words[0], words[0]  # one string instead of two equal ones
        if len(piece) <= MAX_WORD:
            if len(self) >= MAX_PIECES:
                self.clear()
            self[piece] = words
        return words


def _join_words(words: list[Word]) -> str:
    return " ".join([word.text for word in words]).translate(_BREAKS)


@lru_cache(maxsize=MAX_PIECES // 4)
def fold_word(word: str) -> str:
    """One word without case and accents."""
    if word.isascii() and word.isalnum():
        word = word.lower()
        return _PER_CENT.get(word, word[:MAX_WORD])
    if _THOUSANDS.fullmatch(word):
        word = word.replace(",", "")
    plain = fold_letters(word.translate(_SAME_MARK))
    if not plain[:1].isdigit():
        plain = plain.replace(".", "")
    return _PER_CENT.get(plain, plain[:MAX_WORD].translate(_FULL_WIDTH))


@lru_cache(maxsize=MAX_PIECES // 4)
def spell_word(word: str) -> str:
    """One word in lower case, with its accents."""
    if word.isascii() and word.isalnum():
        return word.lower()[:MAX_WORD]
    plain = unicodedata.normalize("NFKC", DROPPED.sub("", word.translate(_SAME_MARK))).lower()
    return "".join(plain.split())[:MAX_WORD].rstrip(".").translate(_FULL_WIDTH)


_PIECES = _PieceCache()
