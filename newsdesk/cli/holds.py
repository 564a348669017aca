"""`copytaster hold` and `release`: dispatches that leave by no rule."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.store.holds import hold_dispatch, list_holds, release_hold
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import end_list, format_moment, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

who_option = click.option("--who", help="Name kept with it; by default the name of your account.")


@click.command()
@click.argument("dispatch_id", metavar="ID", required=False)
@click.option("--why", "--reason", "reason", help="Why it must stay; kept with the hold.")
@who_option
@click.option("--list", "listed", is_flag=True, help="List the holds in force.")
@common_options
def hold(
    dispatch_id: str | None,
    reason: str | None,
    who: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    listed: bool,
    as_json: bool,
) -> int:
    """Hold a dispatch: it leaves by no rule and cannot be taken down until it is released.

    \b
    Example:
      copytaster hold dabcdefgh234567qr --why "complaint 12"
      copytaster hold --list

    Exit code: 0 done, 4 no such dispatch, or nothing is held.
    """  # noqa: D301 - click reads the character
    if not listed and not (dispatch_id and reason and reason.strip()):
        raise UsageError("a hold needs a dispatch and a reason", hint="copytaster hold ID --why TEXT")
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        if dispatch_id and reason:
            with store.write() as connection:
                made = hold_dispatch(
                    connection, dispatch_id, who=name_account(who), why=reason, at=datetime.now(UTC)
                )
            found = [made]
        else:
            with store.read() as connection:
                found = list_holds(connection)
    if as_json:
        print_json(found)
    elif found:
        print_table(
            ("dispatch", "stories", "by", "since", "reason"),
            [(one.dispatch_id, len(one.stories), one.who, format_moment(one.at), one.why) for one in found],
        )
    return end_list(found)


@click.command()
@click.argument("dispatch_id", metavar="ID")
@click.option("--why", "--reason", "reason", required=True, help="Why it may leave; kept with the hold.")
@who_option
@common_options
def release(
    dispatch_id: str, reason: str, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """Release a dispatch that is held. The rules decide about it again.

    \b
    Example:
      copytaster release dabcdefgh234567qr --why "complaint 12 is settled"

    Exit code: 0 done, 4 nobody holds it.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        count = release_hold(connection, dispatch_id, who=name_account(who), why=reason, at=datetime.now(UTC))
    if as_json:
        print_json({"dispatch": dispatch_id, "released": count})
    else:
        click.echo(f"{dispatch_id} is released")
