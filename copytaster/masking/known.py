"""Secrets that this process was given: masked wherever they appear, in every spelling and under any name."""

from __future__ import annotations

import json
import re
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from copytaster.masking.names import MASK, is_secret, looks_random

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST = 6  # shorter ones would mask parts of ordinary words

_ESCAPE_OR_RUN = re.compile(r"%(?:25)*[0-9A-Fa-f]{2}|[A-Za-z0-9]{3,}")
_SEPARATORS = re.compile(r"[/;]")


class KnownSecrets:
    """The secrets of one process. Each spelling is found by its first run of letters and digits."""

    def __init__(self) -> None:
        self._by_run: dict[str, frozenset[str]] = {}
        self._lock = Lock()

    def learn(self, secret: str) -> None:
        """Mask this value from now on. A single word is left alone: it would be masked in copy too."""
        if len(secret) < SHORTEST or secret.isalpha():
            return
        with self._lock:
            for spelling in _spell(secret):
                run = _first_run(spelling)
                self._by_run[run] = self._by_run.get(run, frozenset()) | {spelling}

    def mask(self, text: str) -> str:
        """The text with every known secret masked."""
        if not self._by_run:
            return text
        kept: list[str] = []
        done = 0
        for run in _ESCAPE_OR_RUN.finditer(text):
            for spelling in self._by_run.get(run[0], ()):
                start = run.start() - spelling.index(run[0])
                if start >= done and text.startswith(spelling, start):
                    kept += [text[done:start], MASK]
                    done = start + len(spelling)
                    break
        return text if not kept else "".join([*kept, text[done:]])


def _first_run(text: str) -> str:
    """The first run of letters and digits, by which the text is found; empty if it has none, and it is never found."""
    return next((run for run in _ESCAPE_OR_RUN.findall(text) if not run.startswith("%")), "")


def _spell(secret: str) -> set[str]:
    once = quote(secret, safe="")
    return {secret, once, quote(once, safe=""), quote(secret), json.dumps(secret)[1:-1]}


KNOWN = KnownSecrets()


def learn_secret(secret: str | None) -> None:
    """Mask this value in everything that leaves this process from now on."""
    if secret:
        KNOWN.learn(secret)


def learn_address(url: str) -> None:
    """Mask the secrets of a configured address: password, secret parameters, and keys under unknown names or in the path."""
    for secret in find_secrets(url):
        learn_secret(secret)


def find_secrets(url: str) -> list[str]:
    """The secrets in a configured address."""
    try:
        return list(_find(url))
    except ValueError:  # no address
        return []


def _find(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if parts.password:
        yield unquote(parts.password)
    elif parts.username and looks_random(parts.username):
        yield unquote(parts.username)
    for pairs in (parts.query, parts.fragment):
        for name, value in parse_qsl(pairs):
            if is_secret(name, value) or looks_random(value):
                yield value
    for segment in _SEPARATORS.split(parts.path):
        name, sign, value = segment.partition("=")
        if is_secret(name, value) if sign else looks_random(segment):
            yield unquote(value if sign else segment.partition(".")[0])
