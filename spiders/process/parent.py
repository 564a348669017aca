"""Starts one child process that crawls all due sources. It can be killed, and its memory is freed when it ends.

The parent writes one JSON line to the child's stdin and keeps the pipe open; when the pipe closes, the child stops. The
child writes JSON lines to stdout: `stored` after the commit of a version, `ended` with the report of a source, and
`no-parser` when no page can be parsed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import ParserStartError
from copytaster.process_id import this_process
from copytaster.store.engine import Store
from copytaster.store.ledger import DueTime, close_run, open_runs
from spiders.run_report import RunReport
from spiders.sources.config import Sources, read_sources
from spiders.sources.transfer import sources_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from copytaster.store.ledger import Trigger
    from settings import Settings

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "spiders.process.child")
LINE_LIMIT = 2**20
DRAIN_S = 18.0
STOPPED = "the crawl was stopped before this source had ended"


@dataclass(slots=True)
class _Progress:
    reports: dict[str, RunReport] = field(default_factory=dict)
    stored: Counter[str] = field(default_factory=Counter)
    on_stored: Callable[[], None] | None = None
    start_error: ParserStartError | None = None


def crawl_and_wait(
    sources: Sequence[str],
    *,
    settings: Settings,
    config: Path | None = None,
    configured: Sources | None = None,
    trigger: Trigger = "command",
    due_at: datetime | None = None,
    runs: Mapping[str, int] | None = None,
    on_stored: Callable[[], None] | None = None,
) -> list[RunReport]:
    """Collect from sources in one child process and wait for it; see `crawl_in_child`."""
    return asyncio.run(
        crawl_in_child(
            sources,
            settings=settings,
            config=config,
            configured=configured,
            trigger=trigger,
            due_at=due_at,
            runs=runs,
            on_stored=on_stored,
        )
    )


async def crawl_in_child(
    sources: Sequence[str],
    *,
    settings: Settings,
    config: Path | None = None,
    configured: Sources | None = None,
    trigger: Trigger = "command",
    due_at: datetime | None = None,
    runs: Mapping[str, int] | None = None,
    on_stored: Callable[[], None] | None = None,
) -> list[RunReport]:
    """Collect from sources in one child process.

    Args:
        sources: names in the list of sources.
        settings: of this process; the child works with the same.
        config: the file to read the list from, where it is not given as `configured`.
        configured: the list of this process; the child works with the same, whatever the file says meanwhile.
        trigger: for the ledger's rows.
        due_at: for the same; now where None.
        runs: ids of rows the caller has entered in the ledger as running; rows are entered here where None.
        on_stored: called after the commit of each new version.

    Returns one report a source, in the order of `sources`. Every run is ended in the ledger then, also when the child
    died or took longer than `crawl.child_timeout_s`. The first cancellation stops intake, lets the child finish its
    work and returns the reports so far; the second kills the child.

    Raises:
        ParserStartError: no parser could start; every run is ended in the ledger then too.
    """
    if not sources:
        return []
    if configured is None:
        configured = read_sources(config or Path("sources.toml"))
    store = Store(settings.store_url)
    try:
        ids = dict(runs) if runs is not None else _open_runs(store, sources, trigger, due_at)
        progress = _Progress(on_stored=on_stored)
        why = await _run_child(sources, ids, configured, settings, progress)
        reports = [
            progress.reports.get(name) or _fail_run(store, name, ids.get(name), why, progress.stored[name])
            for name in sources
        ]
    finally:
        store.close()
    if progress.start_error is not None:
        raise progress.start_error
    return reports


def _open_runs(
    store: Store, sources: Sequence[str], trigger: Trigger, due_at: datetime | None
) -> dict[str, int]:
    now = datetime.now(UTC)
    dues = [DueTime(name, due_at or now, trigger) for name in sources]
    with store.write() as connection:
        return open_runs(connection, dues, holder=this_process(), now=now)


def _fail_run(store: Store, source: str, run_id: int | None, why: str, stored: int) -> RunReport:
    report = RunReport(
        source=source,
        outcome="failed",
        why=why,
        run_id=run_id,
        stored=stored,
        errors={} if why == STOPPED else {"child-died": 1},  # a stop is not the source's fault
    )
    log.warning("source.failed", source=source, run=run_id, reason="child-died", detail=why)
    if run_id is not None:
        with store.write() as connection:
            close_run(connection, run_id, report, now=datetime.now(UTC))
    return report


async def _run_child(
    sources: Sequence[str],
    runs: Mapping[str, int],
    configured: Sources,
    settings: Settings,
    progress: _Progress,
) -> str:
    """Run the child to its end; returns how it ended, as the reason for sources without a report."""
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_LIMIT,
        start_new_session=True,  # Ctrl-C reaches the parent only, which lets the child finish
    )
    order = {
        "sources": await asyncio.to_thread(sources_to_json, configured),
        "settings": settings.model_dump(mode="json", exclude={"elasticsearch"}),
        "runs": {name: runs.get(name) for name in sources},
    }
    try:
        async with asyncio.timeout(settings.crawl.child_timeout_s):
            await _give(child, order)
            await _follow(child, progress)
            return _words_for(await child.wait())
    except TimeoutError:
        return f"the crawl took longer than {settings.crawl.child_timeout_s:g} s and was stopped"
    except asyncio.CancelledError:
        return STOPPED
    finally:
        await _end(child, progress)


def _words_for(status: int) -> str:
    if status == 0:
        return STOPPED
    how = f"was killed by signal {-status}" if status < 0 else f"ended with {status}"
    return f"the child process {how}"


async def _give(child: asyncio.subprocess.Process, order: Mapping[str, Any]) -> None:
    if child.stdin is None:
        return
    child.stdin.write(json.dumps(order).encode() + b"\n")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        await child.stdin.drain()


async def _follow(child: asyncio.subprocess.Process, progress: _Progress) -> None:
    """Read the child's events until it closes its stdout."""
    while child.stdout is not None:
        line = await child.stdout.readline()
        if not line:
            return
        event = json.loads(line)
        if event["event"] == "ended":
            report = RunReport(**event["report"])
            progress.reports[report.source] = report
        elif event["event"] == "no-parser":
            progress.start_error = ParserStartError(**event["error"])
        else:
            progress.stored[event["source"]] += 1
            if progress.on_stored is not None:
                progress.on_stored()


async def _end(child: asyncio.subprocess.Process, progress: _Progress) -> None:
    """Let a running child finish its work, then end it."""
    try:
        if child.returncode is None:
            child.terminate()  # once: at a second signal Scrapy stops without finishing
            async with asyncio.timeout(DRAIN_S):
                await _follow(child, progress)
                await child.wait()
    except TimeoutError:
        log.warning("child.killed", pid=child.pid, waited_s=DRAIN_S)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        if child.stdin is not None:
            child.stdin.close()
