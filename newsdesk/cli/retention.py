"""`copytaster retention preview|apply|list|restore`: what leaves the store by rule, and how it comes back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import ExitCode
from copytaster.store import grace
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings
from newsdesk.cli.output import end_list, format_moment, plural, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from newsdesk.operations.retention.sweep import SweepReport

MEGABYTE = 1e6


@click.group()
def retention() -> None:
    """Preview, apply and undo what leaves the store by the rules under `settings.retention`."""


@retention.command()
@common_options
def preview(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Count what would leave now, and what that frees.

    Counts by rule, and changes nothing. Names rules that fit no story, as a name in them is mistyped.

    \b
    Example:
      copytaster retention preview

    Exit code: 0 done, 4 nothing would leave.
    """  # noqa: D301 - click reads the character
    from newsdesk.operations.retention.sweep import Sweep
    from newsdesk.operations.retention.unfit import find_unfit

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        report = Sweep(store, settings.retention).preview()
        unfit = [
            one.sentence for one in find_unfit(store, settings.retention, read_configured_sources(config))
        ]
    _print(report, as_json=as_json, done=False)
    for sentence in unfit:
        click.echo(sentence, err=True)
    leaves = (report.stories, report.pages, report.refusals, report.purged, report.folded)
    return ExitCode.DONE if any(leaves) else ExitCode.NOTHING_MATCHED


@retention.command()
@common_options
def apply(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Take out what is due now.

    In short transactions: the service may run meanwhile. It does the same every night. What leaves can be restored for `retention.grace_days`. The index follows.

    \b
    Example:
      copytaster retention apply

    Exit code: 0 done, 3 done, but the index does not answer and follows later, 75 another process applies retention.
    """  # noqa: D301 - click reads the character
    from newsdesk.operations.retention.sweep import Sweep

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        report = Sweep(store, settings.retention).apply()
        follows = update_index(store, settings)
    _print(report, as_json=as_json, done=True)
    return ExitCode.DONE if follows else ExitCode.PARTLY_DONE


@retention.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most this many."
)
@common_options
def list_removed(limit: int, config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """List what left and can be restored, newest first.

    \b
    Example:
      copytaster retention list --limit 10

    Exit code: 0 done, 4 nothing can be restored.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = grace.list_removals(connection, limit=limit)
    if as_json:
        print_json(found)
    elif found:
        print_table(
            ("dispatch", "rule", "left", "kept until", "bytes"),
            [
                (one.dispatch_id, one.rule, format_moment(one.at), format_moment(one.purge_at), one.bytes)
                for one in found
            ],
        )
    return end_list(found)


@retention.command()
@click.argument("dispatch_id", metavar="ID")
@common_options
def restore(dispatch_id: str, config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Put back what left of a dispatch.

    It has its old ids. Hold it, or the next sweep takes it out again.

    \b
    Example:
      copytaster retention restore dabcdefgh234567qr && copytaster hold dabcdefgh234567qr --why "in court"

    Exit code: 0 done, 3 done, but the index follows later, 4 nothing of it can be restored.
    """  # noqa: D301 - click reads the character
    from newsdesk.operations.retention.removal import restore as put_back

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        with store.write() as connection:
            count = put_back(connection, dispatch_id)
        follows = update_index(store, settings)
    if as_json:
        print_json({"dispatch": dispatch_id, "stories": count, "indexed": follows})
    else:
        click.echo(f"{count} {plural(count, 'story', 'stories')} restored")
    return ExitCode.DONE if follows else ExitCode.PARTLY_DONE


def update_index(store: Store, settings: Any) -> bool:
    """Write what waits to the index; False, and said on stderr, if it does not answer: then the service does it."""
    from copytaster.errors import CopytasterError
    from indexer.drain import drain
    from indexer.factory import open_index

    try:
        with closing(open_index(settings)) as index:
            if not index.exists():
                return True
            report = drain(store, index)
    except CopytasterError as error:
        click.echo(f"the index follows later: {error}", err=True)
        return False
    if report.trouble:
        click.echo(f"the index follows later: {report.trouble}", err=True)
    return report.trouble is None


def _print(report: SweepReport, *, as_json: bool, done: bool) -> None:
    if as_json:
        print_json(report)
        return
    if report.by_rule:
        print_table(("rule", "stories"), sorted(report.by_rule.items()))
        click.echo()
    verb = "left" if done else "would leave"
    click.echo(
        f"{report.stories} {plural(report.stories, 'story', 'stories')} of {report.dispatches}"
        f" {plural(report.dispatches, 'dispatch', 'dispatches')} {verb}, and {report.pages} raw pages of others;"
        f" {report.folded} rows of the ledger {'became' if done else 'would become'} counts of their hour."
    )
    click.echo(f"About {report.freed / MEGABYTE:.1f} MB become free for new copy after the grace period.")
    click.echo(
        f"{report.purged} earlier removals are over; {report.refusals} refusals {'left' if done else 'would leave'}."
    )
    if report.held:
        click.echo(f"{report.held} {plural(report.held, 'story is', 'stories are')} due and held.")
