"""`copytaster audit`: what people wrote."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.store.audit import list_audit
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_settings, read_time
from newsdesk.cli.output import end_list, format_moment, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--who", default="", help="Only writes of this person.")
@click.option("--what", default="", help="Only writes of this sort, such as decision or takedown.")
@click.option("--since", help="From this day or time on.")
@click.option("--until", help="Before this day or time.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100_000))
@common_options
def audit(
    who: str,
    what: str,
    since: str | None,
    until: str | None,
    limit: int,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> int:
    """List what people wrote: who, when, what and from where.

    The newest write comes first. The page /audit shows the same, and exports it.

    \b
    Example:
      copytaster audit --what takedown --since 2026-11-01

    Exit code: 0 done, 4 nobody wrote anything of this sort.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = list_audit(
            connection,
            who=who,
            what=what,
            since=read_time(since) if since else None,
            until=read_time(until) if until else None,
            limit=limit,
        )
    if as_json:
        print_json({"items": found})
    elif found:
        print_table(
            ("at (UTC)", "who", "what", "subject", "detail", "from"),
            [
                (format_moment(one.at), one.who, one.what, one.subject, one.detail, one.origin)
                for one in found
            ],
        )
    return end_list(found)
