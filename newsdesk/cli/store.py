"""`copytaster store copy`: the store on another database."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - click reads the annotations
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json, progress_bar

if TYPE_CHECKING:
    from newsdesk.operations.store_copy import StoreCopy


@click.group()
def store() -> None:
    """Move the store between SQLite and PostgreSQL."""


@store.command()
@click.argument("database", metavar="URL")
@common_options
def copy(database: str, config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Copy the store into the empty database at URL, and compare the two.

    Stop the service first. A copy that was cut off goes on with the same command; until it is whole, nothing else opens
    it. The store stays as it is. Then put URL into COPYTASTER_DATABASE_URL (`database_url`) and start the service: the
    index stays valid.

    \b
    Example:
      copytaster store copy postgresql+psycopg://copytaster@db.example/copytaster
      copytaster store copy sqlite:////var/lib/copytaster/store.sqlite

    Exit code: 0 copied and equal, 2 URL is no database, not empty, or the store itself, 69 a database fails, a row does
    not fit, or the store changed meanwhile, 75 the service runs.
    """  # noqa: D301 - click reads the character
    from newsdesk.operations.store_copy import copy_store

    settings = read_settings(config, data_dir)
    with progress_bar() as bar:
        tasks = {step: bar.add_task(step, total=None) for step in ("copying", "comparing")}
        made = copy_store(
            settings.store_url,
            database,
            lambda step, done, total: bar.update(tasks[step], completed=done, total=total),
        )
    if as_json:
        print_json({"url": made.url, "rows": made.rows, "tables": made.tables})
    else:
        click.echo(_describe(made))
    return ExitCode.DONE


def _describe(made: StoreCopy) -> str:
    held = ", ".join(f"{made.tables[name].rows:,} {name}" for name in ("stories", "versions", "dispatches"))
    return (
        f"{made.url}: {made.rows:,} rows in {len(made.tables)} tables, equal to the store\n{held}\n"
        f"next: set COPYTASTER_DATABASE_URL to it, and start the service; leave the old store stopped"
    )
