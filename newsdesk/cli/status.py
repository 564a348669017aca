"""`copytaster status`: sources, waiting work, quarantine and the parts of the service as text."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.logs import clean_text
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings
from newsdesk.cli.output import format_moment, format_time, plural, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsdesk.operations.status import ScrubState, SourceStatus, Status


@click.command()
@common_options
def status(config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show each source, each part of the service, and what waits.

    \b
    Example:
      copytaster status
      copytaster status --json | jq '.sources[] | select(.reason == "timeout")'

    Exit code: 0, whatever it shows; `copytaster doctor` fails on faults.
    """  # noqa: D301
    from newsdesk.operations.status import read_status

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        found = read_status(store, settings, read_configured_sources(config))
    if as_json:
        print_json(found)
        return
    print_table(
        ("source", "state", "last run", "outcome", "reason", "found", "stored", "unchanged", "next due"),
        [_status_row(source) for source in found.sources],
    )
    _print_rest(found)


def _status_row(source: SourceStatus) -> Sequence[object]:
    run = source.last_run
    state = f"{source.state}, slow lane" if source.slow_lane else source.state
    next_due = format_time(source.next_due)
    if run is None:
        return (source.source, state, "never", None, None, None, None, None, next_due)
    return (
        source.source,
        state,
        format_time(run.started_at or run.due_at),
        run.outcome,
        clean_text(source.paused_why or source.reason or ""),
        run.found,
        run.stored,
        run.unchanged,
        next_due,
    )


def _print_rest(found: Status) -> None:
    waiting, counts = found.waiting, found.quarantine
    since = f", the oldest since {format_moment(waiting.oldest)}" if waiting.oldest else ""
    click.echo(f"\nwaiting     {waiting.grouping} for grouping, {waiting.index} for the index{since}")
    documents = f"{counts.documents} {plural(counts.documents, 'document', 'documents')}"
    pages = f"{counts.pages} {plural(counts.pages, 'page', 'pages')} stored for replay"
    click.echo(f"quarantine  {documents}, {pages}")
    click.echo(f"scrub       {_describe_scrub(found.scrub)}")
    active = f"{found.holder}, last seen {format_moment(found.renewed_at)}" if found.holder else "no process"
    click.echo(f"active      {active}")
    epoch = found.epoch
    if epoch.raised_at is not None:
        left = "; the index may hold documents that the store does not know" if epoch.unknown else ""
        click.echo(
            f"epoch       {epoch.number}, raised {format_moment(epoch.raised_at)}: the store was older than its "
            f"index{left}"
        )
    for part in found.parts:
        state = "ok" if part.ok else f"failed {part.failures} times in a row: {part.last_error}"
        click.echo(f"{part.part:<11} {state}, last success {format_moment(part.last_success_at) or 'never'}")


def _describe_scrub(state: ScrubState) -> str:
    left = f", {state.damaged} damaged: `copytaster doctor` names them" if state.damaged else ""
    if state.running is not None:
        return f"under way, {state.running.checked} checked, at the {state.running.step}{left}"
    if state.last is None:
        return f"none yet{left}"
    counts = f"{state.last.checked} checked, {state.last.damaged} damaged, {state.last.repaired} repaired"
    return f"{format_moment(state.last.ended_at)}, {counts}{left}"
