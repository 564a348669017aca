"""Re-runs: the same text sent again after the window, often under a new date. A dispatch of its own, linked to the first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from copytaster.store.lineage import VersionLink
from copytaster.store.signatures import find_same_texts

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import timedelta

    from sqlalchemy import Connection


def find_rerun_links(
    connection: Connection, founders: AbstractSet[int], *, window: timedelta, history: timedelta
) -> list[VersionLink]:
    """Links from each dispatch whose text was printed before, longer ago than the window, to the first that had it.

    Args:
        connection: the transaction; the rows of the founders are written.
        founders: versions that just founded a dispatch, in whatever order they were printed.
        window: within it, versions of one text are one dispatch, or people put them apart.
        history: an older text is no longer looked for.
    """
    found = sorted(
        find_same_texts(connection, sorted(founders)), key=lambda one: (one.key, one.at, one.version_id)
    )
    links = []
    for _, same in groupby(found, key=lambda one: one.key):
        first, *later = same
        links += [
            VersionLink(one.version_id, first.version_id, "repeat-of", (one.at - first.at).days)
            for one in later
            if window < one.at - first.at <= history
            and not founders.isdisjoint({one.version_id, first.version_id})
        ]
    return links
