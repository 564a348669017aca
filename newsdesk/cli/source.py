"""Commands on sources: add, list, show, probe, pause, resume."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.errors import ConfigurationError, UsageError
from copytaster.store.engine import Store
from copytaster.store.sources import SourceState, pause, read_state, read_states, resume
from copytaster.values import iso
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json, print_table
from newsdesk.cli.source_view import look_data, rhythm, show_look, source_data, state_data, word_of
from spiders.sources.config import Source, Sources, parse_sources, read_sources, read_starter
from spiders.sources.file import add_source, check_new, read_text, write_block
from spiders.sources.probe import probe as look_at
from spiders.sources.tables import check_url, read_interval

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from spiders.sources.probe import Probe


@click.group("source")
def source() -> None:
    """Add, list, show, probe, pause and resume sources.

    \b
    Example:
      copytaster source add https://www.example.org/news
      copytaster source pause harbour-world --why "moving house"
    """  # noqa: D301


@source.command()
@click.argument("url")
@click.option("--name", help="The source's name; a-z, 0-9 and -.")
@click.option("--publisher", help="Who puts the copy out.")
@click.option("--interval", help="How often to look, e.g. 15m.")
@click.option("--starter", is_flag=True, help="URL is the name of a starter source; copy it.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@common_options
def add(
    url: str,
    name: str | None,
    publisher: str | None,
    interval: str | None,
    starter: bool,
    yes: bool,
    dry_run: bool,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Find the feed of URL, show what it would collect, then add it to the configuration.

    \b
    Example:
      copytaster source add https://www.example.org/news --interval 10m --yes
      copytaster source add --starter bbc-world --yes
    """  # noqa: D301
    known = parse_sources(read_text(config), resource=str(config))
    every = _interval(interval) if interval else None
    look = None
    if starter:
        found = replace(read_starter().get(url), enabled=True)
    else:
        look = look_at(_address(url), crawl=read_settings(config, data_dir).crawl)
        found = _source_of(look, known)
    found = _checked(_changed(found, name, publisher, every))
    check_new(known, found)
    if not as_json:
        show_look(look)
        click.echo(write_block(found))
    write = not dry_run and (yes or _agree(config, as_json=as_json))
    if write:
        add_source(config, found)
        click.echo(f"{found.name} added to {config}", err=True)
    if as_json:
        print_json({**source_data(found), "written": write, "probe": look_data(look) if look else None})


@source.command("list")
@click.option("--starter", is_flag=True, help="The sources that ship with the product.")
@common_options
def list_sources(starter: bool, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Every configured source, and how it stands.

    \b
    Example:
      copytaster source list --json
    """  # noqa: D301
    known = read_starter() if starter else read_sources(config)
    states = {} if starter else _states(config, data_dir)
    rows = [(item, states.get(item.name, SourceState())) for item in known]
    if as_json:
        print_json(
            {"items": [source_data(item) | state_data(state) for item, state in rows], "total": len(rows)}
        )
        return
    print_table(
        ("name", "publisher", "kind", "when", "state", "last success", "last error"),
        (
            (
                item.name,
                item.publisher_name,
                item.kind,
                rhythm(item),
                word_of(item, state),
                iso(state.last_success_at),
                state.last_error,
            )
            for item, state in rows
        ),
    )


@source.command()
@click.argument("name")
@common_options
def show(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """One source: its settings and how it stands.

    \b
    Example:
      copytaster source show harbour-world
    """  # noqa: D301
    item = read_sources(config).get(name)
    state = _states(config, data_dir).get(name, SourceState())
    data = source_data(item) | state_data(state)
    if as_json:
        print_json(data)
        return
    print_table(
        ("setting", "value"), ((key, value) for key, value in data.items() if value not in (None, {}, ""))
    )


@source.command()
@click.argument("url")
@common_options
def probe(url: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """The same look at URL that `add` takes; nothing is written. A source's name stands for its address.

    \b
    Example:
      copytaster source probe https://www.example.org/news
    """  # noqa: D301
    if "://" not in url and config.exists():
        known = read_sources(config)
        url = known.get(url).url if url in {item.name for item in known} else url
    look = look_at(_address(url), crawl=read_settings(config, data_dir).crawl)
    if as_json:
        print_json(look_data(look))
    else:
        show_look(look)


@source.command("pause")
@click.argument("name")
@click.option("--why", help="Shown wherever the source is listed.")
@common_options
def pause_source(name: str, why: str | None, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Leave a source alone until it is resumed.

    \b
    Example:
      copytaster source pause harbour-world --why "blocked us, mail sent"
    """  # noqa: D301
    item = read_sources(config).get(name)
    with closing(_open(config, data_dir)) as store, store.write() as connection:
        changed = pause(connection, item.name, at=datetime.now(UTC), why=why)
        state = read_state(connection, item.name)
    _say(name, "paused" if changed else "was paused already", changed, state, as_json=as_json)


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
    with closing(_open(config, data_dir)) as store, store.write() as connection:
        changed = resume(connection, item.name)
        state = read_state(connection, item.name)
    _say(name, "resumed" if changed else "was not paused", changed, state, as_json=as_json)


def _say(name: str, what: str, changed: bool, state: SourceState, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "changed": changed} | state_data(state))
    else:
        click.echo(f"{name} {what}")


def _open(config: Path, data_dir: Path | None) -> Store:
    return Store(read_settings(config, data_dir).store_url)


def _states(config: Path, data_dir: Path | None) -> dict[str, SourceState]:
    with closing(_open(config, data_dir)) as store, store.read() as connection:
        return read_states(connection)


def _address(url: str) -> str:
    try:
        return check_url(url if "://" in url else f"https://{url}")
    except ValueError as error:
        raise UsageError(str(error), hint="e.g. https://www.example.org/news") from error


def _interval(text: str) -> timedelta:
    try:
        return read_interval(text)
    except ValueError as error:
        raise UsageError(str(error), resource="--interval") from error


def _source_of(look: Probe, known: Sources) -> Source:
    """The source that a look suggests; a host that is collected from already tells the publisher."""
    host = _host(look.url)
    publisher = next((item.publisher_name for item in known if _host(item.url) == host), look.publisher)
    taken = {item.name for item in known}
    numbered = (look.name if number == 1 else f"{look.name}-{number}" for number in range(1, len(taken) + 2))
    name = next(candidate for candidate in numbered if candidate not in taken)
    return Source(
        name=name,
        publisher_name=publisher,
        kind="feed",
        url=look.url,
        interval=look.interval,
        language=look.language,
    )


def _host(url: str) -> str:
    return url.split("/", 3)[2].lower()


def _changed(found: Source, name: str | None, publisher: str | None, every: timedelta | None) -> Source:
    found = replace(found, name=name or found.name, publisher_name=publisher or found.publisher_name)
    return replace(found, interval=every, cron=None) if every else found


def _checked(found: Source) -> Source:
    """Refuse on the command line what the file would refuse."""
    try:
        checked = parse_sources(write_block(found), resource="source").all[0]
    except ConfigurationError as error:
        raise UsageError(error.message, hint="--name, --publisher and --interval say otherwise") from error
    return replace(checked, family=found.family, agency=found.agency)


def _agree(config: Path, *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        raise UsageError("nothing is written", hint="--yes writes, --dry-run only shows")
    return click.confirm(f"Add this to {config}?", default=True, err=True)
