"""`copytaster scrub`: compare everything that is kept with its digest, and repair what can be repaired."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode
from copytaster.logs import clean_text
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings
from newsdesk.cli.output import plural, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from copytaster.store.scrubs import Damage
    from newsdesk.operations.scrub.run import ScrubReport

LONGEST_HEADLINE = 60


@click.command("scrub")
@click.option(
    "--pace",
    type=click.IntRange(min=0),
    default=0,
    metavar="ROWS_PER_SECOND",
    help="Check no more rows, pages and documents a second; 0 sets no limit.",
    show_default=True,
)
@click.option("--repair/--no-repair", default=True, help="Repair what can be repaired.", show_default=True)
@click.option(
    "--accept",
    metavar="KIND:KEY",
    multiple=True,
    help="Take a damaged row for right as it is now, e.g. version:12.",
)
@common_options
def scrub(
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
    pace: int,
    repair: bool,
    accept: tuple[str, ...],
) -> int:
    """Compare raw pages, versions, every other row and the documents of the index with their digests.

    Names each damaged thing, repairs it where a good copy exists, and says what to do with the rest. The service does
    this every night; an interrupted scrub goes on where it was.

    \b
    Example:
      copytaster scrub --pace 2000
      copytaster scrub --json | jq '.damages[] | select(.state == "open")'

    Exit code: 0 nothing is damaged any more, 1 damage is left, 69 store or index unreachable, 75 a scrub is under way.
    """  # noqa: D301 - click reads the character
    from indexer.factory import open_index
    from newsdesk.operations.scrub.accept import accept_damage
    from newsdesk.operations.scrub.run import Scrubber

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, closing(open_index(settings)) as index:
        if accept:
            for name in accept:
                accept_damage(store, name)
            click.echo(f"{len(accept)} accepted", err=as_json)
            return ExitCode.DONE
        sources = read_configured_sources(config)
        with (
            progress_bar() as bar,
            closing(Scrubber(store, index, settings, sources, pace=pace, repair=repair)) as scrubber,
        ):
            task = bar.add_task("scrubbing", total=None)
            report = scrubber.run(
                on_progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    return ExitCode.FAILED if report.open else ExitCode.DONE


def _print_report(report: ScrubReport) -> None:
    if report.damages:
        print_table(
            ("what", "headline", "damage", "shown by", "state", "done, or to do"), map(_row, report.damages)
        )
        click.echo()
    done = report.scrub
    click.echo(
        f"{done.checked} checked, {done.damaged} damaged, {done.repaired} repaired, {report.open} left"
        f" ({report.seconds:.1f} s)"
    )
    if done.unknown:
        rows = plural(done.unknown, "row or document", "rows and documents")
        click.echo(
            f"{done.unknown} {rows} had no digest yet: known from now on, whether they were whole is not known"
        )


def _row(one: Damage) -> Sequence[object]:
    headline = clean_text(one.headline or "")[:LONGEST_HEADLINE]
    return (f"{one.kind} {one.key}".strip(), headline, one.what, one.dispatch_id, one.state, one.done)
