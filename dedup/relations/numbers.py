"""Numbers as values, however a text spells them: digits of any script, grouped, scaled, or written out in words."""

from __future__ import annotations

import re
from functools import lru_cache

from copytaster.wire.letters import fold
from dedup.text.digits import read_digits
from dedup.text.number_words import read_number_word
from dedup.text.vocabulary import AMBIGUOUS, LANGUAGES, NUMERALS, fold_word

_TEN, _HUNDRED = 10, 100


def _read_words() -> tuple[dict[str, float], dict[str, float]]:
    """(word -> value, word -> multiplier) of all languages; of one word's two values the first language's counts."""
    values = {sign: value for sign, value in NUMERALS.items() if value < _TEN}
    scales = {sign: value for sign, value in NUMERALS.items() if value >= _TEN}
    for language in LANGUAGES.values():
        for word, value in language.numbers.items():
            if value > 1 and word not in AMBIGUOUS:
                (scales if value == _HUNDRED else values).setdefault(word, value)
        multipliers = {**dict.fromkeys(language.hundreds, float(_HUNDRED)), **language.magnitudes}
        for word, value in multipliers.items():
            if word not in AMBIGUOUS:
                scales.setdefault(word, value)
    return values, scales


_VALUES, _SCALES = _read_words()
_COMPOUNDING = ("de", "nl")  # languages that write the words of a number as one
_WITH_POINT = frozenset({"en", "ja", "zh", "ko", "th"})  # elsewhere a comma divides the fraction
_CJK_DIGITS = "".join(sign for sign in NUMERALS if sign in _VALUES)
_CJK_SCALES = "".join({**NUMERALS, **LANGUAGES["zh"].magnitudes}.keys() & _SCALES.keys())
_PIECE = re.compile(
    r"\d+(?:[.,'’]\d+)*(?:[ \u00a0\u202f]\d{3}(?![\d.,]\d))*"  # 26,469.89  10 000
    rf"|[{_CJK_DIGITS}{_CJK_SCALES}]"
    r"|[^\W\d_]+"
)
_CLOCK = re.compile(
    r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-3])"
    r"(?:(?::|\s?h\s?)(?P<minute>[0-5]\d)(?![\d:])|\.(?P<after>[0-5]\d)(?=\s?(?:Uhr|[ap]\.?m\b))|時(?P<cjk>[0-5]?\d)分|(?=\s?[ap]\.?m\b))"
    r"(?:\s?(?:Uhr|(?P<half>[ap])\.?m\b\.?))?",
    re.IGNORECASE,
)
_NOON = 12
_LARGEST = 1e16


@lru_cache(maxsize=65_536)
def _read_word(word: str) -> float | None:
    """The value of a folded word, compounds included (`fünfundzwanzig`, `vijfentwintig`), or None."""
    if word in _VALUES:
        return _VALUES[word]
    found = (read_number_word(word, code) for code in _COMPOUNDING)
    return next((value for value in found if value and value > 1), None)


@lru_cache(maxsize=65_536)
def _may_count(piece: str) -> bool:
    """False for a word with which no number begins: nearly every one, so none but these is folded and read."""
    word = fold_word(piece)
    return piece[0].isdigit() or piece in _CJK_SCALES or word in _SCALES or _read_word(word) is not None


def read_numbers(text: str, language: str | None) -> list[float]:
    """The numbers of a text in their order; a number and its multiplier are one (`1.3 million`, `1万2000`).

    Args:
        text: normalised to NFKC.
        language: tells whether a single comma or point divides a fraction or groups thousands.
    """
    reader = _Reader("." if (language or "en")[:2] in _WITH_POINT else ",")
    text = _CLOCK.sub(_spell_clock, text)
    end = 0
    for piece in _PIECE.finditer(text):
        if reader.is_open or _may_count(piece[0]):
            reader.take(piece[0], gap=text[end : piece.start()])
        end = piece.end()
    reader.close()
    return reader.found


def _spell_clock(found: re.Match[str]) -> str:
    """`5:47 PM`, `17.47 Uhr`, `17h47` as 1747, and `5 p.m.` as 17: one number in every language."""
    hour = int(found["hour"])
    half = (found["half"] or "").lower()
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    minute = found["minute"] or found["after"] or found["cjk"]
    return f" {hour}{int(minute):02} ; " if minute else f" {hour} ; " if half else found[0]


class _Reader:
    """Adds up the pieces of one number after another."""

    def __init__(self, point: str) -> None:
        self.found: list[float] = []
        self._point = point
        self._sum = 0.0  # what larger multipliers have closed: the thousands of `two thousand and five`
        self._part = 0.0
        self.is_open = self._is_digits = self._is_scaled = False

    def take(self, piece: str, *, gap: str) -> None:
        """The next piece, and what stands between it and the one before."""
        if self.is_open and gap.strip(" \u00a0\u202f-‐‑"):
            self.close()
        if piece[0].isdigit():
            self._take_digits(piece, gap)
        elif piece in _CJK_SCALES:
            self._take_scale(_SCALES[piece], gap)
        else:
            self._take_word("" if fold(piece) in AMBIGUOUS else fold_word(piece), gap)

    def close(self) -> None:
        """The number ends here."""
        if self.is_open and self._sum + self._part < _LARGEST:
            self.found.append(self._sum + self._part)
        self._sum = self._part = 0.0
        self.is_open = self._is_digits = self._is_scaled = False

    def _take_digits(self, piece: str, gap: str) -> None:
        if not (self._is_scaled and not gap):
            self.close()
        self._part += read_digits(piece, self._point)
        self.is_open = self._is_digits = True

    def _take_scale(self, scale: float, gap: str) -> None:
        if not self.is_open:
            if scale == _TEN:  # bare, it is ten
                self._part, self.is_open = 10.0, True
            return
        if gap and scale < 1000 and self._is_digits:  # noqa: PLR2004 - `5 cents` is no number of hundreds
            self.close()
            return
        if scale > _HUNDRED:
            self._sum, self._part = (
                (self._sum + self._part) * scale if self._part == 0 else self._sum + self._part * scale,
                0.0,
            )
        else:
            self._part = max(self._part, 1.0) * scale
        self._is_digits, self._is_scaled = False, True

    def _take_word(self, word: str, gap: str) -> None:
        if word in _SCALES:
            self._take_scale(_SCALES[word], gap)
        elif value := _read_word(word):
            self._take_value(value)
        elif word not in {"and", "und", "et", "y", "e", "i", "и"} or self._is_digits:
            self.close()

    def _take_value(self, value: float) -> None:
        if self.is_open and value == 20 and self._part == 4:  # noqa: PLR2004 - `quatre-vingts`
            self._part = 80.0
            return
        continues = (
            self.is_open and not self._is_digits and self._part % 10 == 0 and value < (self._part or _LARGEST)
        )
        if not continues:
            self.close()
        self._part += value
        self.is_open = True


def strength(number: float) -> float:
    """How much a number in common proves: a count of two little, a figure of four digits all."""
    digits = f"{number:.6g}".replace(".", "").lstrip("0").rstrip("0")
    if "e" in digits:
        digits = digits.split("e", maxsplit=1)[0].rstrip("0")
    if number != int(number):
        return min(1.0, 0.4 + 0.2 * len(digits))
    if number <= 12:  # noqa: PLR2004
        return 0.15
    if 1900 <= number <= 2099:  # noqa: PLR2004 - a year
        return 0.3
    return min(1.0, 0.2 + 0.2 * len(digits) + (0.1 if number >= 100 else 0.0))  # noqa: PLR2004
