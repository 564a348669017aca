"""Taking stories out of the store and putting them back, with the new revision of every dispatch concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import BusyError, NotFoundError
from copytaster.store import grace, removals
from copytaster.store.revisions import hold_grouping
from dedup.cache.version_cache import VersionCache
from dedup.lineage.revision import revise_dispatches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.store.removals import TakenOut


def remove_for_a_time(
    connection: Connection,
    dispatch_id: str,
    story_ids: Sequence[int],
    *,
    rule: str,
    at: datetime,
    purge_at: datetime,
) -> TakenOut:
    """Take stories of a dispatch out; what they were is kept until `purge_at`."""
    hold_grouping(connection)
    removal_id = grace.open_removal(connection, dispatch_id, rule=rule, at=at, purge_at=purge_at)
    taken = removals.take_out(connection, story_ids, at=at, removal_id=removal_id)
    grace.keep_rows(connection, removal_id, taken.rows)
    revise_dispatches(connection, taken.left, VersionCache())
    return taken


def remove_for_good(connection: Connection, story_ids: Sequence[int], *, at: datetime) -> TakenOut:
    """Take stories out and keep nothing of them."""
    hold_grouping(connection)
    taken = removals.take_out(connection, story_ids, at=at)
    revise_dispatches(connection, taken.left, VersionCache())
    return taken


def restore(connection: Connection, dispatch_id: str) -> int:
    """Put everything back that retention took out of a dispatch; returns how many stories.

    Raises:
        NotFoundError: nothing of it can be restored.
        BusyError: a story came in again meanwhile.
    """
    hold_grouping(connection)
    found = grace.list_removals(connection, dispatch_id=dispatch_id)
    if not found:
        raise NotFoundError(
            "nothing of it can be restored: it did not leave by retention, or its grace period is over",
            resource=f"dispatch {dispatch_id}",
            hint="`copytaster retention list` names what can be restored; else take it from a backup",
        )
    count, changed = 0, list[str]()
    for removal in sorted(found, key=lambda one: one.id, reverse=True):
        rows = grace.read_rows(connection, removal.id)
        returned = removals.find_returned(connection, [row["identity"] for row in rows["stories"]])
        if returned:
            urls = [row["url"] for row in rows["stories"] if row["identity"] in returned]
            raise BusyError(
                f"a story came in again meanwhile: {urls[0]}",
                resource=f"dispatch {dispatch_id}",
                hint="search for its headline: the new one is a dispatch of its own",
            )
        changed += removals.put_back(connection, rows)
        grace.drop_removal(connection, removal.id)
        count += len(rows["stories"])
    revise_dispatches(connection, changed, VersionCache())
    return count
