"""Writing the second index, of single stories, together with their dispatch and under its version.

A story's document has the story's own id. When the story moves to another dispatch, or its dispatch is merged, the
other dispatch's newer version overwrites the document; nothing has to be deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import RefusedError
from indexer.elastic.bulk_writer import SEVERITY
from indexer.elastic.documents import BulkItem
from indexer.port import IndexAction, ItemResult, WriteOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from indexer.elastic.bulk_writer import BulkWriter


def write_with_stories(
    writer: BulkWriter,
    actions: Iterable[IndexAction],
    targets: Sequence[str],
    also: Sequence[str],
    *,
    make: Callable[[IndexAction], BulkItem | ItemResult],
) -> WriteOutcome:
    """Write dispatches, then the stories of those written; returns the result of each dispatch and its stories together.

    Args:
        writer: of the server.
        actions: dispatches.
        targets: aliases of the index of dispatches, as `BulkWriter.write` takes them.
        also: the same of the index of stories.
        make: turns the action of a dispatch into a bulk item.

    Raises:
        UnreachableError, ConfigurationError: as `BulkWriter.write`.
    """
    stories: list[Sequence[IndexAction] | ItemResult] = []

    def make_both(action: IndexAction) -> BulkItem | ItemResult:
        stories.append(_list_stories(action))
        return make(action)

    return write_stories(writer, stories, writer.write(actions, targets, make=make_both), also)


def write_stories(
    writer: BulkWriter,
    stories: Sequence[Sequence[IndexAction] | ItemResult],
    outcome: WriteOutcome,
    targets: Sequence[str],
) -> WriteOutcome:
    """Write each dispatch's stories; `outcome` has the results of the dispatches' own documents, in the same order."""
    results = list(outcome.items)
    owners: list[int] = []
    sent: list[IndexAction] = []
    for place, found in enumerate(stories):
        if results[place].status != "done":
            continue  # the dispatch comes again, and its stories with it
        if isinstance(found, ItemResult):
            results[place] = found
            continue
        owners += [place] * len(found)
        sent += found
    if sent:
        written = writer.write(sent, targets, make=make_story_item)
        for place, item in zip(owners, written.items, strict=True):
            if SEVERITY[item.status] > SEVERITY[results[place].status]:
                results[place] = ItemResult(results[place].id, item.status, f"story {item.id}: {item.reason}")
    return WriteOutcome(tuple(results))


def _list_stories(action: IndexAction) -> list[IndexAction] | ItemResult:
    try:
        return [IndexAction(story.id, action.version, story.document) for story in action.stories()]
    except RefusedError as error:
        return ItemResult(action.id, "quarantine", error.message)


def make_story_item(action: IndexAction) -> BulkItem | ItemResult:
    """The bulk item of a story: its document unchanged."""
    return BulkItem(action.id, action.version, action.document)
