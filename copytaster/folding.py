"""One spelling of letters that are typed in several ways, shared by search and grouping: no case, no accents."""

from __future__ import annotations

import re
import unicodedata

# Marks inside words: Latin, Cyrillic, Hebrew, Arabic, Indic; joiners and the soft hyphen.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0970-\u0df3\u1ab0-\u1aff\u1dc0-\u1dff\u00ad\u200c\u200d"
)
DROPPED = re.compile("[\u00ad\u200c\u200d\u0640]")
_ACCENT = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
    | {"ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك"}
)


def fold_letters(word: str) -> str:
    """A word without case, accents, vowel points and joiners; Persian and Turkish letters as their plain forms."""
    plain = DROPPED.sub("", word).casefold()
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", plain)).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFC", "".join(plain.split()))
