"""What commands share: the options --json, --config and --data-dir, and how data is printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from copytaster.values import to_json
from settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

DEFAULT_CONFIG = Path("sources.toml")

json_option = click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")
config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="Sources and settings.",
)
data_dir_option = click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Store and index live here."
)


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--config, --data-dir and --json, handed to the command as `config`, `data_dir`, `as_json`."""
    return config_option(data_dir_option(json_option(command)))


def read_settings(config: Path, data_dir: Path | None = None, **overrides: Any) -> Settings:
    """The settings a command runs with; flags win."""
    if data_dir is not None:
        overrides["data_dir"] = data_dir
    return load_settings(config, **overrides)


def print_json(value: Any) -> None:
    """One JSON value on stdout, readable on a terminal, one line in a pipe."""
    indent = 2 if sys.stdout.isatty() else None
    click.echo(json.dumps(to_json(value), ensure_ascii=False, indent=indent, default=str))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Rows as a table on stdout; plain where stdout is no terminal."""
    table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


def progress_bar() -> Progress:
    """A progress bar on stderr, shown on a terminal only. Use as a context manager."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
