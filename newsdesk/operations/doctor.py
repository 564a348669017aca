"""Do the books balance? Every check gives a finding with the way out; nothing is changed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, or_, select

from copytaster.errors import CopytasterError
from copytaster.process_id import is_gone
from copytaster.store import outbox as outbox_rows
from copytaster.store.engine import read_revisions
from copytaster.store.service_health import read_parts
from copytaster.store.tables import dispatches, memberships, outbox, raw_pages, runs, stories, versions
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Select

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from settings import Settings

Level = Literal["ok", "note", "fault"]
LOW_SPACE_BYTES = 1_000_000_000
NO_SPACE_BYTES = 100_000_000
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: whether all is well, what was found, and the way out where it is not."""

    check: str
    level: Level
    detail: str
    way_out: str = ""


def examine(store: Store, index: SearchIndex, settings: Settings, config: Path) -> Iterator[Finding]:
    """Every check, in order; one that cannot be made is a fault itself."""
    yield from _guard("configuration", lambda: _check_sources(config))
    yield from _guard("disk space", lambda: _check_space(settings))
    for check, look in _STORE_CHECKS.items():
        yield from _guard(check, lambda look=look: _with_store(store, look))  # type: ignore[misc]
    yield from _say_once(chain(_guard("index", lambda: _check_index(store, index)), _examine_index(index)))


def _say_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One fault, as of a server that is down, may keep several checks from being made."""
    said: set[tuple[str, str]] = set()
    for found in findings:
        if found.level != "fault" or (found.detail, found.way_out) not in said:
            yield found
        said.add((found.detail, found.way_out))


def _examine_index(index: SearchIndex) -> Iterator[Finding]:
    try:
        found = index.examine()
    except CopytasterError as error:
        yield Finding("search server", "fault", f"{error.resource}: {error.message}", error.hint)
        return
    yield from (Finding(one.check, one.level, one.detail, one.way_out) for one in found)


def _guard(check: str, look: Callable[[], Finding]) -> Iterator[Finding]:
    try:
        yield look()
    except CopytasterError as error:
        yield Finding(check, "fault", f"{error.resource}: {error.message}", error.hint)
    except Exception as error:  # noqa: BLE001  # a doctor that dies says nothing of the rest
        yield Finding(check, "fault", f"could not be checked: {type(error).__name__}: {error}", "see the log")


def _with_store(store: Store, look: Callable[[Connection], Finding]) -> Finding:
    with store.read() as connection:
        return look(connection)


def _check_sources(config: Path) -> Finding:
    if not config.exists():
        way_out = "`copytaster source add URL` makes it; --config names another"
        return Finding("configuration", "note", f"{config}: there is no such file", way_out)
    sources = read_sources(config)
    switched_on = len(sources.enabled())
    if not switched_on:
        way_out = "set enabled = true in one, or `copytaster source add URL`"
        return Finding("configuration", "note", f"{config}: no source is switched on", way_out)
    return Finding("configuration", "ok", f"{config}: {len(sources)} sources, {switched_on} switched on")


def _check_space(settings: Settings) -> Finding:
    folder = next(
        path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.exists()
    )
    free = shutil.disk_usage(folder).free
    level: Level = "fault" if free < NO_SPACE_BYTES else "note" if free < LOW_SPACE_BYTES else "ok"
    detail = f"{free / 1e9:.1f} GB free for {settings.data_dir}"
    return Finding("disk space", level, detail, "" if level == "ok" else "free some, or move the data folder")


def _check_integrity(connection: Connection) -> Finding:
    check = "store integrity"
    if connection.dialect.name != "sqlite":
        return Finding(check, "ok", f"left to {connection.dialect.name}")
    broken = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(5)") if row[0] != "ok"]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(SHOWN)
    broken += [f"{row[0]} row {row[1]} points to no {row[2]}" for row in orphans]
    if broken:
        return Finding(check, "fault", "; ".join(broken), "stop the service and restore the last backup")
    return Finding(check, "ok", "no damage found")


def _check_schema(connection: Connection) -> Finding:
    current, newest = read_revisions(connection)
    if current != newest:
        return Finding("schema", "fault", f"{current}, this program needs {newest}", "upgrade copytaster")
    return Finding("schema", "ok", f"revision {current}")


def _check_versions(connection: Connection) -> Finding:
    """Stored versions = indexed + waiting + quarantined, each in exactly one of them."""
    check = "versions"
    lost = _ids(
        connection,
        select(versions.c.id)
        .outerjoin(memberships)
        .where(versions.c.grouped, memberships.c.version_id.is_(None)),
    )
    early = _ids(connection, select(versions.c.id).join(memberships).where(~versions.c.grouped))
    if lost or early:
        parts = [f"grouped without a dispatch: {_list(lost)}"] if lost else []
        parts += [f"in a dispatch without being grouped: {_list(early)}"] if early else []
        return Finding(check, "fault", "; ".join(parts), "restore the last backup, then `copytaster rebuild`")
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
    return Finding(check, "ok" if indexed >= 0 else "fault", detail)


def _check_stories(connection: Connection) -> Finding:
    """Every story has its versions 1, 2, 3 ... and no other."""
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
        return Finding("stories", "fault", f"count and versions differ: {_list(wrong)}", way_out)
    return Finding(
        "stories",
        "ok",
        f"{_count(connection, select(func.count(stories.c.id)))} stories have all their versions",
    )


def _check_raw_pages(connection: Connection) -> Finding:
    missing = _ids(
        connection,
        select(versions.c.id)
        .outerjoin(raw_pages, raw_pages.c.id == versions.c.raw_page_id)
        .where(raw_pages.c.id.is_(None)),
    )
    if missing:
        return Finding(
            "raw pages", "fault", f"versions without one: {_list(missing)}", "restore the last backup"
        )
    kept = _count(connection, select(func.count(raw_pages.c.id)))
    return Finding("raw pages", "ok", f"{kept} kept, every version has its own")


def _check_dispatches(connection: Connection) -> Finding:
    """A live dispatch has members; a merged one leads to another that exists."""
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
        return Finding(
            check,
            "fault",
            f"without members: {_list(empty)}; merged into nothing: {_list(astray)}",
            "restore the last backup",
        )
    return Finding(
        check,
        "ok",
        f"{_count(connection, select(func.count(dispatches.c.id)))} dispatches, each with its members",
    )


def _check_runs(connection: Connection) -> Finding:
    """Found = stored + unchanged + refused, for every run that ended well; none runs without a process."""
    check = "runs"
    orphans = [
        row.source
        for row in connection.execute(select(runs.c.source, runs.c.holder).where(runs.c.outcome == "running"))
        if is_gone(row.holder)
    ]
    if orphans:
        way_out = "the next start of the service, or of any run, enters them as failed"
        return Finding(
            check, "note", f"still running, though their process is gone: {_list(orphans)}", way_out
        )
    ended = select(runs.c.id, runs.c.found, runs.c.stored, runs.c.unchanged, runs.c.dropped)
    unbalanced = [
        row.id
        for row in connection.execute(ended.where(runs.c.outcome == "ran"))
        if row.found != row.stored + row.unchanged + sum(row.dropped.values())
    ]
    if unbalanced:
        detail = f"found is not stored + unchanged + refused in {_list(unbalanced)}"
        return Finding(check, "fault", detail, "report this with `copytaster runs --json`")
    count = _count(connection, select(func.count(runs.c.id)))
    return Finding(
        check,
        "ok",
        f"{count} due times in the ledger, found = stored + unchanged + refused in each run that ended well",
    )


def _check_quarantine(connection: Connection) -> Finding:
    held = outbox_rows.read_backlog(connection).quarantined
    if held:
        way_out = "`copytaster quarantine list`, then `copytaster quarantine replay ID`"
        return Finding("quarantine", "note", f"{held} documents that the index refuses", way_out)
    return Finding("quarantine", "ok", "nothing set aside on the way to the index")


def _check_parts(connection: Connection) -> Finding:
    failing = [part for part in read_parts(connection) if not part.ok]
    if failing:
        detail = "; ".join(f"{part.part} failed {part.failures} times: {part.last_error}" for part in failing)
        return Finding("parts", "fault", detail, "it is tried again by itself; see the log for the cause")
    return Finding("parts", "ok", "no part of the service failed at its last try")


def _check_index(store: Store, index: SearchIndex) -> Finding:
    """Every dispatch that does not wait has its document, and no other is there."""
    check = "index"
    with store.read() as connection:
        total = _count(connection, select(func.count(dispatches.c.id)))
    if not total and not index.exists():
        return Finding(check, "ok", "none yet, and nothing to put into it")
    try:
        documents = index.count()
    except CopytasterError as error:
        way_out = error.hint or "`copytaster rebuild`"
        return Finding(check, "fault", f"{error.resource}: {error.message}", way_out)
    with store.read() as connection:
        waiting = select(outbox.c.dispatch_id)
        settled = select(dispatches.c.id).where(dispatches.c.id.not_in(waiting))
        missing = index.find_missing(list(connection.scalars(settled)))
        queued = _count(connection, select(func.count(outbox.c.dispatch_id)))
    if missing:
        return Finding(
            check, "fault", f"dispatches without a document: {_list(missing)}", "`copytaster rebuild`"
        )
    if documents > total:
        return Finding(
            check, "fault", f"{documents} documents for {total} dispatches", "`copytaster rebuild`"
        )
    return Finding(
        check, "ok", f"{documents} documents for {total} dispatches, {queued} wait or are set aside"
    )


_STORE_CHECKS: dict[str, Callable[[Connection], Finding]] = {
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


def _list(found: list[Any] | list[str] | list[int]) -> str:
    shown = ", ".join(str(item) for item in found[:SHOWN])
    return f"{shown} and {len(found) - SHOWN} more" if len(found) > SHOWN else shown or "none"
