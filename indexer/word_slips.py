"""Words one slip of the keyboard away: a letter left out, added, exchanged for another, or two in the wrong order."""

from __future__ import annotations

import string

from rapidfuzz.distance import OSA

MIN_LETTERS = 4  # of a word that is taken for a slip
_LATIN = string.ascii_lowercase
_SCRIPTS = (
    ("\u0370", "\u03ff", "αβγδεζηθικλμνξοπρσςτυφχψω"),
    ("\u0400", "\u04ff", "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґ"),
    ("\u0590", "\u05ff", "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    ("\u0600", "\u06ff", "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤئپچژگی"),
    ("\u0900", "\u097f", "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौ्ं"),
)


def list_slips(word: str) -> list[str]:
    """Every word that is one slip away from a folded word, each once; none of a number or of a short word."""
    if len(word) < MIN_LETTERS or not word.isalpha():
        return []
    letters = _letters_of(word)
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    left_out = [head + tail[1:] for head, tail in splits if tail]
    turned = [head + tail[1] + tail[0] + tail[2:] for head, tail in splits if len(tail) > 1]
    exchanged = [head + letter + tail[1:] for head, tail in splits if tail for letter in letters]
    added = [head + letter + tail for head, tail in splits for letter in letters]
    return [one for one in dict.fromkeys([*turned, *left_out, *exchanged, *added]) if one != word]


def is_slip(word: str, other: str) -> bool:
    """True if the other word is of letters and one slip away."""
    return other.isalpha() and OSA.distance(word, other, score_cutoff=1) == 1


def _letters_of(word: str) -> str:
    """The letters of the script in which a word is written."""
    for first, last, letters in _SCRIPTS:
        if first <= word[0] <= last:
            return letters
    return _LATIN
