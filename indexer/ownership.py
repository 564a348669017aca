"""Whose an index is: compared with the store before the first write and whenever the index holds a newer change than was sent.

A store that is older than its index was restored from a backup. It raises its epoch by itself, queues every dispatch, and
removes the documents that it does not know.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import structlog

from copytaster.errors import BusyError, ConfigurationError, ForeignIndexError, UnreachableError
from copytaster.store.dispatches import find_changes, find_known_stories
from copytaster.store.timeline import (
    PENDING,
    Timeline,
    end_unknown,
    expect_unknown,
    keep_timeline,
    note_sent,
    raise_epoch,
    read_sent,
    read_timeline,
)
from indexer.port import IndexMark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from copytaster.store.engine import Store
    from indexer.port import IndexState, ItemResult, Kind, SearchIndex

log = structlog.get_logger(__name__)

Relation = Literal["current", "unmarked", "behind", "older", "foreign", "taken over"]
SAMPLE = 500  # of the oldest documents in an unmarked index; a restored store knows most of them


def relate(ours: Timeline, state: IndexState, claimed: IndexMark | None) -> Relation:
    """How the index of this state relates to a store; `claimed` is the mark that this process has put on it before.

    `unmarked`: nobody has marked it, and it holds nothing newer than the store; `behind`: it has the mark of a timeline
    that the store continues; `older`: the store is; `taken over`: another copy of the store marked it meanwhile.
    """
    mark, is_newer = state.mark, state.newest > ours.sent
    if mark is None:
        return "older" if is_newer else "behind" if ours.earlier and state.newest else "unmarked"
    if mark.installation != ours.installation:
        return "foreign"
    if mark.timeline == ours.name or mark.timeline in ours.earlier:
        return "older" if is_newer else "current" if mark.timeline == ours.name else "behind"
    return "older" if claimed in {None, mark} else "taken over"


def confirm_ownership(store: Store, index: SearchIndex) -> None:
    """Call before writing: `reconcile`, unless this process has done so and nothing is left to remove.

    Compares again where the store went back to a time before this process last wrote.
    """
    ours = _read(store)
    if index.claimed is None or ours.unknown == PENDING or index.written > ours.sent:
        reconcile(store, index)


def reconcile(store: Store, index: SearchIndex, *, overtaken: Timeline | None = None) -> None:
    """Compare the index with the store, make it this store's, and remove what the store does not know.

    Without an index, do nothing. A crash on the way leaves the rest for the next call, in whatever process. `overtaken` is
    the timeline in which `find_overtaken` found a document newer than the store.

    Raises:
        ForeignIndexError: another installation writes the index, or another copy of this store took it over.
        UnreachableError: the index does not respond.
    """
    state = index.read_state(refresh=True)
    if state is None:
        return
    with store.write() as connection:
        ours = keep_timeline(connection)
    relation = judge(store, index, ours, state)
    if relation in {"foreign", "taken over"}:
        raise explain_foreign(relation)
    if overtaken is not None and overtaken.name == ours.name:
        relation = "older"
    if relation == "older":
        _begin_epoch(store, ours, state)
    elif relation == "behind":
        with store.write() as connection:
            expect_unknown(connection)
    ours = _read(store)
    index.claim(mark_of(ours))
    if ours.unknown == PENDING:
        _remove_unknown(store, index, ours)


def judge(store: Store, index: SearchIndex, ours: Timeline, state: IndexState) -> Relation:
    """As `relate`; before an unmarked index is mended, the store has to know most of its oldest documents."""
    relation = relate(ours, state, index.claimed)
    if relation in {"older", "behind"} and state.mark is None:
        oldest = index.sample_oldest(SAMPLE)
        if 2 * len(_find_known(store, "dispatches", oldest)) < len(oldest):
            return "foreign"
    return relation


def prepare_rebuild(store: Store, index: SearchIndex, *, take_over: bool = False) -> IndexMark:
    """The mark of a new index that is built from the store, after `reconcile` with the live one; not with `take_over`.

    Raises:
        ForeignIndexError: another installation writes the live index.
    """
    if not take_over:
        with suppress(UnreachableError):  # a damaged file: the rebuild replaces it
            reconcile(store, index)
    with store.write() as connection:
        return mark_of(keep_timeline(connection))


def check_timeline(store: Store, mark: IndexMark) -> None:
    """Call before an index of this mark becomes the live one.

    Raises:
        BusyError: the store has begun a new timeline since.
    """
    if _read(store).name != mark.timeline:
        raise BusyError(
            "the store raised its epoch meanwhile",
            resource="rebuild",
            hint="the live index stays; run it again",
        )


def end_rebuild(store: Store, index: SearchIndex, mark: IndexMark) -> None:
    """Call after the switch to an index of this mark, which holds what the store knows and nothing else."""
    index.claim(mark)
    with store.write() as connection:
        if read_timeline(connection).name == mark.timeline:
            end_unknown(connection)


def explain_foreign(relation: Relation) -> ForeignIndexError:
    """The error of an index that this store must not write."""
    if relation == "foreign":
        return ForeignIndexError(
            "another installation's documents are in it; nothing is written, and what waits is kept",
            resource="index",
            hint="give each installation its own data folder, or its own elasticsearch.prefix; if the other "
            "installation is gone, `copytaster rebuild --take-over`",
        )
    return ForeignIndexError(
        "another copy of this store, restored meanwhile, writes it; this process writes nothing more",
        resource="index",
        hint="stop the process of the copy that you do not keep; the one started last writes the index",
    )


def mark_of(ours: Timeline) -> IndexMark:
    """The mark of a store's timeline."""
    return IndexMark(ours.installation, ours.name, ours.epoch)


def announce(store: Store, changes: Iterable[int]) -> None:
    """Note in the store that documents of these changes go to an index. Call it before they do."""
    newest = max(changes, default=0)
    with store.read() as connection:
        if newest <= read_sent(connection):
            return
    with store.write() as connection:
        note_sent(connection, newest)


def find_overtaken(store: Store, results: Iterable[ItemResult]) -> Timeline | None:
    """The store's timeline if the index held a version of a dispatch that the store never gave it; else None.

    A newer version from another process of this store is in the store by then.
    """
    held = {result.id: result.held for result in results if result.held is not None}
    if not held:
        return None
    with store.read() as connection:
        changes = find_changes(connection, list(held))
        is_newer = any(version > changes.get(name, 0) for name, version in held.items())
        return read_timeline(connection) if is_newer else None


def _begin_epoch(store: Store, ours: Timeline, state: IndexState) -> None:
    newest = max(state.newest, state.mark.epoch << 40 if state.mark else 0)
    with store.write() as connection:
        queued = raise_epoch(connection, ours, above=newest, at=datetime.now(UTC))
        epoch = read_timeline(connection).epoch
    if queued is not None:
        log.warning(
            "index.newer_than_store", index_change=newest, store_change=ours.sent, epoch=epoch, queued=queued
        )


def _remove_unknown(store: Store, index: SearchIndex, ours: Timeline) -> None:
    def known(kind: Kind, ids: Sequence[str]) -> Collection[str]:
        return _find_known(store, kind, ids)

    why_not = ""
    try:
        removed = index.remove_unknown(known, version=ours.base)
    except ForeignIndexError:
        raise
    except ConfigurationError as error:  # the rest goes on: new copy is visible, and `doctor` reports this
        why_not = str(error)
        log.warning("index.unknown_left", error=why_not)
    else:
        log.warning("index.unknown_removed", documents=removed)
    with store.write() as connection:
        if read_timeline(connection).name == ours.name:
            end_unknown(connection, why_not)


def _find_known(store: Store, kind: Kind, ids: Sequence[str]) -> set[str]:
    with store.read() as connection:
        if kind == "stories":
            return find_known_stories(connection, ids)
        return set(find_changes(connection, ids))


def _read(store: Store) -> Timeline:
    with store.read() as connection:
        return read_timeline(connection)
