"""The backfill of lineage for dispatches grouped before lineage existed, newest first, a batch at a time."""

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
    """Backfill the next versions from before lineage existed; gives back how many, 0 once all are done.

    A dispatch that has a chain gets a new revision, so the index follows; the others stay as they are.
    One transaction: a killed pass continues where it was.
    """
    with store.read() as connection:
        if not list_untraced(connection, 1):
            return 0
    with store.write() as connection:
        hold_grouping(connection)
        versions.catch_up(connection)
        ids = list_untraced(connection, limit)
        members = read_members(connection, sorted(set(find_dispatches(connection, ids).values())))
        looked_at = frozenset(ids)
        without = [name for name, found in members.items() if _lacks_lineage(found, looked_at)]
        revise_dispatches(connection, without, versions)
        close_untraced(connection, ids if len(ids) == limit else ())
    versions.trim()
    log.info("lineage.traced", versions=len(ids), dispatches=len(without))
    return len(ids)


def revise_stale(store: Store, versions: VersionCache, *, limit: int = BATCH) -> int:
    """Revise the next dispatches whose publisher or relations changed; gives back how many, 0 once all are done.

    One transaction: a pass that is killed goes on where it was.
    """
    with store.read() as connection:
        if not list_stale(connection, 1):
            return 0
    with store.write() as connection:
        hold_grouping(connection)
        versions.catch_up(connection)
        ids = list_stale(connection, limit)
        revise_dispatches(connection, ids, versions)
        clear_stale(connection, ids)
    versions.trim()
    log.info("dispatches.revised", dispatches=len(ids))
    return len(ids)


def _lacks_lineage(members: Sequence[DispatchMember], looked_at: frozenset[int]) -> bool:
    """True if a chain is there that is not stored yet; once a dispatch, when its newest version is looked at."""
    if len(members) == 1 or members[-1].version_id not in looked_at:
        return False
    stored = any(member.place is not None or member.carries is not None for member in members)
    return not stored and any(
        is_own(member.publisher, member.agency) or read_markers(member.markers)[0] != STORY
        for member in members
    )
