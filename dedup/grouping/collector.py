"""Python's search for reference cycles, kept off what cannot hold any: a batch that is decided, loaded modules."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def keep_loaded() -> None:
    """Leave out of every later search what there is now: modules and compiled code stay to the end of the process.

    They are most of what a search of everything looks at, a few hundred thousand objects.
    """
    gc.freeze()


@contextmanager
def pause_collector() -> Iterator[None]:
    """Search for no cycles meanwhile: a batch makes hardly any, and each search looks at every version kept in memory."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
