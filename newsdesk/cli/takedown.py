"""`copytaster takedown`: one story out of everything, for good."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, UsageError
from copytaster.store.engine import Store
from copytaster.store.takedowns import list_takedowns
from newsdesk.cli.holds import who_option
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import end_list, format_moment, plural, print_json, print_table
from newsdesk.cli.retention import update_index

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("target", metavar="ID|URL", required=False)
@click.option("--why", "--reason", "reason", help="Why; kept with the record of the act.")
@who_option
@click.option("--list", "listed", is_flag=True, help="List what was taken down.")
@common_options
def takedown(
    target: str | None,
    reason: str | None,
    who: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    listed: bool,
    as_json: bool,
) -> int:
    """Take a story down everywhere: store, raw pages, index, pages, API, exports and feeds. It is not stored again.

    The target is a dispatch with every story in it, the number of one story, or its address. Nothing can be restored
    but from a backup; a record stays of the address, who, why and when.

    \b
    Example:
      copytaster takedown https://outlet.example/story-7 --why "court order 4 O 12/26"
      copytaster takedown --list

    Exit code: 0 done, 2 it is held, 3 done, but the index does not answer and follows later, 4 no such story.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        if listed:
            with store.read() as connection:
                found = list_takedowns(connection)
            if as_json:
                print_json(found)
            elif found:
                print_table(
                    ("address", "dispatch", "by", "at", "reason"),
                    dict.fromkeys(
                        (one.url, one.dispatch_id, one.who, format_moment(one.at), one.why) for one in found
                    ),
                )
            return end_list(found)
        if not target or not reason or not reason.strip():
            raise UsageError(
                "a takedown needs a target and a reason", hint="copytaster takedown ID --why TEXT"
            )
        from newsdesk.operations.retention.takedown import take_down

        report = take_down(store, target, who=name_account(who), why=reason)
        follows = update_index(store, settings)
    if as_json:
        print_json(report)
    else:
        count = report.stories
        click.echo(
            f"{count} {plural(count, 'story', 'stories')} with {report.versions} versions taken down;"
            f" dispatches gone: {', '.join(report.gone) or 'none'}; changed: {', '.join(report.left) or 'none'}"
        )
        click.echo("not stored again: " + ", ".join(report.urls))
    return ExitCode.DONE if follows else ExitCode.PARTLY_DONE
