"""What lists say of what is not in them: copy under embargo, never a word of it; and up to when they are complete."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import CopytasterError
from copytaster.logs import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.store.embargoes import Embargo
    from settings import Settings

MOST_NAMED = 3
_SQLITE = "sqlite:///"


def list_waiting(settings: Settings) -> list[Embargo]:
    """What is under embargo; nothing where the store cannot be read: searches work without it."""
    url = settings.store_url
    if url.startswith(_SQLITE) and not _holds_any(Path(url.removeprefix(_SQLITE))):
        return []
    from copytaster.store.embargoes import list_embargoes  # a search loads no database library without need
    from copytaster.store.engine import Store

    try:
        with closing(Store(url)) as store, store.read() as connection:
            return list_embargoes(connection)
    except CopytasterError:
        return []


def read_complete(settings: Settings, config: Path) -> dict[str, Any] | None:
    """Up to when what is found is complete, with the holes, as JSON; None where the store cannot be read."""
    from copytaster.store.engine import Store
    from newsdesk.operations.completeness import completeness_to_json, read_completeness
    from spiders.sources.config import read_sources

    try:
        sources = read_sources(config) if config.exists() else ()
        with closing(Store(settings.store_url)) as store, store.read() as connection:
            return completeness_to_json(read_completeness(connection, settings.schedule, sources))
    except CopytasterError:
        return None


def print_waiting(waiting: Sequence[Embargo]) -> None:
    """Print a line for each of the next few."""
    for one in waiting[:MOST_NAMED]:
        until = f"until {one.until:%Y-%m-%d %H:%M} UTC" if one.until else "hour not readable"
        facts = " · ".join(filter(None, (one.agency or "agency unknown", one.publisher, one.kind)))
        click.echo(clean_text(f"under embargo {until}, not searched: {facts} · embargo {one.id}"), err=True)
    if len(waiting) > MOST_NAMED:
        click.echo(f"{len(waiting) - MOST_NAMED} more: `copytaster embargo list`", err=True)


def _holds_any(path: Path) -> bool:
    """True if a store file has a row of copy under embargo."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            return file.execute("SELECT 1 FROM embargoes LIMIT 1").fetchone() is not None
    except sqlite3.Error:  # no file, none of ours, or of a release before
        return False
