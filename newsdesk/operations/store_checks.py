"""Checks of the store: are versions, stories, pages, dispatches, runs and parts consistent? They only read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from copytaster.process_id import is_gone
from copytaster.store import consistency, counts, ledger, outbox, scrubs, unbalanced_books
from copytaster.store.dispatches import count_dispatches
from copytaster.store.page_templates import list_drifted
from copytaster.store.schema import read_revisions
from copytaster.store.sealing import compare_rows, list_large
from copytaster.store.service_health import read_service_parts
from newsdesk.operations.check_result import SHOWN, CheckResult, list_some
from newsdesk.operations.scrub.findings import WHAT, noun_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

SCRUB_EVERY = timedelta(days=3)  # at least
BOOKS_FOR = timedelta(days=7)  # back, whose books doctor adds up
LAYOUTS_FOR = timedelta(days=7)  # back, whose changes doctor names
NEWEST_RUNS = 20_000  # rows of the ledger whose books are compared


def _check_integrity(connection: Connection) -> CheckResult:
    check = "store integrity"
    if connection.dialect.name != "sqlite":
        return CheckResult(check, "ok", f"not checked here: {connection.dialect.name} checks its own files")
    large = list_large(connection)
    broken = consistency.find_damage(connection, limit=SHOWN, leave_out=large)
    if broken:
        return CheckResult(check, "fault", "; ".join(broken), "stop the service and restore the last backup")
    left = f"; {list_some(sorted(large))} left to the scrub, being large" if large else ""
    return CheckResult(check, "ok", f"no damage found{left}")


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
    lost = consistency.find_lost_versions(connection)
    early = consistency.find_early_versions(connection)
    if lost or early:
        parts = [f"grouped, but in no dispatch: {list_some(lost)}"] if lost else []
        parts += [f"in a dispatch, but not marked as grouped: {list_some(early)}"] if early else []
        return CheckResult(
            check, "fault", "; ".join(parts), "restore the last backup, then `copytaster rebuild`"
        )
    stored = counts.count_versions(connection)
    ungrouped = counts.count_ungrouped(connection)
    waiting = counts.count_queued_versions(connection, quarantined=False)
    quarantined = counts.count_queued_versions(connection, quarantined=True)
    indexed = stored - ungrouped - waiting - quarantined
    detail = (
        f"{stored} stored = {indexed} indexed + {ungrouped + waiting} waiting ({ungrouped} for grouping,"
        f" {waiting} for the index) + {quarantined} quarantined"
    )
    return CheckResult(check, "ok" if indexed >= 0 else "fault", detail)


def _check_stories(connection: Connection) -> CheckResult:
    """Every story has the versions 1, 2, 3 ... and no others."""
    wrong = consistency.find_incomplete_stories(connection)
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
        f"{counts.count_all_stories(connection)} stories, each with all its versions",
    )


def _check_raw_pages(connection: Connection) -> CheckResult:
    missing = consistency.find_pageless_versions(connection)
    if missing:
        return CheckResult(
            "raw pages",
            "fault",
            f"versions without a raw page: {list_some(missing)}",
            "restore the last backup",
        )
    kept = counts.count_raw_pages(connection)
    return CheckResult("raw pages", "ok", f"{kept} stored, every version has one")


def _check_dispatches(connection: Connection) -> CheckResult:
    """Every dispatch has members, unless it was merged into another one that exists."""
    check = "dispatches"
    empty = consistency.find_empty_dispatches(connection)
    astray = consistency.find_astray_dispatches(connection)
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
        f"{count_dispatches(connection)} dispatches, each with members",
    )


def _check_runs(connection: Connection) -> CheckResult:
    """Found = stored + unchanged + refused in every run that ended well; every open run has a live process."""
    check = "runs"
    orphans = [source for source, holder in ledger.list_running(connection) if is_gone(holder)]
    if orphans:
        way_out = "the next start of the service, or of any run, marks them as failed"
        return CheckResult(
            check, "note", f"marked as running, but their process is gone: {list_some(orphans)}", way_out
        )
    unbalanced = ledger.list_unbalanced(connection, newest=NEWEST_RUNS)
    if unbalanced:
        detail = f"found differs from stored + unchanged + refused in the runs {list_some(unbalanced)}"
        return CheckResult(check, "fault", detail, "report this with `copytaster runs --json`")
    count = sum(ledger.count_by_outcome(connection).values())
    return CheckResult(
        check,
        "ok",
        f"{count} due times; found = stored + unchanged + refused in every run that ended well,"
        f" of the newest {NEWEST_RUNS}",
    )


def _check_books(connection: Connection) -> CheckResult:
    """What came to each gate passed it or stopped for a reason, in the books of the last days."""
    check = "books"
    now = datetime.now(UTC)
    wrong = unbalanced_books.list_unbalanced(connection, since=now - BOOKS_FOR, until=now)
    if wrong:
        named = [
            f"{one.source} {one.start:%Y-%m-%d %H:%M}Z: "
            + ", ".join(f"{number} unaccounted for at {gate}" for gate, number in one.unaccounted.items())
            for one in wrong
        ]
        return CheckResult(
            check, "fault", list_some(named), "`copytaster books --source NAME` shows the gates"
        )
    count = unbalanced_books.count_books(connection, since=now - BOOKS_FOR, until=now)
    return CheckResult(check, "ok", f"{count} books of the last {BOOKS_FOR.days} days balance")


def _check_quarantine(connection: Connection) -> CheckResult:
    held = outbox.read_backlog(connection).quarantined
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


def _check_scrub(connection: Connection) -> CheckResult:
    """The last scrub, and what is left of the damage that scrubs found."""
    last, left = scrubs.read_last(connection), scrubs.list_damages(connection, state="open")
    if left:
        named = [f"{one.kind} {one.key}".strip() + f" ({one.what})" for one in left]
        return CheckResult("scrub", "fault", f"damaged: {list_some(named)}", left[0].done)
    if last is None:
        way_out = "`copytaster scrub`; the service does it every night"
        return CheckResult("scrub", "note", "nothing was compared with its digest yet", way_out)
    detail = (
        f"{last.started_at:%Y-%m-%d %H:%M} UTC: {last.checked} checked, {last.damaged} damaged,"
        f" {last.repaired} repaired"
    )
    if datetime.now(UTC) - last.started_at > SCRUB_EVERY:
        return CheckResult("scrub", "note", detail, "`copytaster scrub`, or set scrub.enabled = true")
    return CheckResult("scrub", "ok", detail)


def _check_digests(connection: Connection) -> CheckResult:
    """Every row of the store against its digest."""
    check = "digests"
    if connection.dialect.name != "sqlite":
        return CheckResult(check, "ok", f"not compared here: {connection.dialect.name} checks its own pages")
    large = list_large(connection)
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


def _check_templates(connection: Connection) -> CheckResult:
    check = "page templates"
    found = list_drifted(connection, since=datetime.now(UTC) - LAYOUTS_FOR)
    pinned = [host for host, state in found if state == "pinned"]
    if pinned:
        detail = f"pinned, but the pages have another layout now: {list_some(pinned)}"
        return CheckResult(
            check, "note", detail, "`copytaster source template pin NAME --off` lets them change"
        )
    if found:
        hosts = list_some([host for host, _ in found])
        return CheckResult(check, "ok", f"layouts that changed in the last week: {hosts}")
    return CheckResult(check, "ok", "no layout changed in the last week")


STORE_CHECKS: dict[str, Callable[[Connection], CheckResult]] = {
    "store integrity": _check_integrity,
    "digests": _check_digests,
    "schema": _check_schema,
    "versions": _check_versions,
    "stories": _check_stories,
    "raw pages": _check_raw_pages,
    "dispatches": _check_dispatches,
    "runs": _check_runs,
    "books": _check_books,
    "quarantine": _check_quarantine,
    "scrub": _check_scrub,
    "parts": _check_parts,
    "page templates": _check_templates,
}
