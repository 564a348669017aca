"""Checks of the store's rows: are versions, stories, pages and dispatches whole and consistent? They only read.

They take some tenths of a second whatever the store holds: of a large table they read the newest rows, unless the caller
wants the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from copytaster.store import consistency, counts
from copytaster.store.consistency import Reach, find_reach
from copytaster.store.dispatches import count_dispatches
from copytaster.store.sealing import compare_rows, list_large
from newsdesk.operations.check_result import SHOWN, CheckResult, list_some
from newsdesk.operations.scrub.findings import WHAT, noun_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


class RowCheck(Protocol):
    """One check; `whole`: of every row."""

    def __call__(self, connection: Connection, *, whole: bool = False) -> CheckResult:
        """What it found."""


def _choose_reach(connection: Connection, *, whole: bool) -> Reach:
    return Reach() if whole else find_reach(connection)


def _name(number: int, reach: Reach) -> str:
    return str(number) if reach.is_whole else f"the newest {number}"


def _check_integrity(connection: Connection, *, whole: bool = False) -> CheckResult:
    check = "store integrity"
    if connection.dialect.name != "sqlite":
        return CheckResult(check, "ok", f"not checked here: {connection.dialect.name} checks its own files")
    large = set() if whole else list_large(connection)
    broken = consistency.find_damage(connection, limit=SHOWN, leave_out=large)
    if broken:
        return CheckResult(check, "fault", "; ".join(broken), "stop the service and restore the last backup")
    left = f"; {list_some(sorted(large))} left to the scrub, being large" if large else ""
    return CheckResult(check, "ok", f"no damage found{left}")


def _check_versions(connection: Connection, *, whole: bool = False) -> CheckResult:
    """Every stored version is exactly one of indexed, waiting and quarantined."""
    check = "versions"
    reach = _choose_reach(connection, whole=whole)
    lost = consistency.find_lost_versions(connection, reach)
    early = consistency.find_early_versions(connection)
    if lost or early:
        parts = [f"grouped, but in no dispatch: {list_some(lost)}"] if lost else []
        parts += [f"in a dispatch, but not marked as grouped: {list_some(early)}"] if early else []
        return CheckResult(
            check, "fault", "; ".join(parts), "restore the last backup, then `copytaster rebuild`"
        )
    after = reach.versions
    stored = counts.count_versions(connection, after=after)
    ungrouped = counts.count_ungrouped(connection, after=after)
    waiting = counts.count_queued_versions(connection, quarantined=False, after=after)
    quarantined = counts.count_queued_versions(connection, quarantined=True, after=after)
    indexed = stored - ungrouped - waiting - quarantined
    detail = (
        f"{_name(stored, reach)} stored = {indexed} indexed + {ungrouped + waiting} waiting ({ungrouped} for grouping,"
        f" {waiting} for the index) + {quarantined} quarantined"
    )
    return CheckResult(check, "ok" if indexed >= 0 else "fault", detail)


def _check_stories(connection: Connection, *, whole: bool = False) -> CheckResult:
    """Every story has the versions 1, 2, 3 ... and no others."""
    reach = _choose_reach(connection, whole=whole)
    wrong = consistency.find_incomplete_stories(connection, reach)
    if wrong:
        way_out = "versions are missing: restore the last backup"
        return CheckResult(
            "stories",
            "fault",
            f"the version count differs from the stored versions: {list_some(wrong)}",
            way_out,
        )
    return CheckResult(
        "stories",
        "ok",
        f"{_name(counts.count_all_stories(connection, after=reach.stories), reach)} stories, each with all its versions",
    )


def _check_raw_pages(connection: Connection, *, whole: bool = False) -> CheckResult:
    reach = _choose_reach(connection, whole=whole)
    missing = consistency.find_pageless_versions(connection, reach)
    if missing:
        return CheckResult(
            "raw pages",
            "fault",
            f"versions without a raw page: {list_some(missing)}",
            "restore the last backup",
        )
    number = _name(counts.count_versions(connection, after=reach.versions), reach)
    return CheckResult("raw pages", "ok", f"{number} versions, every one has its page")


def _check_dispatches(connection: Connection, *, whole: bool = False) -> CheckResult:
    """Every dispatch has members, unless it was merged into another one that exists."""
    check = "dispatches"
    reach = _choose_reach(connection, whole=whole)
    empty = consistency.find_empty_dispatches(connection, reach)
    astray = consistency.find_astray_dispatches(connection, reach)
    if empty or astray:
        return CheckResult(
            check,
            "fault",
            f"without members: {list_some(empty)}; merged into a missing dispatch: {list_some(astray)}",
            "restore the last backup",
        )
    return CheckResult(
        check,
        "ok",
        f"{_name(count_dispatches(connection, after=reach.dispatches), reach)} dispatches, each with members",
    )


def _check_digests(connection: Connection, *, whole: bool = False) -> CheckResult:
    """Every row of the store against its digest."""
    check = "digests"
    if connection.dialect.name != "sqlite":
        return CheckResult(check, "ok", f"not compared here: {connection.dialect.name} checks its own pages")
    large = set() if whole else list_large(connection)
    faults, rows, unknown = compare_rows(connection, large=large)
    if faults:
        named = [f"{noun_of(one.table)} {one.key} ({WHAT[one.fault]})" for one in faults]
        return CheckResult(check, "fault", list_some(named), "`copytaster scrub` repairs what it can")
    if unknown:
        return CheckResult(
            check, "note", f"{rows} rows compared, {unknown} have no digest yet", "`copytaster scrub`"
        )
    left = (
        f"; of {list_some(sorted(large - {'seals'}))} only the newest, the scrub reads all" if large else ""
    )
    return CheckResult(check, "ok", f"{rows} rows are as they were written{left}")


ROW_CHECKS: dict[str, RowCheck] = {
    "store integrity": _check_integrity,
    "digests": _check_digests,
    "versions": _check_versions,
    "stories": _check_stories,
    "raw pages": _check_raw_pages,
    "dispatches": _check_dispatches,
}
