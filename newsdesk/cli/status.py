"""`copytaster status`: sources, waiting work, quarantine and the parts of the service as text."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from copytaster.logs import clean_text
from copytaster.schedule.shares import CRAWL_LEASES, INDEX_LEASES, SHARES
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings
from newsdesk.cli.output import (
    format_moment,
    format_revisits,
    format_time,
    format_totals,
    plural,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from newsdesk.operations.source_report import SourceReport
    from newsdesk.operations.status import ScrubState, Status
    from newsdesk.operations.workers_report import WorkerReport


HOLES = 10  # printed


def describe_hole(hole: Mapping[str, Any]) -> str:
    """`harbour, from ... to now: failed: timeout`: a hole of the API in one line."""
    return f"{hole['source']}, from {hole['from'] or 'the beginning'} to {hole['to'] or 'now'}: {hole['why']}"


@click.command()
@click.option("--failing", is_flag=True, help="List only sources that someone should look at.")
@common_options
def status(failing: bool, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show each source, each part of the service, and what waits.

    \b
    Example:
      copytaster status --failing
      copytaster status --json | jq '.sources[] | select(.health == "blocked")'

    Exit code: 0, whatever it shows; `copytaster doctor` fails on faults.
    """  # noqa: D301
    from newsdesk.operations.source_report import select_reports
    from newsdesk.operations.status import read_status

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        found = read_status(store, settings, read_configured_sources(config))
    found = replace(found, sources=tuple(select_reports(found.sources, failing=failing)))
    if as_json:
        print_json(found)
        return
    print_table(
        ("source", "state", "evidence", "last run", "last new", "today", "usual", "next due"),
        [_status_row(source) for source in found.sources],
    )
    click.echo(f"\nsources     {format_totals(found.totals)}")
    _print_completeness(found.completeness)
    _print_rest(found)


def _print_completeness(complete: Mapping[str, Any]) -> None:
    holes = complete["holes"]
    held = f", held by {complete['held_by']}" if complete["held_by"] else ""
    count = f"{len(holes)} {plural(len(holes), 'hole', 'holes')}" if holes else "no hole"
    click.echo(clean_text(f"complete to {complete['complete_to']}{held}; {count}"))
    for hole in holes[:HOLES]:
        click.echo(clean_text(f"  hole      {describe_hole(hole)}"))
    if len(holes) > HOLES:
        click.echo(f"  ...       {len(holes) - HOLES} more: `copytaster refill` lists all")


def _status_row(source: SourceReport) -> Sequence[object]:
    run = source.last_run
    state = f"{source.word}, slow lane" if source.slow_lane else source.word
    return (
        source.source,
        state,
        clean_text(source.paused_why or source.evidence),
        "never" if run is None else format_time(run.started_at or run.due_at),
        format_time(source.last_new_at) or "never",
        source.new_today,
        source.usual_new,
        format_time(source.next_due),
    )


def _print_rest(found: Status) -> None:
    waiting, counts = found.waiting, found.quarantine
    since = f", the oldest since {format_moment(waiting.oldest)}" if waiting.oldest else ""
    click.echo(f"waiting     {waiting.grouping} for grouping, {waiting.index} for the index{since}")
    documents = f"{counts.documents} {plural(counts.documents, 'document', 'documents')}"
    pages = f"{counts.pages} {plural(counts.pages, 'page', 'pages')} stored for replay"
    click.echo(f"quarantine  {documents}, {pages}")
    click.echo(f"revisits    {format_revisits(found.revisits)}")
    click.echo(f"scrub       {_describe_scrub(found.scrub)}")
    active = f"{found.holder}, last seen {format_moment(found.renewed_at)}" if found.holder else "no process"
    click.echo(f"active      {active}")
    for worker in found.workers:
        click.echo(clean_text(f"worker      {_describe_worker(worker)}"))
    epoch = found.epoch
    if epoch.raised_at is not None:
        left = "; the index may hold documents that the store does not know" if epoch.unknown else ""
        click.echo(
            f"epoch       {epoch.number}, raised {format_moment(epoch.raised_at)}: the store was restored, or older than its "
            f"index{left}"
        )
    for part in found.parts:
        state = "ok" if part.ok else f"failed {part.failures} times in a row: {part.last_error}"
        where = f" on {part.host}" if part.host else ""
        success = format_moment(part.last_success_at) or "never"
        click.echo(clean_text(f"{part.part:<11} {state}{where}, last success {success}"))


def _name_leases(holds: Sequence[str]) -> list[str]:
    """The leases by name; the shares of crawling and of the outbox are counted where there are several."""
    names = list(holds)
    for leases in (INDEX_LEASES, CRAWL_LEASES):
        shares = [name for name in holds if name in leases]
        if shares not in ([], [leases[0]]):
            names = [name for name in names if name not in shares]
            names.append(f"{len(shares)} of {SHARES} shares of {leases[0]}")
    return names


def _describe_worker(worker: WorkerReport) -> str:
    holds = f"holds {', '.join(_name_leases(worker.holds))}" if worker.holds else "holds nothing"
    parts = [
        f"{'+'.join(worker.roles)} on {worker.host}, process {worker.pid}, {worker.version}",
        f"since {format_moment(worker.since)}",
        holds,
    ]
    if worker.under_way:
        parts.append(f"{worker.under_way} {plural(worker.under_way, 'source', 'sources')} under way")
    parts += [f"{role} behind by {lag_s:g} s" for role, lag_s in worker.lag_s.items()]
    if worker.is_silent:
        parts.append(f"SILENT for {worker.silent_s:.0f} s")
    return ", ".join(parts)


def _describe_scrub(state: ScrubState) -> str:
    left = f", {state.damaged} damaged: `copytaster doctor` names them" if state.damaged else ""
    if state.running is not None:
        return f"under way, {state.running.checked} checked, at the {state.running.step}{left}"
    if state.last is None:
        return f"none yet{left}"
    counts = f"{state.last.checked} checked, {state.last.damaged} damaged, {state.last.repaired} repaired"
    return f"{format_moment(state.last.ended_at)}, {counts}{left}"
