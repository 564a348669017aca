"""Index actions made of store rows: one dispatch's document, its id and its version."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from copytaster.errors import RefusedError
from indexer.document import make_document
from indexer.merge import merge_rows
from indexer.port import IndexAction, ItemResult
from indexer.serialise import serialise
from indexer.story_document import list_stories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copytaster.store.dispatches import DispatchRows
    from indexer.record import DispatchRecord


def make_action(record: DispatchRecord) -> IndexAction:
    """The action that writes a record's document.

    Raises:
        RefusedError: no index can take the document.
    """
    content = make_document(record)
    return IndexAction(record.id, record.change, serialise(content), partial(list_stories, record), content)


def make_actions(found: Sequence[DispatchRows]) -> tuple[list[IndexAction], list[ItemResult]]:
    """The actions of these dispatches, and a result for each dispatch whose document no index can take."""
    refused: list[ItemResult] = []
    return list(make_each({rows.id: rows for rows in found}, refused)), refused


def make_each(found: dict[str, DispatchRows], refused: list[ItemResult]) -> Iterator[IndexAction]:
    """As `make_actions`, one by one. Empties `found` on the way, so that memory holds each dispatch's rows once."""
    for name in list(found):
        rows = found.pop(name)
        try:
            action = make_action(merge_rows(rows))
        except RefusedError as error:
            refused.append(ItemResult(rows.id, "quarantine", error.message))
        except (ValueError, TypeError, KeyError, AttributeError) as error:  # damaged rows of one dispatch
            refused.append(ItemResult(rows.id, "quarantine", f"cannot be merged: {error!r}"[:300]))
        else:
            yield action
