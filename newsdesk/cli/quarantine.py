"""`copytaster quarantine`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import UsageError
from copytaster.logs import clean_text
from copytaster.store.engine import Store
from copytaster.values import to_json
from newsdesk.cli.options import (
    NOTHING_MATCHED,
    PARTLY_DONE,
    common_options,
    read_configured_sources,
    read_settings,
)
from newsdesk.cli.output import format_moment, mask_json, print_masked_json, print_table, progress_bar, yes_no

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def quarantine() -> None:
    """What could not be used, and its replay."""


@quarantine.command("list")
@click.option("--source", help="Pages of this source only.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Rows at most.")
@common_options
def list_quarantine(
    source: str | None, limit: int, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """List what was set aside: documents that no index takes, pages that gave no story.

    \b
    Example:
      copytaster quarantine list --source harbour-world
    """  # noqa: D301
    from newsdesk.operations.quarantine import list_held

    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        held = list_held(connection, source=source, limit=limit)
    if as_json:
        print_masked_json(held)
        return
    print_table(
        ("id", "kind", "source", "reason", "about", "since", "kept"),
        [
            (
                one.id,
                one.kind,
                one.source,
                one.reason,
                clean_text(one.about),
                format_moment(one.at),
                yes_no(one.replayable),
            )
            for one in held
        ],
    )


@quarantine.command("show")
@click.argument("held_id", metavar="ID")
@common_options
def show_quarantine(held_id: str, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show one thing that was set aside, and why.

    \b
    Example:
      copytaster quarantine show 17

    Exit code: 0 done, 4 nothing has this id.
    """  # noqa: D301
    from newsdesk.operations.quarantine import show_held

    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        shown = mask_json(to_json(show_held(connection, held_id)))
    if as_json:
        print_masked_json(shown)
        return
    print_table(
        ("", ""), [(name, clean_text(str(value))) for name, value in shown.items() if value is not None]
    )


@quarantine.command("replay")
@click.argument("held_id", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that was set aside.")
@click.option("--source", help="With --all: pages of this source only.")
@common_options
def replay_quarantine(
    held_id: str | None,
    source: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    everything: bool,
    as_json: bool,
) -> int:
    """Try again: pages are parsed anew from their kept bytes, documents go to the index once more.

    The service, or `copytaster group` and `copytaster index`, takes it from there.

    \b
    Example:
      copytaster quarantine replay 17
      copytaster quarantine replay --all --source harbour-world

    Exit code: 0 all left the quarantine, 1 none did, 3 some did, 4 nothing matched.
    """  # noqa: D301
    from newsdesk.operations.quarantine import list_held, replay, show_held

    if (held_id is None) != everything:
        raise UsageError("name one id, or --all", hint="`copytaster quarantine list` shows the ids")
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        with store.read() as connection:
            held = (
                [show_held(connection, held_id)]
                if held_id
                else list_held(connection, source=source, limit=100_000)
            )
        held = [one for one in held if one.replayable or held_id]
        with progress_bar() as bar:
            task = bar.add_task("replay", total=len(held))
            replayed = replay(
                store,
                settings,
                read_configured_sources(config),
                held,
                on_progress=lambda done: bar.update(task, completed=done),
            )
    if as_json:
        print_masked_json(replayed)
    else:
        print_table(
            ("id", "kind", "outcome", ""), [(r.id, r.kind, r.outcome, clean_text(r.detail)) for r in replayed]
        )
    left = sum(one.ok for one in replayed)
    if not replayed:
        return NOTHING_MATCHED
    return 0 if left == len(replayed) else PARTLY_DONE if left else 1
