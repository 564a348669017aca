"""Index actions: one whole document, its id and its version."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from copytaster.errors import RefusedError
from indexer.document import make_document
from indexer.port import IndexAction, ItemResult
from indexer.record import merge
from indexer.serialise import serialise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copytaster.store.dispatches import DispatchRows
    from indexer.record import DispatchRecord


def make_action(record: DispatchRecord) -> IndexAction:
    """What to write for a record.

    Raises:
        RefusedError: no index can take it.
    """
    from indexer.story_document import list_stories

    content = make_document(record)
    return IndexAction(record.id, record.change, serialise(content), partial(list_stories, record), content)


def make_actions(found: Sequence[DispatchRows]) -> tuple[list[IndexAction], list[ItemResult]]:
    """The documents of dispatches, and those that no index can take, each set aside alone."""
    refused: list[ItemResult] = []
    return list(make_each({rows.id: rows for rows in found}, refused)), refused


def make_each(found: dict[str, DispatchRows], refused: list[ItemResult]) -> Iterator[IndexAction]:
    """The same one by one, into `refused` what no index can take; each leaves `found`, so that none is held longer."""
    for name in list(found):
        rows = found.pop(name)
        try:
            action = make_action(merge(rows))
        except RefusedError as error:
            refused.append(ItemResult(rows.id, "quarantine", error.message))
        except (ValueError, TypeError, KeyError, AttributeError) as error:  # damaged rows of one dispatch
            refused.append(ItemResult(rows.id, "quarantine", f"cannot be merged: {error!r}"[:300]))
        else:
            yield action
