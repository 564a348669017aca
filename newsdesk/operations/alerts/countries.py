"""The country of a source, whose days off its silences may be."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spiders.sources.config import Source

_SOLD = frozenset({"ai", "cc", "co", "fm", "gg", "io", "la", "me", "sh", "to", "tv", "ws"})  # to anybody
_COUNTRY_LETTERS = 2


def name_countries(sources: Iterable[Source]) -> dict[str, str]:
    """Source -> country, by the country code of its host, or else its language other than English."""
    found = {source.name: _name_country(source) for source in sources}
    return {name: country for name, country in found.items() if country}


def _name_country(source: Source) -> str:
    code = (urlsplit(source.url).hostname or "").rpartition(".")[2]
    if len(code) == _COUNTRY_LETTERS and code not in _SOLD:
        return code
    language = (source.language or "").lower()
    return "" if language.startswith("en") else language
