"""Words of a text as the index knows them: folded for plain searches, exact for quoted ones.

Every adapter indexes these, so the same search finds the same dispatches in each.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

# part of a document's words -> weight in the score; a headline says what a story is about
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

RECIPE = 1  # raise it when any rule here changes: an index made by another recipe has to be made anew
MAX_WORD = 64  # characters of a word that count
PIECES = 30_000  # remembered, with their words
NAMES = 10_000  # the same

# Marks that stand inside words: Latin, Cyrillic, Hebrew, Arabic, Indic; joiners and the soft hyphen.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0970-\u0df3\u1ab0-\u1aff\u1dc0-\u1dff\u00ad\u200c\u200d"
)
# Scripts written without spaces: each character is a word, a run of them a phrase.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3041-\u30fa\u30fc-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
_TOKEN = re.compile(
    r"(?P<initials>(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?)"
    r"|(?P<number>\d+(?:[.,]\d+)+)"
    rf"|(?P<word>[\w{_MARKS}]+)"
    r"|(?P<joiner>(?<=[\w.])['’ʼ＇&\u2010\u2011-](?=\w))"
    r"|(?P<symbol>[%٪％$€£¥])"
)
_PIECE = re.compile(rf"[{_SPACELESS}]|[^{_SPACELESS}]+")
_SPACELESS_CHARACTER = re.compile(f"[{_SPACELESS}]")
_DROPPED = re.compile("[\u00ad\u200c\u200d\u0640]")
_ACCENT = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
    | {"ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك"}
)
_PER_CENT = {"%": "percent", "pct": "percent", "prozent": "percent"}
# Around a word these are no tokens of their own; before it a full stop may make one of what follows.
_AFTER = "!\"#&'()*+,-./:;<=>?@[]^`{|}~“”„‘’«»…–—"
_BEFORE = _AFTER.replace(".", "")
# No tokenizer splits at these: punctuation that counts is kept in its full-width form.
_FULL_WIDTH = str.maketrans({mark: chr(ord(mark) + 0xFEE0) for mark in "%$'&-.,"})
# Every index splits words at ASCII punctuation of its own accord; here it is done beforehand.
_BREAK = "\0"
_BREAKS = str.maketrans(
    {chr(code): _BREAK for code in range(128) if not chr(code).isalnum() and chr(code) != " "}
)
_PLAIN_AND_OTHER = re.compile(rf"((?:[A-Za-z]{{0,{MAX_WORD}}}+[,.]?+ )*+)([^ ]*+)")
_PER_CENT_APART = re.compile(r"(?<![^ ])(?:per +cent|pct|prozent)(?![^ ])")
_SAME_MARK = str.maketrans({"’": "'", "ʼ": "'", "＇": "'", "‐": "-", "‑": "-", "٪": "%", "％": "%"})


class Word(NamedTuple):
    """A word and where it stands in the text (characters from `start` to before `end`)."""

    text: str
    start: int
    end: int


Piece = tuple[str, str, int]  # kind of token, as it is written, where it starts


def folded_words(text: str) -> list[Word]:
    """Words without case, accents and punctuation; %, pct and per cent are one word, 1,200 is 1200."""
    return _fold_all(split(text))


def exact_words(text: str) -> list[Word]:
    """Words with their accents; hyphens, apostrophes and signs of money inside are words of their own."""
    return _spell_all(split(text))


def both_texts(text: str) -> tuple[str, str]:
    """Folded and exact words, each joined by spaces and split at ASCII punctuation: what an index stores.

    Plain Latin letters between spaces only become small; what else stands there is looked up. No rule but that of
    `per cent` looks beyond white space.
    """
    parts = _part(text)
    others = [_PIECES[piece] for piece in parts[1::2]]
    parts[1::2] = [words[0] for words in others]
    folded = "".join(parts)
    parts[1::2] = [words[1] for words in others]
    spelled = "".join(parts)
    if _has_per_cent(folded):
        folded = _PER_CENT_APART.sub("percent", folded)
    return folded.replace(_BREAK, " "), spelled.replace(_BREAK, " ")


class PlacedWords:
    """A text's words joined by spaces, as `joined`; where one stands in the text is found out when it is asked.

    The words are those of `folded_words`, or of `exact_words`, but for ASCII punctuation inside them (`join_breaks`).
    """

    def __init__(self, text: str, *, exact: bool = False) -> None:
        self._exact = exact
        self._parts = _part(text)
        self._shown = self._parts.copy()
        self._shown[1::2] = [_PIECES[piece][exact] for piece in self._parts[1::2]]
        self.joined = "".join(self._shown)
        self._all: list[Word] | None = None
        if not exact and _has_per_cent(self.joined):
            self._all = folded_words(text)
            self.joined = " ".join([join_breaks(word.text) for word in self._all])

    def find(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text the words stand that reach from `start` to before `end` of `joined`."""
        if self._all is not None:
            first, last = self.joined.count(" ", 0, start), self.joined.count(" ", 0, end)
            return self._all[first].start, self._all[last].end
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, position: int) -> tuple[int, int]:
        """Where the word of this place in `joined` stands; of a plain one the character alone."""
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


def _part(text: str) -> list[str]:
    """A text in parts: plain words folded, with the spaces after them, another piece, plain words, another piece, and so on.

    Each is as long as what it stands for.
    """
    parts = list(chain.from_iterable(_PLAIN_AND_OTHER.findall(text.replace("\n", " "))))
    # all plain ones at once: letters, commas, full stops and spaces, as many after as before
    plain = "\n".join(parts[::2])
    parts[::2] = plain.lower().replace(",", " ").replace(".", " ").split("\n")
    return parts


def _has_per_cent(folded: str) -> bool:
    """Whether among these words are such as only together, or among plain ones, mean per cent."""
    if "cent" in folded or "pct" in folded or "prozent" in folded:
        return _PER_CENT_APART.search(folded) is not None
    return False


@lru_cache(maxsize=PIECES // 8)
def _read_piece(piece: str, exact: bool) -> list[Word]:
    return (_spell_all if exact else _fold_all)(split(piece))


def join_breaks(word: str) -> str:
    """A word as it stands in `PlacedWords`."""
    return word.translate(_BREAKS)


def names_of(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """The folded words of what is looked up by name: field of a query -> a text for each of its values."""
    listed = {
        "agency": [document.get("agency")],
        "publisher": document.get("publishers"),
        "family": document.get("families"),
        "slug": [document.get("slugline")],
        "dateline": [*(document.get("places") or ()), document.get("dateline_region")],
        "language": document.get("languages"),
        "marker": document.get("markers"),
        "state": [document.get("state")],
    }
    return {field: [_fold_name(value) for value in values or () if value] for field, values in listed.items()}


@lru_cache(maxsize=NAMES)
def _fold_name(name: str) -> str:
    return " ".join([word.text for word in folded_words(name)])


def split(text: str) -> list[Piece]:
    """The tokens of a text; a run in a script without spaces falls into its characters."""
    pieces: list[Piece] = []
    for match in _TOKEN.finditer(text):
        raw, start = match[0], match.start()
        if raw.isascii() or not _SPACELESS_CHARACTER.search(raw):
            pieces.append((match.lastgroup or "word", raw, start))
        else:
            pieces += [("word", piece[0], start + piece.start()) for piece in _PIECE.finditer(raw)]
    return pieces


def _fold_all(pieces: list[Piece]) -> list[Word]:
    words: list[Word] = []
    for kind, raw, start in pieces:
        if kind == "joiner":
            continue
        folded = fold(raw)
        if folded == "cent" and words and words[-1].text == "per":
            words[-1] = Word("percent", words[-1].start, start + len(raw))
        elif folded and (kind != "symbol" or folded == "percent"):
            words.append(Word(folded, start, start + len(raw)))
    return words


def _spell_all(pieces: list[Piece]) -> list[Word]:
    return [Word(spelled, start, start + len(raw)) for _, raw, start in pieces if (spelled := exact(raw))]


class _Pieces(dict[str, tuple[str, str]]):
    """What stood between white space -> its folded and its exact words joined by spaces. Emptied when it is full.

    What is one word, as nearly always, is read quicker than it is found among a hundred thousand others: it is not kept.
    """

    def __missing__(self, piece: str) -> tuple[str, str]:
        bare = piece.rstrip(_AFTER).lstrip(_BEFORE)
        if bare.isascii() and bare.isalnum():
            plain = bare.lower()[:MAX_WORD]
            return _PER_CENT.get(plain, plain), plain
        found = split(piece)
        words = _join_words(_fold_all(found)), _join_words(_spell_all(found))
        if words[0] == words[1]:
            words = words[0], words[0]  # kept once
        if len(piece) <= MAX_WORD:
            if len(self) >= PIECES:
                self.clear()
            self[piece] = words
        return words


def _join_words(words: list[Word]) -> str:
    return " ".join([word.text for word in words]).translate(_BREAKS)


@lru_cache(maxsize=PIECES // 4)
def fold(word: str) -> str:
    """One word without case and accents."""
    if word.isascii() and word.isalnum():
        word = word.lower()
        return _PER_CENT.get(word, word[:MAX_WORD])
    if _THOUSANDS.fullmatch(word):
        word = word.replace(",", "")
    plain = _DROPPED.sub("", word.translate(_SAME_MARK)).casefold()
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", plain)).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFC", "".join(plain.split()))
    if not plain[:1].isdigit():
        plain = plain.replace(".", "")
    return _PER_CENT.get(plain, plain[:MAX_WORD].translate(_FULL_WIDTH))


@lru_cache(maxsize=PIECES // 4)
def exact(word: str) -> str:
    """One word in lower case, spelled as it is."""
    if word.isascii() and word.isalnum():
        return word.lower()[:MAX_WORD]
    plain = unicodedata.normalize("NFKC", _DROPPED.sub("", word.translate(_SAME_MARK))).lower()
    return "".join(plain.split())[:MAX_WORD].rstrip(".").translate(_FULL_WIDTH)


_PIECES = _Pieces()
