"""`copytaster config show`: every setting, its value and its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsdesk.cli.options import common_options
from newsdesk.cli.output import print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def config() -> None:
    """Show the configuration."""


@config.command("show")
@common_options
def show_config(config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show every setting, its value and its origin.

    The origin is flag, environment, file or default. Secrets are masked.

    \b
    Example:
      COPYTASTER_WEB__PORT=9000 copytaster config show
    """  # noqa: D301
    from newsdesk.operations.settings_report import list_settings

    found = list_settings(config, {} if data_dir is None else {"data_dir": data_dir})
    if as_json:
        print_json(found)
        return
    print_table(("setting", "value", "origin"), [(one.name, one.value, one.origin) for one in found])
