"""`copytaster refill`: lists the holes and what can still be had of them, and fetches it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_settings, read_time
from newsdesk.cli.output import end_list, format_moment, plural, print_json, print_table
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsdesk.operations.refill import RefilledHole


@click.command("refill")
@click.option("--source", "names", multiple=True, help="Only this source. Repeatable.")
@click.option("--since", help="Only holes that end after this.")
@click.option("--until", help="Only holes that begin before this.")
@click.option("--apply", is_flag=True, help="Fetch and store what is missing; without it nothing is stored.")
@common_options
def refill_holes(
    names: tuple[str, ...],
    since: str | None,
    until: str | None,
    apply: bool,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> int:
    """List the holes and what the sources still list of them; close them with --apply.

    A hole that the next whole run closes is closed by a crawl. For the others the sitemap that `archive` names in sources.toml is
    read, or else those of the source's site; stories of that time that are not stored are fetched, one after the other. Says for
    each hole what could be had and what is gone.

    \b
    Example:
      copytaster refill
      copytaster refill --source harbour-world --apply

    Exit code: 0 done: no hole of these is open any more (without --apply: they are listed); 3 some holes are still open; 4 no hole.
    """  # noqa: D301
    from newsdesk.operations.refill import refill, refilled_to_json

    sources = read_sources(config)
    for name in names:
        sources.get(name)
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        found = refill(
            store,
            settings,
            sources,
            names=names,
            since=read_time(since) if since else None,
            until=read_time(until) if until else None,
            apply=apply,
        )
    closed = sum(one.closed for one in found)
    if as_json:
        print_json({"applied": apply, "closed": closed, "holes": [refilled_to_json(one) for one in found]})
    elif found:
        _print(found, closed, apply=apply)
    if not found:
        return ExitCode.NOTHING_MATCHED if as_json else end_list(found)
    return ExitCode.PARTLY_DONE if apply and closed < len(found) else ExitCode.DONE


def _print(found: Sequence[RefilledHole], closed: int, *, apply: bool) -> None:
    rows = [
        (
            one.hole.source,
            format_moment(one.hole.start),
            format_moment(one.hole.end) or "now",
            one.hole.why,
            ("closed: " if one.closed else "") + one.had,
        )
        for one in found
    ]
    print_table(("source", "from", "to", "hole", "what can be had" if not apply else "what was had"), rows)
    count = f"{len(found)} {plural(len(found), 'hole', 'holes')}"
    click.echo(
        f"\n{count}, {closed} closed" if apply else f"\n{count}; nothing was stored, --apply closes them"
    )
