"""A sentence as tokens: figures with their value and unit, names, and words by a key without case, accents and house style."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from copytaster.wire.months import is_weekday, months_of
from dedup.text.digits import read_digits
from dedup.text.number_words import may_begin, read_figure
from dedup.text.vocabulary import ATTACHED, CLOCK, UNITS, Unit, fold_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dedup.text.vocabulary import Language

Kind = Literal["word", "name", "number", "clock"]

_SPACELESS = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
_TOKEN = re.compile(
    rf"""(?P<spaceless>{_SPACELESS})
    |(?P<number>(?:(?<!\d\s)(?<=[\s(])|^)[-−–](?=\d))?(?P<digits>(?<![\d.,])\d{{1,3}}(?:[ \u00a0\u202f'’٬]\d{{3}})+(?!\d)(?:[.,٫]\d+)?|\d+(?:[.,:٫٬]\d+)*)
    |(?P<money>(?:US|A|C|HK|NZ|S)?\$|[€£¥₽₹%])
    |(?P<initials>(?:[^\W\d_]\.){{2,8}})
    |(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)""",
    re.VERBOSE,
)
_SIGNED = re.compile(r"[-−–](?:(?<=[\s(].)|(?<=\A.))(?<!\d\s.)(\d+(?:[.,]\d+)*)")
_ALONE = re.compile(_SPACELESS)
_SUFFIXES = frozenset(
    ("th", "st", "nd", "rd", "s", "er", "e", "eme", "a", "o", "go", "y", "ies", "ers", "x", "pm", "am")
)
_POSSESSIVE = re.compile(r"['’]s$")
_NOT = re.compile(r"n['’]t$", re.IGNORECASE)
_IRREGULAR = {"ca": "can", "wo": "will", "sha": "shall"}


class Token(NamedTuple):
    """One word, name or figure.

    Attributes:
        key: by which two texts are aligned; of a figure its value, without its unit.
        start, end: its characters in the sentence.
        unit: of a figure, if one is named.
    """

    key: str
    kind: Kind
    start: int
    end: int
    value: float = 0.0
    unit: Unit | None = None


class _Piece(NamedTuple):
    """A token before figures are put together."""

    key: str
    text: str
    start: int
    end: int
    value: float | None = None
    is_money: bool = False


def read_tokens(sentence: str, language: Language) -> list[Token]:
    """The tokens of a sentence in order."""
    pieces = list(_read_pieces(sentence))
    keys = [_key_in_figure(pieces, place) for place in range(len(pieces))]
    values = [piece.value for piece in pieces]
    tokens: list[Token] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        if piece.value is None and not piece.is_money and not may_begin(piece.key, language.code):
            tokens.append(_make_word(piece))
            place += 1
            continue
        token, place = _read_token(pieces, keys, values, place, language)
        tokens.append(token)
    return tokens


def _key_in_figure(pieces: Sequence[_Piece], place: int) -> str:
    """The key of a piece, empty for a letter that means a million or a thousand only right behind its figure."""
    piece = pieces[place]
    apart = place == 0 or pieces[place - 1].end < piece.start
    return "" if apart and piece.key in ATTACHED else piece.key


def _read_token(
    pieces: Sequence[_Piece],
    keys: Sequence[str],
    values: Sequence[float | None],
    place: int,
    language: Language,
) -> tuple[Token, int]:
    first = pieces[place]
    prefix = UNITS.get(first.key) if first.is_money else None
    begin = place + 1 if prefix and place + 1 < len(pieces) else place
    figure = read_figure(keys, values, begin, language) if prefix or not first.is_money else None
    if figure is None or (prefix and pieces[begin].value is None):
        return _make_word(first), place + 1
    value, end = figure
    if _is_part_of_word(pieces, begin, end):
        last = (
            pieces[end] if end < len(pieces) and pieces[end].start == pieces[end - 1].end else pieces[end - 1]
        )
        end = end + 1 if last is not pieces[end - 1] else end
        return Token("".join(piece.key for piece in pieces[place:end]), "word", first.start, last.end), end
    if ":" in first.text or _is_clock(pieces, end):
        return Token(f"@{first.text}", "clock", first.start, pieces[end - 1].end, value), end
    unit, after = (prefix, end) if prefix else _read_unit(pieces, end)
    return Token(f"#{value:.12g}", "number", first.start, pieces[after - 1].end, value, unit), after


def _is_part_of_word(pieces: Sequence[_Piece], begin: int, end: int) -> bool:
    """True for digits inside a word: a flight, a type, a slip of the scanner."""
    if pieces[begin].value is None:
        return False
    before = pieces[begin - 1] if begin else None
    if before and before.value is None and not before.is_money and before.end == pieces[begin].start:
        return not _is_apart(before.text)
    after = pieces[end] if end < len(pieces) else None
    if after is None or after.start != pieces[end - 1].end or after.value is not None:
        return False
    known = after.key in UNITS or after.key in CLOCK or after.key in _SUFFIXES
    return not known and not _is_apart(after.text)


def _is_apart(text: str) -> bool:
    """True for a character of a script that writes no spaces."""
    return len(text) == 1 and bool(_ALONE.fullmatch(text))


def _read_unit(pieces: Sequence[_Piece], place: int) -> tuple[Unit | None, int]:
    if place >= len(pieces):
        return None, place
    key = pieces[place].key
    near = pieces[place - 1].end == pieces[place].start
    unit = UNITS.get(key) if near or key not in ATTACHED else None
    return (unit, place + 1) if unit else (None, place)


def _is_clock(pieces: Sequence[_Piece], end: int) -> bool:
    after = pieces[end].key if end < len(pieces) else ""
    return after in CLOCK and (after not in ATTACHED or pieces[end - 1].end == pieces[end].start)


def _make_word(piece: _Piece) -> Token:
    capital = (
        piece.text[:1].isupper()
        and piece.key not in CLOCK
        and not is_date_word(_POSSESSIVE.sub("", piece.text))
    )
    return Token(piece.key, "name" if capital else "word", piece.start, piece.end)


def list_signed(text: str) -> Counter[str]:
    """The figures with a minus sign, without it; a dash between two figures is none."""
    return Counter(_SIGNED.findall(text))


def is_date_word(word: str) -> bool:
    """True for the name of a month or a day."""
    return bool(months_of(word)) or is_weekday(word)


def _read_pieces(sentence: str) -> Iterator[_Piece]:
    for found in _TOKEN.finditer(sentence):
        text, start, end = found[0], found.start(), found.end()
        if digits := found["digits"]:
            sign = -1 if found["number"] else 1
            yield _Piece(text, text, start, end, sign * read_digits(digits))
        elif found["money"]:
            yield _Piece(text.lower(), text, start, end, is_money=text != "%")
        elif _NOT.search(text):
            base = text[:-3]
            yield _Piece(fold_word(_IRREGULAR.get(base.lower(), base)), base, start, end - 3)
            yield _Piece("not", "not", end - 3, end)
        elif text.lower() == "cannot":
            yield _Piece("can", text[:3], start, start + 3)
            yield _Piece("not", "not", start + 3, end)
        elif key := fold_word(_POSSESSIVE.sub("", text)):
            yield _Piece(key, text, start, end)
