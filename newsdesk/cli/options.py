"""What commands take: shared options, settings, sources, times, exit codes. What they print is in `output`."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copytaster.compiled_code import keep_compiled_code
from copytaster.errors import UsageError
from copytaster.logs import set_up
from copytaster.private_files import make_files_private
from settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from spiders.sources.config import Sources

DEFAULT_CONFIG = Path("sources.toml")

json_option = click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")
config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="File with sources and settings.",
)
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the store and the index.",
)


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --config, --data-dir and --json; the command receives `config`, `data_dir`, `as_json`."""
    return config_option(data_dir_option(json_option(command)))


def read_settings(config: Path, data_dir: Path | None = None, **overrides: Any) -> Settings:
    """Load the settings, with flags over everything else; set up logs and the folder of compiled code by them.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    if data_dir is not None:
        overrides["data_dir"] = data_dir
    settings = load_settings(config, **overrides)
    set_up(settings.log_level, settings.log_format)
    make_files_private(settings.data_dir)
    keep_compiled_code(settings.compiled_path)
    return settings


def read_configured_sources(config: Path) -> Sources:
    """Read the sources of the file; none where the file does not exist.

    Raises:
        ConfigurationError: the file is invalid.
    """
    from spiders.sources.config import Sources, read_sources

    return read_sources(config) if config.exists() else Sources()


def read_time(text: str) -> datetime:
    """Read a day or a time given to an option; without a zone it is UTC.

    Raises:
        click.BadParameter: the text is neither.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a time; write 2026-11-20 or 2026-11-20T18:30+01:00"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_window(
    since: str | None, until: str | None, *, span: timedelta = timedelta(days=1)
) -> tuple[datetime, datetime]:
    """The times of --since and --until; by default the last `span`.

    Raises:
        UsageError: the window ends before it begins.
    """
    end = read_time(until) if until else datetime.now(UTC)
    start = read_time(since) if since else end - span
    if start > end:
        raise UsageError("the window ends before it begins", resource="--since")
    return start, end


def name_account(who: str | None) -> str:
    """The name kept with what somebody does by hand; by default that of the account.

    Raises:
        UsageError: there is none.
    """
    if who is not None:
        if not who.strip():
            raise UsageError("the name is empty", resource="--who")
        return who.strip()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        raise UsageError("this account has no name", hint="give one with --who") from None
