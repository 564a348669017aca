"""`copytaster alert`: what rings, who knows of it, and whether the messages arrive."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, NotFoundError, UnreachableError
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import end_list, format_time, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def alert() -> None:
    """List alerts, acknowledge them, and test that messages arrive.

    \b
    Example:
      copytaster alert list
      copytaster alert ack 12 13 --why "the publisher is moving"
      copytaster alert test
    """  # noqa: D301 - click reads the character


@alert.command("list")
@click.option("--all", "everything", is_flag=True, help="List what has ended too, newest first.")
@common_options
def list_alerts(everything: bool, config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """List what rings.

    \b
    Example:
      copytaster alert list --json | jq '.[] | select(.state == "open")'

    Exit code: 0 something rings, 4 nothing does.
    """  # noqa: D301
    from copytaster.store import alerts
    from copytaster.values import to_json

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = alerts.list_alerts(connection, ended=everything)
    if as_json:
        print_json([{"state": one.state, **to_json(one)} for one in found])
        return ExitCode.DONE if found else ExitCode.NOTHING_MATCHED
    if found:
        print_table(
            ("id", "kind", "subject", "state", "since", "what", "acknowledged"),
            [
                (
                    one.id,
                    one.kind,
                    one.subject,
                    one.state,
                    format_time(one.raised_at),
                    one.text,
                    ": ".join(filter(None, (one.acknowledged_by, one.acknowledged_why))),
                )
                for one in found
            ],
        )
    return end_list(found)


@alert.command()
@click.argument("alert_id", nargs=-1, required=True, type=int)
@click.option("--why", help="What is being done about it.")
@click.option("--who", help="Your name; by default that of the account.")
@common_options
def ack(
    alert_id: tuple[int, ...],
    why: str | None,
    who: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Acknowledge open alerts: no message reminds of them.

    \b
    Example:
      copytaster alert ack 12 13 --why "the publisher is moving"

    Exit code: 0 done, 4 no open alert has one of the numbers.
    """  # noqa: D301
    from copytaster.store import alerts

    settings = read_settings(config, data_dir)
    name, now = name_account(who), datetime.now(UTC)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        for number in alert_id:
            if not alerts.acknowledge(connection, number, who=name, why=why, at=now):
                raise NotFoundError(
                    f"no open alert has the number {number}", hint="`copytaster alert list` lists them"
                )
    if as_json:
        print_json({"acknowledged": list(alert_id), "who": name})
    else:
        click.echo(f"acknowledged: {', '.join(map(str, alert_id))}")


@alert.command()
@common_options
def test(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Send a message on every channel that is configured.

    \b
    Example:
      copytaster alert test

    Exit code: 0 every channel took it, 3 some did, 1 none did, 4 no channel is configured.
    """  # noqa: D301
    from newsdesk.operations.alerts.channels import open_channels

    settings = read_settings(config, data_dir)
    channels = open_channels(settings.alerts)
    results = {}
    for channel in channels:
        try:
            channel.say("this is a test: alerts of this installation arrive here")
            results[channel.name] = "taken"
        except UnreachableError as error:
            results[channel.name] = str(error)
    if as_json:
        print_json(results)
    for name, result in results.items() if not as_json else ():
        click.echo(f"{name}: {result}")
    if not channels:
        click.echo("no channel is configured: set alerts.mail_to or alerts.webhook_url", err=True)
        return ExitCode.NOTHING_MATCHED
    taken = [result == "taken" for result in results.values()]
    return ExitCode.DONE if all(taken) else ExitCode.PARTLY_DONE if any(taken) else ExitCode.FAILED
