"""`copytaster demo`: the whole service on a built-in fictional agency and its outlets, in a data folder of its own."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from copytaster.compiled_code import keep_compiled_code
from copytaster.errors import BusyError, ExitCode, UsageError
from copytaster.logs import set_up
from copytaster.store.dispatches import list_dispatches
from copytaster.values import iso
from indexer.merge import merge_rows
from newsdesk.cli.options import json_option
from newsdesk.cli.output import print_json, print_table
from newsdesk.demo.scenario import SPAN_S
from newsdesk.demo.server import serve
from settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.record import DispatchRecord
    from newsdesk.demo.server import DemoSites
    from newsdesk.service import Service
    from settings import Settings

AGE_OF_NEWS = timedelta(hours=2)
ALL = 100_000  # dispatches
CONFIG = "sources.toml"
OWN_NAME = "-demo"  # end of the prefix of its index, so that the demo and your own copy never share one
LOG_LEVEL = "ERROR"  # one outlet's feed is broken on purpose


@click.command()
@click.option(
    "--once", is_flag=True, help="Collect the finished scenario once, print the dispatches and exit."
)
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages; 0 takes any free port.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep store and index in this empty folder; by default they are deleted at the end.",
)
@json_option
def demo(once: bool, port: int | None, data_dir: Path | None, as_json: bool) -> int:
    """Run the whole service on a built-in fictional agency and its outlets.

    The demo serves them on this machine, collects, groups and shows their copy. New copy appears for ten minutes, so
    that dispatches grow while you watch. Your own data stays untouched. No other machine is contacted, except a
    search server that is configured: the demo creates an index there, with a prefix that ends in -demo.

    \b
    Example:
      copytaster demo --port 8600
      copytaster demo --once --json

    Exit code: 0 done (with --once: all dispatches are right), 1 some are wrong, 75 port taken.
    """  # noqa: D301
    set_up(LOG_LEVEL, "text")
    with _open_folder(data_dir) as folder:
        clock = (lambda: float(SPAN_S)) if once else None
        with serve(base=datetime.now(UTC) - AGE_OF_NEWS, clock=clock) as sites:
            settings = _read_settings(sites, folder, port)
            with _create_index(settings, keep=data_dir is not None), _open_service(settings) as service:
                return _run_once(service, sites, as_json=as_json) if once else _run(service, sites, folder)


@contextmanager
def _open_folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is None:
        with TemporaryDirectory(prefix="copytaster-demo-", ignore_cleanup_errors=True) as name:
            yield Path(name)
        return
    if chosen.exists() and any(chosen.iterdir()):
        raise UsageError("the folder is not empty", resource=str(chosen), hint="the demo needs an empty one")
    chosen.mkdir(parents=True, exist_ok=True)
    yield chosen


def _read_settings(sites: DemoSites, folder: Path, port: int | None) -> Settings:
    config = folder / CONFIG
    config.write_text(sites.sources_toml(), encoding="utf-8")
    flags: dict[str, Any] = {
        "log_level": LOG_LEVEL,
        "data_dir": folder,
        "compiled_dir": load_settings().compiled_path,  # beside your own data: a demo's folder is gone at its end
        "database_url": f"sqlite:///{folder / 'store.sqlite'}",
    }
    settings = load_settings(config, **flags, **({} if port is None else {"web": {"port": port}}))
    keep_compiled_code(settings.compiled_path)
    return _name_index(settings, config) if settings.elasticsearch.is_set else settings


def _name_index(settings: Settings, config: Path) -> Settings:
    """Give the demo's index a prefix of its own, and write it into `config`, for those who keep the data folder."""
    prefix = settings.elasticsearch.prefix.removesuffix(OWN_NAME) + OWN_NAME
    with config.open("a", encoding="utf-8") as file:
        file.write(f'\n[settings.elasticsearch]\nprefix = "{prefix}"\n')
    named = settings.elasticsearch.model_copy(update={"prefix": prefix})
    return settings.model_copy(update={"elasticsearch": named})


@contextmanager
def _create_index(settings: Settings, *, keep: bool) -> Iterator[None]:
    """Create the demo's own index on the search server; nothing where none is configured."""
    if not settings.elasticsearch.is_set:
        yield
        return
    from newsdesk.demo.search_index import demo_index

    with demo_index(settings.elasticsearch, keep=keep):
        yield


@contextmanager
def _open_service(settings: Settings) -> Iterator[Service]:
    from newsdesk.service import Service
    from spiders.sources.config import read_sources

    config = settings.data_dir / CONFIG
    service = Service(settings, read_sources(config), config=config)
    try:
        yield service
    finally:
        service.close()


def _run(service: Service, sites: DemoSites, folder: Path) -> int:
    def print_addresses(address: str) -> None:
        click.echo(f"Outlets:    {sites.url}", err=True)
        click.echo(f"Data:       {folder}", err=True)
        click.echo(f"Dispatches: {address}", err=True)
        click.echo("Press Ctrl-C to stop.", err=True)

    try:
        asyncio.run(service.run(on_ready=print_addresses))
    except BusyError as error:
        raise BusyError(
            error.message, resource=error.resource, hint="run `copytaster demo --port 0`"
        ) from error
    return ExitCode.DONE


def _run_once(service: Service, sites: DemoSites, *, as_json: bool) -> int:
    passed = asyncio.run(service.run_once())
    with service.store.read() as connection:
        records = [merge_rows(rows) for rows in list_dispatches(connection, limit=ALL)]
    found = {frozenset(member.url for member in record.members) for record in records}
    true = set(sites.true_groups().values())
    failed = [report for report in passed.reports if report.outcome == "failed"]
    if as_json:
        truth = {"dispatches": len(true), "missing": len(true - found), "wrong": len(found - true)}
        print_json({"items": records, "total": {"value": len(records), "relation": "eq"}, "truth": truth})
    else:
        _print_dispatches(records)
        verdict = "all of them right" if found == true else f"{len(found & true)} of {len(true)} right"
        click.echo(f"{len(records)} dispatches, {verdict}.", err=True)
    for report in failed:
        click.echo(f"{report.source}: {report.why}", err=True)
    return ExitCode.DONE if found == true and not failed else ExitCode.FAILED


def _print_dispatches(records: list[DispatchRecord]) -> None:
    rows = (
        (
            iso(record.published_at),
            record.agency,
            record.publisher_count,
            _name_state(record),
            record.headline,
        )
        for record in records
    )
    print_table(("Published", "Agency", "Publishers", "State", "Headline"), rows)


def _name_state(record: DispatchRecord) -> str:
    return "corrected" if record.state == "live" and record.correction_count else record.state
