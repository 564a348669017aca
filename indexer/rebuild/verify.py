"""Comparing a new index with the store: counts, and a random sample of documents byte by byte."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from copytaster.errors import CopytasterError
from copytaster.store.dispatches import count_dispatches, count_stories, ids_after, read_dispatches
from copytaster.store.removals import count_gone
from indexer.actions import make_actions
from indexer.serialise import serialise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from indexer.port import IndexAction, IndexBuild

SAMPLES = 100  # dispatches whose documents are compared
WALK = 5000  # ids read at once


def count_expected(store: Store) -> tuple[int, int]:
    """The least number of dispatches and of single stories in an index that is filled from now on."""
    with store.read() as connection:
        return count_dispatches(connection), count_stories(connection, settled=True)


def compare_counts(
    store: Store, build: IndexBuild, before: tuple[int, int], refused: Collection[str], *, since: int
) -> int:
    """Returns the number of documents in the new index: at least `before`, at most what the store has by now.

    Dispatches that left after the change `since` may be in it or not.

    Compares the single stories too, where the index has them and refused no dispatch: its stories are left out with it.

    Raises:
        CopytasterError: there are too few or too many documents.
    """
    held, held_stories = build.count(), build.count_stories()
    with store.read() as connection:
        after = count_dispatches(connection), count_stories(connection, settled=False)
        left = count_gone(connection, since)
    if not before[0] - left <= held + len(refused) <= after[0] + left:
        raise CopytasterError(
            f"{before[0]} dispatches in the store, {held} in the new index, {len(refused)} refused",
            resource="rebuild",
            hint="the live index stays as it is; run `copytaster doctor`",
        )
    if held_stories is not None and not refused and not left and not before[1] <= held_stories <= after[1]:
        raise CopytasterError(
            f"{before[1]} single stories in the store, {held_stories} in the new index",
            resource="rebuild",
            hint="the live index stays as it is; run `copytaster doctor`",
        )
    return held


def compare_samples(store: Store, build: IndexBuild, change: int, refused: Collection[str]) -> None:
    """Compare the documents of a random sample of dispatches and of their stories, leaving out those changed after `change`.

    Raises:
        CopytasterError: a document is missing or differs.
    """
    with store.read() as connection:
        drawn = [name for name in _draw_sample(_walk_ids(connection)) if name not in refused]
    held = {name: build.get(name) for name in drawn}
    for action in _read_unchanged(store, drawn, change):
        found = held[action.id]
        if found is None or serialise(found) != action.document:
            raise _differs(f"dispatch {action.id}")
    if build.count_stories() is not None:
        _compare_stories(store, build, drawn, change)


def _compare_stories(store: Store, build: IndexBuild, drawn: Sequence[str], change: int) -> None:
    differing = {
        action.id: story.id
        for action in _read_unchanged(store, drawn, change)
        for story in action.stories()
        if (found := build.get_story(story.id)) is None or serialise(found) != story.document
    }
    # read again, which drops the dispatches that changed meanwhile, and the stories with a version not yet grouped
    for action in _read_unchanged(store, list(differing), change):
        if differing[action.id] in {story.id for story in action.stories()}:
            raise _differs(f"story {differing[action.id]} of dispatch {action.id}")


def _read_unchanged(store: Store, names: Sequence[str], change: int) -> list[IndexAction]:
    with store.read() as connection:
        rows = read_dispatches(connection, names)
    actions, _ = make_actions([found for found in rows.values() if found.change <= change])
    return actions


def _differs(what: str) -> CopytasterError:
    return CopytasterError(
        f"{what} is not in the new index as it is in the store",
        resource="rebuild",
        hint="the live index stays as it is; run it again",
    )


def _walk_ids(connection: Connection) -> Iterator[str]:
    after = ""
    while ids := ids_after(connection, after, limit=WALK):
        yield from ids
        after = ids[-1]


def _draw_sample(ids: Iterator[str]) -> list[str]:
    """A sample of ids that come one by one (reservoir sampling)."""
    chosen: list[str] = []
    for number, name in enumerate(ids):
        if number < SAMPLES:
            chosen.append(name)
        elif (place := random.randrange(number + 1)) < SAMPLES:  # noqa: S311 - a sample, not a secret
            chosen[place] = name
    return chosen
