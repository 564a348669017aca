"""`copytaster source template show|forget|pin`: what was learned of the layout of a source's pages."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import ExitCode, NotFoundError
from copytaster.store.engine import Store
from copytaster.store.page_templates import forget_template, keep_lessons, list_templates
from copytaster.values import iso
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import format_time, print_json, print_table
from spiders.parsing.lessons import lessons_from_json, lessons_to_json, pin
from spiders.publishers import site_of
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from copytaster.store.page_templates import TemplateRow
    from spiders.sources.config import Source

_COLUMNS = ("host", "state", "version", "taught", "left out", "used", "unlike", "last change", "why")


@click.group("template")
def template() -> None:
    """Show, forget and pin the learned layouts of pages.

    \b
    Example:
      copytaster source template show harbour-world
    """  # noqa: D301


_host = click.option("--host", help="One host; by default every host of the source's publisher.")


@template.command("show")
@click.argument("name")
@_host
@common_options
def show_template(name: str, host: str | None, config: Path, data_dir: Path | None, as_json: bool) -> int:
    """Show the templates of a source's publisher, one a host.

    `left out` counts the elements that pages are read without; with `--json` each is named, with the most characters that it
    held. `unlike` counts the last ten pages that did not look like the taught ones and were read whole.

    \b
    Example:
      copytaster source template show harbour-world --json

    Exit code: 0 done, 4 nothing is learned yet.
    """  # noqa: D301
    source = read_sources(config).get(name)
    with closing(_open_store(config, data_dir)) as store, store.read() as connection:
        rows = _list_rows(connection, source, host)
    if as_json:
        print_json({"name": name, "items": [_to_json(row) for row in rows]})
    elif rows:
        print_table(_COLUMNS, map(_to_row, rows))
    else:
        click.echo(f"nothing is learned yet of the pages of {source.publisher_name}")
    return ExitCode.DONE if rows else ExitCode.NOTHING_MATCHED


@template.command("forget")
@click.argument("name")
@_host
@common_options
def forget(name: str, host: str | None, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Forget the templates of a source's publisher.

    Its pages are read whole until three agree again.

    \b
    Example:
      copytaster source template forget harbour-world --host www.harbour.example
    """  # noqa: D301
    source = read_sources(config).get(name)
    with closing(_open_store(config, data_dir)) as store, store.write() as connection:
        hosts = [row.host for row in _require_rows(connection, source, host)]
        for one in hosts:
            forget_template(connection, one)
    _print_change(name, hosts, "forgotten", as_json=as_json)


@template.command("pin")
@click.argument("name")
@_host
@click.option("--off", is_flag=True, help="Let the template change again.")
@common_options
def pin_template(
    name: str, host: str | None, off: bool, config: Path, data_dir: Path | None, as_json: bool
) -> None:
    """Keep the templates of a source's publisher as they are.

    Later pages change nothing in them. A page that is unlike the taught ones is still read whole.

    \b
    Example:
      copytaster source template pin harbour-world
      copytaster source template pin harbour-world --off
    """  # noqa: D301
    source = read_sources(config).get(name)
    with closing(_open_store(config, data_dir)) as store, store.write() as connection:
        rows = _require_rows(connection, source, host)
        for row in rows:
            lessons = pin(lessons_from_json(row.lessons), pinned=not off)
            keep_lessons(
                connection,
                row.host,
                state=lessons.state,
                lessons=lessons_to_json(lessons),
                now=datetime.now(UTC),
            )
    _print_change(name, [row.host for row in rows], "unpinned" if off else "pinned", as_json=as_json)


def _list_rows(connection: Connection, source: Source, host: str | None) -> list[TemplateRow]:
    """The rows of the source's publisher and of its own host, or of one host among them."""
    hosts = {*source.hosts, site_of(source.url)}
    rows = list_templates(connection, publisher=source.publisher_name, hosts=hosts)
    return [row for row in rows if host is None or row.host == site_of(f"https://{host}")]


def _require_rows(connection: Connection, source: Source, host: str | None) -> list[TemplateRow]:
    rows = _list_rows(connection, source, host)
    if not rows:
        raise NotFoundError(
            f"nothing is learned of the pages of {host or source.publisher_name}",
            resource=source.name,
            hint=f"`copytaster source template show {source.name}` lists what is",
        )
    return rows


def _to_json(row: TemplateRow) -> dict[str, Any]:
    lessons = lessons_from_json(row.lessons)
    return {
        "host": row.host,
        "publisher": row.publisher,
        "state": lessons.state,
        "version": lessons.version,
        "taught_pages": len(lessons.taught),
        "left_out": dict(lessons.template.skips) if lessons.template else {},
        "used": lessons.used,
        "recent": {"pages": len(lessons.recent), "unlike": lessons.recent.count("-")},
        "drifted_at": iso(row.drifted_at),
        "updated_at": iso(row.updated_at),
        "changes": [{"version": one.version, "at": iso(one.at), "why": one.why} for one in lessons.changes],
    }


def _to_row(row: TemplateRow) -> tuple[object, ...]:
    lessons = lessons_from_json(row.lessons)
    last = lessons.changes[-1] if lessons.changes else None
    return (
        row.host,
        lessons.state,
        lessons.version,
        len(lessons.taught),
        len(lessons.template.skips) if lessons.template else 0,
        lessons.used,
        f"{lessons.recent.count('-')} of {len(lessons.recent)}",
        format_time(last.at if last else None) or "never",
        last.why if last else "",
    )


def _print_change(name: str, hosts: list[str], what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "hosts": hosts, "done": what})
    else:
        click.echo(f"{what}: {', '.join(hosts)}")


def _open_store(config: Path, data_dir: Path | None) -> Store:
    return Store(read_settings(config, data_dir).store_url)
