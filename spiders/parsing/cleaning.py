"""Cleans text for storing, comparing and showing: NFC, without invisible characters that spell nothing."""

from __future__ import annotations

import unicodedata

from copytaster.late_pattern import late_pattern

_SPACES = late_pattern(r"[^\S\n]+")
_LINE_ENDS = late_pattern(r"\r\n?|[\u0085\u2028\u2029\x0b\x0c]")
_BLANK_LINES = late_pattern(r"\n\s*\n")
_INVISIBLE = late_pattern(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e"
    "\ufeff\uffa0\ufff0-\ufffb\ufdd0-\ufdef\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Joiners are spelling in these scripts, which run from Hebrew to Mongolian without Georgian to Ethiopic, and in emoji.
_JOINED = "\u0590-\u0dff\u0f00-\u109f\u1780-\u18af\ufb1d-\ufdff\ufe70-\ufefc"
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_LOOSE_JOINERS = late_pattern(
    rf"(?<![{_JOINED}])\u200c|\u200c(?![{_JOINED}])"
    rf"|(?<![{_JOINED}{_EMOJI}\ufe0f])\u200d|(?<=[{_EMOJI}\ufe0f])\u200d(?![{_EMOJI}])"
    rf"|(?<![{_EMOJI}])\ufe0f"
)
_MAX_MARKS = 6  # combining marks in a row; no script of news stacks more
_STACKED_MARKS = late_pattern(
    rf"([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{{{_MAX_MARKS}}})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+"
)


def clean_line(text: str) -> str:
    """Clean text into one line: NFC, single spaces, no control or bidirectional characters; joiners only where they spell."""
    return " ".join(clean_lines(text).split())


def clean_lines(text: str) -> str:
    """Clean text like `clean_line` but keep its line breaks; blanks at line ends are removed."""
    text = _LINE_ENDS.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = _LOOSE_JOINERS.sub("", text)
    text = _STACKED_MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    text = _SPACES.sub(" ", text)
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def paragraphs_of(text: str) -> list[str]:
    """Split plain text at blank lines into paragraphs, and join the lines inside each."""
    return [" ".join(part.split()) for part in _BLANK_LINES.split(clean_lines(text)) if part.strip()]
