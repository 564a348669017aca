"""How commands print: JSON, tables, progress bars, times and counts. Data goes to stdout, progress to stderr."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from copytaster.errors import ExitCode
from copytaster.logs import clean_text
from copytaster.masking.values import mask_value
from copytaster.values import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from copytaster.store.revisits import RevisitCounts

PIPE_WIDTH = 200  # characters of a table line where stdout is no terminal


def print_json(value: Any) -> None:
    """Print one JSON value, its secrets masked: indented on a terminal, on one line in a pipe."""
    indent = 2 if sys.stdout.isatty() else None
    click.echo(json.dumps(mask_value(to_json(value)), ensure_ascii=False, indent=indent, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as a table; an empty cell for None, no control characters or markup from the cells.

    On a terminal, columns without any value are left out and long cells are folded to fit its width; nothing is cut.
    """
    cells = [["" if cell is None else clean_text(str(cell)) for cell in row] for row in rows]
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_WIDTH)
    elif cells:
        shown = [place for place in range(len(columns)) if any(row[place] for row in cells)]
        columns = [columns[place] for place in shown]
        cells = [[row[place] for place in shown] for row in cells]
    widths = [max(len(name), *(len(row[place]) for row in cells), 0) for place, name in enumerate(columns)]
    gap, least = _choose_widths(widths, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for name, width in zip(columns, least, strict=True):
        table.add_column(name, overflow="fold", min_width=width)
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table, width=max(console.width, sum(least) + gap * len(least)), crop=False, soft_wrap=True)


def _choose_widths(widths: Sequence[int], room: int) -> tuple[int, list[int]]:
    """The gap between columns, and to how many characters each may be folded, to fit `room` if that is possible."""
    for gap, fold_to in ((2, 20), (1, 20), (1, 10)):
        least = [min(width, fold_to) for width in widths]
        if sum(least) + gap * len(least) <= room:
            break
    return gap, least


def end_list(items: Sequence[object]) -> int:
    """The exit code after a list; says on stderr that it is empty."""
    if items:
        return ExitCode.DONE
    click.echo("nothing matched", err=True)
    return ExitCode.NOTHING_MATCHED


def progress_bar(*, in_bytes: bool = False) -> Progress:
    """A progress bar on stderr, shown on a terminal only, that counts things or bytes. Use it as a context manager."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn() if in_bytes else MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def one_line(line: str, style: str = "") -> Text:
    """A line of text from outside, without control characters, its brackets no markup."""
    return Text(clean_text(line), style=style)


def plural(count: int, one: str, many: str) -> str:
    """The word that fits the count."""
    return one if count == 1 else many


def format_moment(moment: datetime | None) -> str:
    """A moment in UTC to the second; empty for None."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def format_time(moment: datetime | None) -> str:
    """A moment in UTC; on a terminal without the day if it is today, and without seconds if it is not."""
    if moment is None or not sys.stdout.isatty():
        return format_moment(moment)
    moment = moment.astimezone(UTC)
    return f"{moment:%H:%M:%SZ}" if moment.date() == datetime.now(UTC).date() else f"{moment:%Y-%m-%d %H:%MZ}"


def format_counts(reasons: Mapping[str, int]) -> str:
    """`reason count` pairs in the order of the reasons."""
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))


def format_totals(totals: Mapping[str, int]) -> str:
    """`3 new stories, 1 blocked`, in the order given."""
    return ", ".join(f"{count} {word}" for word, count in totals.items()) or "none"


def format_revisits(counts: RevisitCounts) -> str:
    """`12 pages will be visited again, 3 are due; gone 2`."""
    waiting = (
        f"{counts.waiting} {plural(counts.waiting, 'page', 'pages')} will be visited again, {counts.due} due"
    )
    following = f", the next at {format_moment(counts.next_due)}" if counts.next_due else ""
    found = f"; at the last visit: {format_counts(counts.outcomes)}" if counts.outcomes else ""
    return f"{waiting}{following}{found}"


def yes_no(value: bool) -> str:
    """`yes` or `no`."""
    return "yes" if value else "no"
