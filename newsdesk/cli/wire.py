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

_json_option = click.option("--json", "_as_json", is_flag=True, hidden=True)


@click.group()
def wire() -> None:
    """Parse wire copy: one line of stdin, one JSON object on stdout."""


@wire.command()
@click.option("--context-date", help="Day of publication, e.g. 2016-02-24; gives a dateline its year.")
@_json_option
def dateline(context_date: str | None, _as_json: bool) -> None:
    """Parse the datelines of story openings.

    A line may name its own day of publication after a tab.

    \b
    Example:
      echo 'MOSCOW, Feb 24 (Reuters) - Talks resumed.' | copytaster wire dateline --context-date 2016-02-24
    """  # noqa: D301 - click reads the character
    day = _read_day(context_date) if context_date else None
    _convert_lines(lambda line: lines.dateline_line(line, day))


@wire.command()
@_json_option
def headline(_as_json: bool) -> None:
    """Part headlines from their markers.

    \b
    Example:
      echo 'UPDATE 2-Copper slips' | copytaster wire headline
    """  # noqa: D301 - click reads the character
    _convert_lines(lines.headline_line)


@wire.command()
@_json_option
def credit(_as_json: bool) -> None:
    """Name the agency that wrote each text.

    \b
    Example:
      echo 'PARIS (AFP) - Bakers went on strike.' | copytaster wire credit
    """  # noqa: D301 - click reads the character
    _convert_lines(lines.credit_line)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"not a date: {text!r}", resource="--context-date", hint="e.g. 2016-02-24"
        ) from error


def _convert_lines(convert: Callable[[str], dict[str, Any]]) -> None:
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        click.echo(json.dumps(convert(text), ensure_ascii=False))
