"""`copytaster source recall`: what a publisher's sitemap lists, and what of it the source brought."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode
from copytaster.logs import clean_text
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_settings, read_window
from newsdesk.cli.output import format_moment, print_json, print_table
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from pathlib import Path

    from newsdesk.operations.recall import Recall


@click.command("recall")
@click.argument("name")
@click.option(
    "--sitemap", help="Address of the list to compare with; by default the source's archive, or its site."
)
@click.option("--since", help="Begin of the window; by default 24 hours before its end.")
@click.option("--until", help="End of the window; by default now.")
@common_options
def recall(
    name: str,
    sitemap: str | None,
    since: str | None,
    until: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> int:
    """Compare a publisher's sitemap with what its source brought.

    Prints the share of the listed stories that is stored, and the addresses that are not, each with the reason as far as the
    store knows one. Fetches the lists, no page, and stores nothing.

    \b
    Example:
      copytaster source recall harbour-world
      copytaster source recall harbour-world --sitemap https://www.example.org/news-sitemap.xml --since 2026-11-20

    Exit code: 0 done, 1 the list cannot be had, 4 nothing is listed in the window.
    """  # noqa: D301
    from newsdesk.operations.recall import measure_recall, recall_to_json

    start, end = read_window(since, until)
    source = read_sources(config).get(name)
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        found = measure_recall(store, source, crawl=settings.crawl, since=start, until=end, sitemap=sitemap)
    if as_json:
        print_json(recall_to_json(found))
    else:
        _print(found)
    return ExitCode.DONE if found.listed else ExitCode.NOTHING_MATCHED


def _print(found: Recall) -> None:
    share = "nothing to compare" if found.share is None else f"{found.share:.1%} stored"
    click.echo(
        clean_text(
            f"{found.source}: {share}, {found.stored} of {found.listed} listed by {found.archive}"
            f" from {format_moment(found.since)} to {format_moment(found.until)}"
        )
    )
    if found.undated:
        click.echo(f"{found.undated} more have no date, and count nowhere")
    for problem in found.problems:
        click.echo(clean_text(f"not read: {problem}"))
    if found.missed:
        click.echo()
        rows = [(format_moment(one.published_at), one.url, one.why) for one in found.missed]
        print_table(("published", "missed", "why"), rows)
