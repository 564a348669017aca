"""What searches say of copy under embargo: that it is there, and until when; never a word of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

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
