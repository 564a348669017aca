"""Grouping and indexing that follow a pass of intake while it runs."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dedup.grouping.grouper import Grouper
from indexer.drain import drain, prepare_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from settings import GroupingSettings


@contextmanager
def follow(store: Store, index: SearchIndex, settings: GroupingSettings) -> Iterator[Callable[[], None]]:
    """Group and index in a thread beside the caller, who calls what this gives after each commit of new versions.

    When the context ends, everything that waited has been worked off.

    Raises:
        Exception: what stopped the thread, at the end of the context.
    """
    prepare_index(store, index)
    grouper = Grouper(store, settings)
    stored, ended = threading.Event(), threading.Event()
    failures: list[Exception] = []

    def work() -> None:
        try:
            while True:
                last = ended.is_set()
                stored.clear()
                for _ in grouper.group():
                    pass
                drain(store, index)
                if last:
                    return
                stored.wait()
        except Exception as error:  # noqa: BLE001 - raised again where the caller is
            failures.append(error)

    thread = threading.Thread(target=work, name="following")
    thread.start()
    try:
        yield stored.set
    finally:
        ended.set()
        stored.set()
        thread.join()
    if failures:
        raise failures[0]
