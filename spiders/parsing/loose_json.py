"""Reads JSON-LD that is nearly JSON: comments, missing commas, quotes inside texts, JavaScript around it, a missing end.

Linear in the length of the text: a general repair library took two minutes for 40 kB made to be slow.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

MAX_CHARS = 200_000
_MAX_DEPTH = 100
_SKIP = re.compile(r"(?:[\s,;\ufeff\u200b]|//[^\n]{0,2000}|<!--|-->|<!\[CDATA\[|\]\]>)+")
_WORD = re.compile(r"[\w$@.+-]{1,200}")
_KEY_FOLLOWS = re.compile(r"\s{0,200}:")
_ENDS_TEXT = re.compile(
    r"\s{0,200}(?:[,:}\]]|$|//|/\*|\n\s{0,200}[\"']|[\"'][@\w:]{1,60}[\"']\s{0,20}:)"  # what follows a text's last quote
)
_BARE_QUOTE = re.compile(r'(?<!\\)"')
_CURLY_KEY = re.compile(r"[“”„][@\w]{1,60}[“”]\s{0,20}:")  # an editor set it in type
_STRAIGHT = str.maketrans("“”„", '"""')
_PLAIN = {"true": True, "false": False, "null": None, "undefined": None}
_ENTITY_QUOTE = "&quot;"


def read_loosely(text: str) -> list[Any]:
    """The objects and lists of a text, outermost only; what breaks off ends with the text. Empty beyond `MAX_CHARS`."""
    if len(text) > MAX_CHARS:
        return []
    if '"' not in text and _ENTITY_QUOTE in text:
        text = unescape(text)
    if _CURLY_KEY.search(text):
        text = text.translate(_STRAIGHT)
    return _Reader(text).read()


class _Reader:
    """One pass over a text; `open` holds the containers around the position, each with the key that waits for a value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.roots: list[Any] = []
        self.open: list[tuple[Any, list[str]]] = []

    def read(self) -> list[Any]:
        text = self.text
        while self.at < len(text):
            if skipped := _SKIP.match(text, self.at):
                self.at = skipped.end()
                continue
            char = text[self.at]
            if text.startswith("/*", self.at):
                end = text.find("*/", self.at)
                self.at = len(text) if end < 0 else end + 2
            elif char in "{[":
                self.at += 1
                self._enter({} if char == "{" else [])
            elif char in "}]":
                self.at += 1
                self._leave()
            elif char in "\"'" and self.open:
                self._take(self._read_text(char), is_text=True)
            elif word := _WORD.match(text, self.at):
                self.at = word.end()
                self._take(word[0], is_text=False)
            else:
                self.at += 1
        return self.roots

    def _enter(self, made: Any) -> None:
        if len(self.open) >= _MAX_DEPTH:
            self.at = len(self.text)
        elif not self.open:
            self.roots.append(made)
        else:
            self._put(made)
        self.open.append((made, []))

    def _leave(self) -> None:
        if self.open:
            self.open.pop()

    def _take(self, said: str, *, is_text: bool) -> None:
        if not self.open:
            return
        holder, key = self.open[-1]
        if isinstance(holder, dict) and not key:
            if follows := _KEY_FOLLOWS.match(self.text, self.at):
                self.at = follows.end()
                key.append(said)
        else:
            self._put(said if is_text else _PLAIN.get(said, said))

    def _put(self, value: Any) -> None:
        holder, key = self.open[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif key:
            holder.setdefault(key.pop(), value)

    def _read_text(self, quote: str) -> str:
        """The text from this quote on to the next one that something other than text follows."""
        start = self.at + 1
        end = self.text.find(quote, start)
        while end >= 0 and (self._is_escaped(end) or not _ENDS_TEXT.match(self.text, end + 1)):
            end = self.text.find(quote, end + 1)
        end = len(self.text) if end < 0 else end
        self.at = end + 1
        raw = self.text[start:end]
        escaped = _BARE_QUOTE.sub(r'\\"', raw)
        try:
            return str(json.loads(f'"{escaped}"', strict=False))
        except ValueError:
            return raw.replace(r"\'", "'").replace(r"\"", '"').replace(r"\/", "/")

    def _is_escaped(self, at: int) -> bool:
        before = self.text[max(0, at - 20) : at]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1
