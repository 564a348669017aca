"""Undoes what was encoded twice before a page was printed: entities, whole markup, and the bytes of its letters."""

from __future__ import annotations

import re
from html import unescape

ENCODED_TWICE = "encoded-twice"  # the warning
_ENTITY = re.compile(r"&amp;((?!amp;|lt;|gt;)[A-Za-z][A-Za-z0-9]{1,7}|#\d{2,5}|#x[0-9A-Fa-f]{2,5});")
_AMPERSAND = re.compile(r"&amp;amp;")
_PRINTS_CODE = re.compile(r"<code\b", re.IGNORECASE)  # there, entities are what the text is about
_MARKUP = re.compile(r"<(/?[A-Za-z]\w{0,15})\b[^<>]{0,1000}>([^<>]*&lt;/?(?:p|div|br)\b[^<>]*)(?=<)")
_TAG_END = re.compile(r"&lt;(?:/p|/div|br\s?/?)\s?&gt;", re.IGNORECASE)
_LITERAL = frozenset({"code", "pre", "textarea", "script", "style", "title", "noscript", "template"})
_LEAST_TAGS = 2
_LEAST_LETTERS = 8
_SHARE = 0.7  # of the letters beyond ASCII that must read as UTF-8
_RUNS = {
    "cp1252": re.compile(
        "[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]+"
    ),
    "cp1251": re.compile(
        "[\u0080-\u00bf\u0400-\u045f\u0490\u0491\u2013-\u2022\u2026\u2030\u2039\u203a\u20ac\u2116\u2122]+"
    ),
}
_LEADS = {"cp1252": "ÃÂâÐÑÎÏÅÄØÙãäåæç", "cp1251": "РСГЕДОПШЩв"}  # first bytes of letters in UTF-8
_LEAD_SHARE = 0.25  # of the letters beyond ASCII; printed rightly, far fewer are these
_SAMPLE = 40  # runs; where hardly one of them reads as UTF-8, the rest is not tried


def undo_encoding(html: str) -> tuple[str, tuple[str, ...]]:
    """The page encoded once, and a warning if it was not."""
    mended = _undo_letters(html)
    if not _PRINTS_CODE.search(mended):
        mended = (
            _undo_entities(_MARKUP.sub(_undo_markup, mended)) if "&lt;" in mended else _undo_entities(mended)
        )
    return mended, (ENCODED_TWICE,) if mended != html else ()


def _undo_entities(html: str) -> str:
    """One entity that no text means to print shows that ampersands were encoded twice, too."""
    if "&amp;" not in html or not _ENTITY.search(html):
        return html
    return _AMPERSAND.sub("&amp;", _ENTITY.sub(r"&\1;", html))


def _undo_markup(found: re.Match[str]) -> str:
    if found[1].lower() in _LITERAL or len(_TAG_END.findall(found[2])) < _LEAST_TAGS:
        return found[0]
    return found[0][: found.start(2) - found.start()] + unescape(found[2])


def _undo_letters(html: str) -> str:
    """Read as UTF-8 what was UTF-8 and read as letters of one byte."""
    if html.isascii():
        return html
    beyond = len(html) - len(html.encode("ascii", "ignore"))
    if beyond < _LEAST_LETTERS:
        return html
    for codec, runs in _RUNS.items():
        if sum(map(html.count, _LEADS[codec])) < _LEAD_SHARE * beyond:
            continue
        mended: list[str] = []
        end = read = 0
        for number, found in enumerate(runs.finditer(html)):
            if number == _SAMPLE and len(mended) < _SAMPLE:
                break
            text = _reread(found[0], codec)
            if text is not None:
                read += len(found[0])
                mended += [html[end : found.start()], text]
                end = found.end()
        if read >= _SHARE * beyond:
            return "".join([*mended, html[end:]])
    return html


def _reread(run: str, codec: str) -> str | None:
    try:
        try:
            return run.encode(codec).decode("utf-8")
        except UnicodeEncodeError:
            return b"".join(_byte_of(char, codec) for char in run).decode("utf-8")
    except UnicodeError:
        return None


def _byte_of(char: str, codec: str) -> bytes:
    """A letter's byte; that of a control character, which the codec leaves undefined, is its number."""
    return char.encode("latin-1") if "\u0080" <= char <= "\u009f" else char.encode(codec)
