"""Lineage of what was grouped before it was kept: places, what is carried, who prints old text; newest first, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from copytaster.canonical import is_own
from copytaster.chain import STORY, read_markers
from copytaster.store.lineage import close_untraced, find_dispatches, list_untraced
from copytaster.store.memberships import read_members
from copytaster.store.revisions import clear_stale, hold_grouping, list_stale
from dedup.lineage.revision import revise_dispatches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.store.engine import Store
    from copytaster.store.memberships import DispatchMember
    from dedup.cache.version_cache import VersionCache

log = structlog.get_logger(__name__)

BATCH = 128  # versions a transaction


def trace_earlier(store: Store, versions: VersionCache, *, limit: int = BATCH) -> int:
    """Look at the next versions from before lineage was kept; gives back how many, 0 once all were looked at.

    A dispatch of which something is to be told gets its revision, so the index follows; the others stay as they are.
    One transaction: a pass that was killed goes on where it was.
    """
    with store.read() as connection:
        if not list_untraced(connection, 1):
            return 0
    with store.write() as connection:
        hold_grouping(connection)
        ids = list_untraced(connection, limit)
        members = read_members(connection, sorted(set(find_dispatches(connection, ids).values())))
        looked_at = frozenset(ids)
        silent = [name for name, found in members.items() if _is_silent(found, looked_at)]
        revise_dispatches(connection, silent, versions)
        close_untraced(connection, ids if len(ids) == limit else ())
    versions.trim()
    log.info("lineage.traced", versions=len(ids), dispatches=len(silent))
    return len(ids)


def revise_stale(store: Store, versions: VersionCache, *, limit: int = BATCH) -> int:
    """Revise the next dispatches of which a story's publisher was corrected; gives back how many, 0 once all are done.

    One transaction: a pass that is killed goes on where it was.
    """
    with store.read() as connection:
        if not list_stale(connection, 1):
            return 0
    with store.write() as connection:
        hold_grouping(connection)
        ids = list_stale(connection, limit)
        revise_dispatches(connection, ids, versions)
        clear_stale(connection, ids)
    versions.trim()
    log.info("publisher.corrected", dispatches=len(ids))
    return len(ids)


def _is_silent(members: Sequence[DispatchMember], looked_at: frozenset[int]) -> bool:
    """Whether a chain is there of which nothing was told; asked once a dispatch, when its newest version comes up."""
    if len(members) == 1 or members[-1].version_id not in looked_at:
        return False
    told = any(member.place is not None or member.carries is not None for member in members)
    return not told and any(
        is_own(member.publisher, member.agency) or read_markers(member.markers)[0] != STORY
        for member in members
    )
