"""Checks of the store: do ledger and books balance, does every part of the service work? They only read.

`newsdesk.operations.row_checks` has those of its rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from copytaster.process_id import is_gone
from copytaster.store import ledger, outbox, scrubs
from copytaster.store.page_templates import list_drifted
from copytaster.store.schema import NEWER_SCHEMA, list_known, read_revisions
from copytaster.store.service_health import read_service_parts
from copytaster.store.unbalanced_books import find_unbalanced
from newsdesk.operations.check_result import CheckResult, list_some

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

SCRUB_EVERY = timedelta(days=3)  # at least
BOOKS_FOR = timedelta(days=7)  # back, whose books doctor adds up
LAYOUTS_FOR = timedelta(days=7)  # back, whose changes doctor names
NEWEST_RUNS = 20_000  # rows of the ledger whose books are compared


def _check_schema(connection: Connection) -> CheckResult:
    """Opening a store brings its schema up to date: a difference came after that."""
    check = "schema"
    current, newest = read_revisions(connection)
    if current == newest:
        return CheckResult(check, "ok", f"revision {current}")
    if current is None:
        return CheckResult(
            check, "fault", "no revision is noted in alembic_version", "restore the last backup"
        )
    if current not in list_known():
        return CheckResult(check, "fault", f"revision {current} is of a newer program", NEWER_SCHEMA)
    detail = f"revision {current}, but this program needs {newest}"
    return CheckResult(check, "fault", detail, "stop the service, and run any command: it migrates the store")


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
    wrong, count = find_unbalanced(connection, since=now - BOOKS_FOR, until=now)
    if wrong:
        named = [
            f"{one.source} {one.start:%Y-%m-%d %H:%M}Z: "
            + ", ".join(f"{number} unaccounted for at {gate}" for gate, number in one.unaccounted.items())
            for one in wrong
        ]
        return CheckResult(
            check, "fault", list_some(named), "`copytaster books --source NAME` shows the gates"
        )
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
            f"{part.name} failed {part.failures} times in a row: {part.last_error}" for part in failing
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
    "schema": _check_schema,
    "runs": _check_runs,
    "books": _check_books,
    "quarantine": _check_quarantine,
    "scrub": _check_scrub,
    "parts": _check_parts,
    "page templates": _check_templates,
}
