"""A document as it is sent: the store's JSON with its words spliced in. The server keeps the store's part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from indexer.analyzer import NAMES, both_texts, names_of
from indexer.elastic.mapping import find_stems
from indexer.port import IndexAction, ItemResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_VERSION = 2**63 - 1
# Other adapters split words at every ASCII character that is neither letter nor digit; so do we.
_SPLIT = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be sent; `body` is one line of JSON in UTF-8."""

    id: str
    version: int
    body: bytes

    def action(self, alias: str) -> bytes:
        """The line before the document, which says where it goes."""
        header = {"_index": alias, "_id": self.id, "version": self.version, "version_type": "external"}
        return json.dumps({"index": header}).encode()


def prepare(action: IndexAction, *, stems: bool = False) -> Prepared | ItemResult:
    """Make a document ready before it enters a batch; one that cannot be is set aside alone.

    With `stems` its text goes once more, to be stemmed by the analyzers of its language.
    """
    try:
        document = action.content or json.loads(action.document)
        if not 0 <= action.version <= MAX_VERSION:
            raise ValueError(f"version {action.version}")  # noqa: TRY301 - one road for all that is wrong with it
        for field in ("published_at", "last_changed"):
            datetime.fromisoformat(document[field])
        words = write_words(words_of(document)).encode()
        if stems and (language := find_stems(document.get("language"))):
            parts = {language: {"headline": document["headlines_all"], "body": document["body"]}}
            words += b',"stems":' + json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
        if not isinstance(document["state"], str):
            raise TypeError("state")  # noqa: TRY301
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return ItemResult(action.id, "quarantine", f"not an index document: {error!r}"[:300])
    return Prepared(action.id, action.version, b'{"words":' + words + b"," + action.document.lstrip()[1:])


def words_of(document: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """A document's words, by the parts of `indexer.analyzer.WORDS`; each headline apart, so that no phrase reaches across."""
    headline = document["headline"]
    others = [both_texts(text) for text in document["headlines_all"] if text != headline]
    folded_headline, exact_headline = both_texts(headline)
    folded_body, exact_body = both_texts(document["body"])
    return {
        "headline": folded_headline,
        "headlines": [folded for folded, _ in others],
        "body": folded_body,
        "exact_headline": exact_headline,
        "exact_headlines": [exact for _, exact in others],
        "exact_body": exact_body,
        **{field: [clean(text) for text in texts] for field, texts in names_of(document).items()},
    }


def write_words(words: Mapping[str, str | list[str]]) -> str:
    """The words of a document as JSON: they hold nothing that JSON escapes."""
    parts = (
        f'"{part}":"{found}"' if isinstance(found, str) else f'"{part}":[{_quote_all(found)}]'
        for part, found in words.items()
    )
    return f"{{{','.join(parts)}}}"


def _quote_all(texts: Sequence[str]) -> str:
    return '"' + '","'.join(texts) + '"' if texts else ""


@lru_cache(maxsize=NAMES)
def clean(words: str) -> str:
    """Words joined by spaces, free of what other adapters split at."""
    return words.translate(_SPLIT)


def split_words(words: Iterable[str]) -> list[str]:
    """The words of a term as they stand in the index."""
    return clean(" ".join(words)).split()
