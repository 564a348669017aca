"""Divides a text into sentences, in any language."""

from __future__ import annotations

import re
from itertools import pairwise

_END = re.compile(r"[.!?…]+[\"”»’'“)\]]*\s+(?=[\"“«„'‘(\[–—-]*(?:\s)?[^\W_a-zа-яё])|[。！？]+[」』”）]*|\n+")
# A full stop after one of these, or after a single capital, ends no sentence.
_SHORT = re.compile(
    r"(?:^|[\s(«„“\"])(?:[^\W\d_]|mr|mrs|ms|dr|st|gen|sen|rep|gov|lt|col|capt|sgt|inc|corp|co|ltd|no|vs|jan|feb|aug|sept?|oct|nov"
    r"|dec|mt|prof|u\.s|u\.n|p\.m|a\.m|z\.b|d\.h|bzw|ca|nr|mio|mrd|tel|art|mme|mm|vol|тыс|млн|млрд|руб|стр|им|ул|др|пр|г)\.\s+$",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d\.\s+$")  # `am 24. Juli`
_LONGEST = 600  # characters; what is longer is a list, and its beginning speaks for it


def divide(text: str, *, most: int) -> list[str]:
    """The first sentences of a text, without the space around them; paragraphs end sentences."""
    bounds = [0]
    for found in _END.finditer(text):
        if "\n" in found[0] or not _is_inside(text, found.end()):
            bounds.append(found.end())
        if len(bounds) > most:
            break
    else:
        bounds.append(len(text))
    parts = (text[start:end].strip()[:_LONGEST] for start, end in pairwise(bounds))
    return [part for part in parts if any(sign.isalnum() for sign in part)][:most]


def _is_inside(text: str, end: int) -> bool:
    before = text[max(0, end - 14) : end]
    return bool(_SHORT.search(before) or _DAY.search(before))
