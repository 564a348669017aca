"""The second index, of single stories: written with the row of their dispatch, under its version.

A story's document stands under the story's own id. When the story moves to another dispatch, or its dispatch is merged,
that one's change is the newer version and takes the document over; nothing has to be deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import RefusedError
from indexer.elastic.documents import Prepared
from indexer.port import IndexAction, ItemResult, WriteOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.elastic.writing import Writer

_ORDER = {"done": 0, "quarantine": 1, "retry": 2}


def write_stories(
    writer: Writer, actions: Sequence[IndexAction], outcome: WriteOutcome, targets: Sequence[str]
) -> WriteOutcome:
    """Write the stories of dispatches; gives back how each dispatch ended, its stories included.

    Args:
        writer: of the server.
        actions: dispatches.
        outcome: how their own documents ended, in the same order.
        targets: aliases of the index of stories, as `Writer.write` takes them.

    Raises:
        UnreachableError, ConfigurationError: as `Writer.write`.
    """
    results = list(outcome.items)
    owners: list[int] = []
    stories: list[IndexAction] = []
    for place, action in enumerate(actions):
        if results[place].status != "done":
            continue  # it comes again, and its stories with it
        try:
            found = action.stories()
        except RefusedError as error:
            results[place] = ItemResult(action.id, "quarantine", error.message)
            continue
        owners += [place] * len(found)
        stories += [IndexAction(story.id, action.version, story.document) for story in found]
    if stories:
        written = writer.write(stories, targets, make=prepare_story)
        for place, item in zip(owners, written.items, strict=True):
            if _ORDER[item.status] > _ORDER[results[place].status]:
                results[place] = ItemResult(actions[place].id, item.status, f"story {item.id}: {item.reason}")
    return WriteOutcome(tuple(results))


def prepare_story(action: IndexAction) -> Prepared | ItemResult:
    """A story's document as it is sent: as it is."""
    return Prepared(action.id, action.version, action.document)
