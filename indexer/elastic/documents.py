"""A document as a bulk request sends it: its JSON with its words spliced in, which the server indexes and does not keep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from indexer.document_words import list_words
from indexer.elastic.mapping import find_stems
from indexer.port import IndexAction, ItemResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_VERSION = 2**63 - 1


@dataclass(frozen=True, slots=True)
class BulkItem:
    """A document of a bulk request; `body` is one line of JSON in UTF-8."""

    id: str
    version: int
    body: bytes

    def action(self, alias: str) -> bytes:
        """The line before the document: its index, id and version."""
        header = {"_index": alias, "_id": self.id, "version": self.version, "version_type": "external"}
        return json.dumps({"index": header}).encode()


def make_bulk_item(action: IndexAction, *, stems: bool = False) -> BulkItem | ItemResult:
    """The item of a dispatch, or the result that sets this one document aside.

    With `stems` the item holds its text a second time, for the server's analyzer of its language.
    """
    try:
        document = action.content or json.loads(action.document)
        if not 0 <= action.version <= MAX_VERSION:
            raise ValueError(f"version {action.version}")  # noqa: TRY301 - one way out for every fault
        for field in ("@timestamp", "last_changed"):
            datetime.fromisoformat(document[field])
        words = words_as_json(list_words(document)).encode()
        if stems and (language := find_stems(document.get("language"))):
            parts = {language: {"headline": document["headlines_all"], "body": document["body"]}}
            words += b',"stems":' + json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
        if not isinstance(document["state"], str):
            raise TypeError("state")  # noqa: TRY301
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return ItemResult(action.id, "quarantine", f"not an index document: {error!r}"[:300])
    return BulkItem(action.id, action.version, b'{"words":' + words + b"," + action.document.lstrip()[1:])


def words_as_json(words: Mapping[str, str | list[str]]) -> str:
    """The words of `list_words` as JSON. Written by hand, as no word holds a character that JSON escapes."""
    parts = (
        f'"{part}":"{found}"' if isinstance(found, str) else f'"{part}":[{_quote_all(found)}]'
        for part, found in words.items()
    )
    return f"{{{','.join(parts)}}}"


def _quote_all(texts: Sequence[str]) -> str:
    return ",".join([f'"{text}"' for text in texts])
