"""`copytaster wire`: the wire grammar, one line in, one JSON object out."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import UsageError
from copytaster.wire import lines

if TYPE_CHECKING:
    from collections.abc import Callable


@click.group()
def wire() -> None:
    """Wire grammar on stdin, one line a time; one JSON object per line on stdout."""


@wire.command()
@click.option("--context-date", help="The day the stories were printed, e.g. 2016-02-24; gives the year.")
@click.option("--json", "_as_json", is_flag=True, hidden=True)
def dateline(context_date: str | None, _as_json: bool) -> None:
    """Datelines of story openings.

    A line may carry its own context date after a tab.

    \b
    Example:
      echo 'MOSCOW, Feb 24 (Reuters) - Talks resumed.' | copytaster wire dateline --context-date 2016-02-24
    """  # noqa: D301 - click reads the character
    day = _read_day(context_date) if context_date else None
    _each_line(lambda line: lines.dateline_line(line, day))


@wire.command()
@click.option("--json", "_as_json", is_flag=True, hidden=True)
def headline(_as_json: bool) -> None:
    """Markers of headlines.

    \b
    Example:
      echo 'UPDATE 2-Copper slips' | copytaster wire headline
    """  # noqa: D301 - click reads the character
    _each_line(lines.headline_line)


@wire.command()
@click.option("--json", "_as_json", is_flag=True, hidden=True)
def credit(_as_json: bool) -> None:
    """The agency that wrote a text.

    \b
    Example:
      echo 'PARIS (AFP) - Bakers went on strike.' | copytaster wire credit
    """  # noqa: D301 - click reads the character
    _each_line(lines.credit_line)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"not a date: {text!r}", resource="--context-date", hint="e.g. 2016-02-24"
        ) from error


def _each_line(read: Callable[[str], dict[str, Any]]) -> None:
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        click.echo(json.dumps(read(text), ensure_ascii=False))
