"""`copytaster quarantine list|show|replay`: pages and documents that could not be used."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, UsageError
from copytaster.logs import clean_text
from copytaster.store.engine import Store
from copytaster.values import to_json
from newsdesk.cli.options import (
    common_options,
    read_configured_sources,
    read_settings,
)
from newsdesk.cli.output import (
    format_moment,
    print_json,
    print_table,
    progress_bar,
    yes_no,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsdesk.operations.quarantine import QuarantinedItem
    from newsdesk.operations.replay import ReplayResult

ALL = 100_000  # items of one replay


@click.group()
def quarantine() -> None:
    """List, show and replay what could not be used."""


@quarantine.command("list")
@click.option("--source", help="Only pages of this source.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="List at most this many."
)
@common_options
def list_quarantine(
    source: str | None, limit: int, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """List documents that the index refused and pages that gave no story.

    \b
    Example:
      copytaster quarantine list --source harbour-world
    """  # noqa: D301
    from newsdesk.operations.quarantine import list_items

    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        items = list_items(connection, source=source, limit=limit)
    if as_json:
        print_json(items)
        return
    print_table(
        ("id", "kind", "source", "reason", "about", "since", "can replay"),
        [_item_row(item) for item in items],
    )


def _item_row(item: QuarantinedItem) -> Sequence[object]:
    about, since = clean_text(item.about), format_moment(item.at)
    return (item.id, item.kind, item.source, item.reason, about, since, yes_no(item.replayable))


@quarantine.command("show")
@click.argument("item_id", metavar="ID")
@common_options
def show_quarantine(item_id: str, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show one page or document, and why it could not be used.

    \b
    Example:
      copytaster quarantine show 17

    Exit code: 0 done, 4 nothing in quarantine has this id.
    """  # noqa: D301
    from newsdesk.operations.quarantine import read_item

    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        shown = to_json(read_item(connection, item_id))
    if as_json:
        print_json(shown)
        return
    print_table(
        ("", ""), [(name, clean_text(str(value))) for name, value in shown.items() if value is not None]
    )


@quarantine.command("replay")
@click.argument("item_id", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Replay everything that can be replayed.")
@click.option("--source", help="With --all: only pages of this source.")
@common_options
def replay_quarantine(
    item_id: str | None,
    source: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    everything: bool,
    as_json: bool,
) -> int:
    """Parse pages again, read feeds again, or index documents again.

    Pages are parsed from their stored bytes; documents are queued for the index. A feed is read from its stored bytes,
    and the detail counts its entries without a story (--json names them): the next crawl fetches their pages, as a
    replay fetches nothing.

    The service groups and indexes what the replay brings; without it run `copytaster group` and `copytaster index`.

    \b
    Example:
      copytaster quarantine replay 17
      copytaster quarantine replay --all --source harbour-world

    Exit code: 0 all left the quarantine, 1 none did, 3 some did, 4 nothing matched.
    """  # noqa: D301
    if (item_id is None) != everything:
        raise UsageError("give one id, or --all", hint="list ids with `copytaster quarantine list`")
    results = _replay(item_id, source, config, data_dir)
    if as_json:
        print_json(results)
    else:
        print_table(
            ("id", "kind", "outcome", "detail"),
            [(result.id, result.kind, result.outcome, clean_text(result.detail)) for result in results],
        )
    if not results:
        return ExitCode.NOTHING_MATCHED
    left = sum(result.ok for result in results)
    return ExitCode.DONE if left == len(results) else ExitCode.PARTLY_DONE if left else ExitCode.FAILED


def _replay(
    item_id: str | None, source: str | None, config: Path, data_dir: Path | None
) -> list[ReplayResult]:
    """Replay one item, or every replayable one of the source."""
    from newsdesk.operations.quarantine import list_items, read_item
    from newsdesk.operations.replay import replay_items

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        with store.read() as connection:
            if item_id:
                items = [read_item(connection, item_id)]
            else:
                listed = list_items(connection, source=source, limit=ALL)
                items = [item for item in listed if item.replayable]
        with progress_bar() as bar:
            task = bar.add_task("replay", total=len(items))
            return replay_items(
                store,
                settings,
                read_configured_sources(config),
                items,
                on_progress=lambda done: bar.update(task, completed=done),
            )
