"""`copytaster source list|show|pause|resume`; its other commands are in `source_find`, `source_pack`, `source_template` and `recall`."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.store.audit import note_write
from copytaster.store.engine import Store
from copytaster.store.revisits import count_revisits
from copytaster.store.sources import SourceState, pause, read_state, read_states, resume
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import format_revisits, format_time, format_totals, print_json, print_table
from newsdesk.cli.recall import recall
from newsdesk.cli.source_find import add_by_url, probe_url, try_url
from newsdesk.cli.source_pack import pack
from newsdesk.cli.source_template import template
from newsdesk.cli.source_view import (
    format_schedule,
    health_to_json,
    source_to_json,
    state_to_json,
)
from newsdesk.operations.source_report import count_health, read_sources_report, select_reports
from spiders.sources.config import (
    Source,
    Sources,
    read_sources,
    read_starter,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsdesk.operations.source_report import SourceReport

_COLUMNS = (
    "name",
    "publisher",
    "kind",
    "schedule",
    "state",
    "evidence",
    "last new",
    "today",
    "usual",
    "next due",
)
_STARTER_COLUMNS = ("name", "publisher", "kind", "schedule")


@click.group("source")
def source() -> None:
    """Add, try, list, show, probe, pause and resume sources.

    \b
    Example:
      copytaster source add https://www.example.org/news
      copytaster source pause harbour-world --why "moving house"
    """  # noqa: D301


for _command in (add_by_url, probe_url, try_url, recall, template, pack):
    source.add_command(_command)


@source.command("list")
@click.option("--starter", is_flag=True, help="List the sources that come with Copytaster.")
@click.option("--failing", is_flag=True, help="List only sources that someone should look at.")
@common_options
def list_sources(starter: bool, failing: bool, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List every configured source and its state.

    \b
    Example:
      copytaster source list --failing
      copytaster source list --json
    """  # noqa: D301
    if starter:
        _list_starter(as_json=as_json)
        return
    known = read_sources(config)
    reports, states = _read_reports(known, config, data_dir)
    chosen = [(known.get(one.source), one) for one in select_reports(reports, failing=failing)]
    if as_json:
        items = [
            source_to_json(item)
            | state_to_json(states.get(item.name, SourceState()))
            | health_to_json(report)
            for item, report in chosen
        ]
        print_json({"items": items, "total": len(items), "totals": count_health(reports)})
        return
    print_table(_COLUMNS, (_source_row(item, report) for item, report in chosen))
    click.echo(f"\n{format_totals(count_health(reports))}")


def _list_starter(*, as_json: bool) -> None:
    known = read_starter()
    if as_json:
        print_json({"items": [source_to_json(item) for item in known], "total": len(known)})
        return
    print_table(
        _STARTER_COLUMNS,
        ((item.name, item.publisher_name, item.kind, format_schedule(item)) for item in known),
    )


def _source_row(item: Source, report: SourceReport) -> Sequence[object]:
    return (
        item.name,
        item.publisher_name,
        item.kind,
        format_schedule(item),
        report.word,
        report.paused_why or report.evidence,
        format_time(report.last_new_at) or "never",
        report.new_today,
        report.usual_new,
        format_time(report.next_due),
    )


@source.command("show")
@click.argument("name")
@common_options
def show_source(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show the settings and the state of one source.

    \b
    Example:
      copytaster source show harbour-world
    """  # noqa: D301
    known = read_sources(config)
    item = known.get(name)
    reports, states = _read_reports(known, config, data_dir)
    report = next(one for one in reports if one.source == name)
    data = source_to_json(item) | state_to_json(states.get(name, SourceState())) | health_to_json(report)
    with closing(_open_store(config, data_dir)) as store, store.read() as connection:
        counts = count_revisits(connection, datetime.now(UTC), source=name)
    if as_json:
        print_json(data | {"revisits": counts})
        return
    data["revisits"] = format_revisits(counts)
    print_table(
        ("setting", "value"), ((key, value) for key, value in data.items() if value not in (None, {}, ""))
    )


@source.command("pause")
@click.argument("name")
@click.option("--why", help="Reason, shown with the source in every list.")
@common_options
def pause_source(name: str, why: str | None, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Stop collecting from a source until it is resumed.

    \b
    Example:
      copytaster source pause harbour-world --why "blocked us, mail sent"
    """  # noqa: D301
    item = read_sources(config).get(name)
    with closing(_open_store(config, data_dir)) as store, store.write() as connection:
        changed = pause(connection, item.name, at=datetime.now(UTC), why=why)
        if changed:
            note_write(connection, "source.pause", item.name, who=name_account(None), detail=why or "")
        state = read_state(connection, item.name)
    _print_change(name, "paused" if changed else "was already paused", changed, state, as_json=as_json)


@source.command("resume")
@click.argument("name")
@common_options
def resume_source(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Collect from a paused source again.

    \b
    Example:
      copytaster source resume harbour-world
    """  # noqa: D301
    item = read_sources(config).get(name)
    with closing(_open_store(config, data_dir)) as store, store.write() as connection:
        changed = resume(connection, item.name)
        if changed:
            note_write(connection, "source.resume", item.name, who=name_account(None))
        state = read_state(connection, item.name)
    _print_change(name, "resumed" if changed else "was not paused", changed, state, as_json=as_json)


def _print_change(name: str, what: str, changed: bool, state: SourceState, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "changed": changed} | state_to_json(state))
    else:
        click.echo(f"{name} {what}")


def _open_store(config: Path, data_dir: Path | None) -> Store:
    return Store(read_settings(config, data_dir).store_url)


def _read_reports(
    known: Sources, config: Path, data_dir: Path | None
) -> tuple[tuple[SourceReport, ...], dict[str, SourceState]]:
    """The reports of the configured sources, and what the store keeps of each source ever tried or paused."""
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        reports = read_sources_report(connection, settings.schedule, known, with_outcomes=False)
        return reports, read_states(connection)
