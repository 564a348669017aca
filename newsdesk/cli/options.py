"""What commands share: the options --json, --config and --data-dir, exit codes, and how data is printed."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from copytaster.errors import NotFoundError
from copytaster.logs import clean_text, mask_secrets, set_up
from copytaster.values import to_json
from settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from spiders.sources.config import Sources


DEFAULT_CONFIG = Path("sources.toml")
NOTHING_MATCHED = NotFoundError.exit_code
PARTLY_DONE = 3

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
    """The settings a command runs with, logs set up by them; flags win."""
    if data_dir is not None:
        overrides["data_dir"] = data_dir
    settings = load_settings(config, **overrides)
    set_up(settings.log_level, settings.log_format)
    return settings


def read_moment(text: str) -> datetime:
    """A day or a moment; without a zone it is UTC.

    Raises:
        click.BadParameter: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write 2026-11-20 or 2026-11-20T18:30+01:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
        table.add_row(*("" if cell is None else say(str(cell)) for cell in row))
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


def say(line: str, style: str = "") -> Text:
    """A line of other people's text: no markup in it, no control characters."""
    return Text(clean_text(line), style=style)


def plural(count: int, one: str, many: str) -> str:
    """The word for so many."""
    return one if count == 1 else many


def read_configured_sources(config: Path) -> Sources:
    """The sources of the file; none where there is no file."""
    from spiders.sources.config import Sources, read_sources

    return read_sources(config) if config.exists() else Sources()


def print_masked_json(value: Any) -> None:
    """Reasons quote addresses, and addresses may hold secrets."""
    print_json(mask_json(to_json(value)))


def mask_json(value: Any) -> Any:
    """The value with secrets masked in every text of it."""
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return {name: mask_json(item) for name, item in value.items()}
    return [mask_json(item) for item in value] if isinstance(value, list) else value


def format_moment(moment: datetime | None) -> str:
    """A moment in UTC to the second; empty for none."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def format_counts(reasons: Mapping[str, int]) -> str:
    """`reason count` pairs, by reason."""
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))


def yes_no(value: bool) -> str:
    """`yes` or `no`."""
    return "yes" if value else "no"
