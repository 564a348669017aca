"""Checks of the store: are versions, stories, pages, dispatches, runs and parts consistent? They only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from copytaster.process_id import is_gone
from copytaster.store import outbox as outbox_rows
from copytaster.store.engine import read_revisions
from copytaster.store.service_health import read_service_parts
from copytaster.store.tables import dispatches, memberships, outbox, raw_pages, runs, stories, versions
from newsdesk.operations.check_result import SHOWN, CheckResult, list_some

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Select


def _check_integrity(connection: Connection) -> CheckResult:
    check = "store integrity"
    if connection.dialect.name != "sqlite":
        return CheckResult(check, "ok", f"not checked here: {connection.dialect.name} checks its own files")
    broken = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(5)") if row[0] != "ok"]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(SHOWN)
    broken += [f"{row[0]} row {row[1]} refers to a missing {row[2]}" for row in orphans]
    if broken:
        return CheckResult(check, "fault", "; ".join(broken), "stop the service and restore the last backup")
    return CheckResult(check, "ok", "no damage found")


def _check_schema(connection: Connection) -> CheckResult:
    current, newest = read_revisions(connection)
    if current != newest:
        return CheckResult(
            "schema", "fault", f"revision {current}, but this program needs {newest}", "upgrade copytaster"
        )
    return CheckResult("schema", "ok", f"revision {current}")


def _check_versions(connection: Connection) -> CheckResult:
    """Every stored version is exactly one of indexed, waiting and quarantined."""
    check = "versions"
    lost = _ids(
        connection,
        select(versions.c.id)
        .outerjoin(memberships)
        .where(versions.c.grouped, memberships.c.version_id.is_(None)),
    )
    early = _ids(connection, select(versions.c.id).join(memberships).where(~versions.c.grouped))
    if lost or early:
        parts = [f"grouped, but in no dispatch: {list_some(lost)}"] if lost else []
        parts += [f"in a dispatch, but not marked as grouped: {list_some(early)}"] if early else []
        return CheckResult(
            check, "fault", "; ".join(parts), "restore the last backup, then `copytaster rebuild`"
        )
    stored = _count(connection, select(func.count(versions.c.id)))
    ungrouped = _count(connection, select(func.count(versions.c.id)).where(~versions.c.grouped))
    queued = select(func.count(memberships.c.version_id)).join(
        outbox, outbox.c.dispatch_id == memberships.c.dispatch_id
    )
    waiting = _count(connection, queued.where(outbox.c.quarantined_at.is_(None)))
    quarantined = _count(connection, queued.where(outbox.c.quarantined_at.is_not(None)))
    indexed = stored - ungrouped - waiting - quarantined
    detail = (
        f"{stored} stored = {indexed} indexed + {ungrouped + waiting} waiting ({ungrouped} for grouping,"
        f" {waiting} for the index) + {quarantined} quarantined"
    )
    return CheckResult(check, "ok" if indexed >= 0 else "fault", detail)


def _check_stories(connection: Connection) -> CheckResult:
    """Every story has the versions 1, 2, 3 ... and no others."""
    counted = (
        select(stories.c.id)
        .outerjoin(versions)
        .group_by(stories.c.id, stories.c.version_count)
        .having(
            or_(
                func.count(versions.c.id) != stories.c.version_count,
                func.coalesce(func.max(versions.c.number), 0) != stories.c.version_count,
            )
        )
    )
    wrong = _ids(connection, counted)
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
        f"{_count(connection, select(func.count(stories.c.id)))} stories, each with all its versions",
    )


def _check_raw_pages(connection: Connection) -> CheckResult:
    missing = _ids(
        connection,
        select(versions.c.id)
        .outerjoin(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
        .where(raw_pages.c.id.is_(None)),
    )
    if missing:
        return CheckResult(
            "raw pages",
            "fault",
            f"versions without a raw page: {list_some(missing)}",
            "restore the last backup",
        )
    kept = _count(connection, select(func.count(raw_pages.c.id)))
    return CheckResult("raw pages", "ok", f"{kept} stored, every version has one")


def _check_dispatches(connection: Connection) -> CheckResult:
    """Every dispatch has members, unless it was merged into another one that exists."""
    check = "dispatches"
    empty = _ids(
        connection,
        select(dispatches.c.id)
        .outerjoin(memberships)
        .where(dispatches.c.state != "merged", memberships.c.version_id.is_(None)),
    )
    other = dispatches.alias()
    astray = _ids(
        connection,
        select(dispatches.c.id)
        .outerjoin(other, other.c.id == dispatches.c.merged_into)
        .where(dispatches.c.state == "merged", other.c.id.is_(None)),
    )
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
        f"{_count(connection, select(func.count(dispatches.c.id)))} dispatches, each with members",
    )


def _check_runs(connection: Connection) -> CheckResult:
    """Found = stored + unchanged + refused in every run that ended well; every open run has a live process."""
    check = "runs"
    orphans = [
        row.source
        for row in connection.execute(select(runs.c.source, runs.c.holder).where(runs.c.outcome == "running"))
        if is_gone(row.holder)
    ]
    if orphans:
        way_out = "the next start of the service, or of any run, marks them as failed"
        return CheckResult(
            check, "note", f"marked as running, but their process is gone: {list_some(orphans)}", way_out
        )
    ended = select(runs.c.id, runs.c.found, runs.c.stored, runs.c.unchanged, runs.c.dropped)
    unbalanced = [
        row.id
        for row in connection.execute(ended.where(runs.c.outcome == "ran"))
        if row.found != row.stored + row.unchanged + sum(row.dropped.values())
    ]
    if unbalanced:
        detail = f"found differs from stored + unchanged + refused in the runs {list_some(unbalanced)}"
        return CheckResult(check, "fault", detail, "report this with `copytaster runs --json`")
    count = _count(connection, select(func.count(runs.c.id)))
    return CheckResult(
        check,
        "ok",
        f"{count} due times; found = stored + unchanged + refused in every run that ended well",
    )


def _check_quarantine(connection: Connection) -> CheckResult:
    held = outbox_rows.read_backlog(connection).quarantined
    if held:
        way_out = "`copytaster quarantine list`, then `copytaster quarantine replay ID`"
        return CheckResult("quarantine", "note", f"{held} documents refused by the index", way_out)
    return CheckResult("quarantine", "ok", "no document refused by the index")


def _check_parts(connection: Connection) -> CheckResult:
    failing = [part for part in read_service_parts(connection) if not part.ok]
    if failing:
        detail = "; ".join(
            f"{part.part} failed {part.failures} times in a row: {part.last_error}" for part in failing
        )
        return CheckResult("parts", "fault", detail, "the service retries it; the log names the cause")
    return CheckResult("parts", "ok", "every part of the service succeeded at its last try")


STORE_CHECKS: dict[str, Callable[[Connection], CheckResult]] = {
    "store integrity": _check_integrity,
    "schema": _check_schema,
    "versions": _check_versions,
    "stories": _check_stories,
    "raw pages": _check_raw_pages,
    "dispatches": _check_dispatches,
    "runs": _check_runs,
    "quarantine": _check_quarantine,
    "parts": _check_parts,
}


def _ids(connection: Connection, query: Select[Any]) -> list[Any]:
    return list(connection.scalars(query.limit(100)))


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.scalar(query) or 0)
