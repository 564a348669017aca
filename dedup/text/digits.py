"""The value of a number printed in digits, with groups of thousands and a fraction in any country's way."""

from __future__ import annotations

import re
import unicodedata

_GROUPED = re.compile(
    r"\d{1,3}([.,' \u00a0\u202f’٬])\d{3}(?:\1\d{3})*(?:[.,٫]\d+)?"
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"  # 12,34,567
    r"|\d{4,},\d{3}(?:\.\d+)?"  # a slip
)
_POINTS = ".,:٫"
_NO_DIGIT = re.compile(r"\D")


def read_digits(printed: str, point: str | None = None) -> float:
    """The value of printed digits of any script.

    Args:
        printed: digits with what divides them.
        point: the text's decimal point, which a single sign before three digits may be (`1.300`); None where it is
            not known, and groups of three are thousands whatever divides them.
    """
    text = printed
    if not printed.isascii():
        text = "".join(str(unicodedata.digit(one)) if one.isdigit() else one for one in printed)
    if _is_grouped(text, point):
        divider = _NO_DIGIT.search(text)
        text = text.replace(divider[0], "") if divider else text
    at = _find_point(text)
    whole, rest = (text, "") if at < 0 else (text[:at], text[at + 1 :])
    return float(f"{_NO_DIGIT.sub('', whole) or 0}.{_NO_DIGIT.sub('', rest) or 0}")


def _is_grouped(text: str, point: str | None) -> bool:
    """Whether the first sign sets off thousands; it does not where it is the only one and the text's point."""
    if text.startswith("0") or not _GROUPED.fullmatch(text):
        return False
    signs = _NO_DIGIT.findall(text)
    return len(signs) > 1 or signs[0] != point


def _find_point(text: str) -> int:
    """Where the fraction begins: at the last sign, or at the first of several alike (`24.12.2020`); else -1."""
    signs = _NO_DIGIT.findall(text)
    if not signs or signs[-1] not in _POINTS:
        return -1
    return text.rindex(signs[-1]) if signs.count(signs[-1]) == 1 else text.index(signs[-1])
