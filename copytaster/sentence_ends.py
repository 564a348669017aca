"""The marks that end a sentence, in every script that news is written in. The one table of them."""

from __future__ import annotations

SPACED = ".!?…"  # a blank follows before the next sentence
SPACELESS = "。！？؟।॥۔։።។៕။།"  # CJK, Arabic, Devanagari, Urdu, Armenian, Ethiopic, Khmer, Burmese, Tibetan
CLOSING = "\"'”’“»)]」』）"  # may follow the mark
_UNMARKED = (
    ("\u0e00", "\u0eff"),
    ("\u1780", "\u17dd"),
    ("\u1000", "\u109f"),
)  # Thai, Lao, Khmer, Burmese: often none


def ends_sentence(text: str) -> bool:
    """True if a text ends as a sentence does, also in scripts that often end one without a mark."""
    bare = text.rstrip(CLOSING + " ")
    if not bare:
        return False
    last = bare[-1]
    return last in SPACED or last in SPACELESS or any(low <= last <= high for low, high in _UNMARKED)
