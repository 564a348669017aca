"""`copytaster subscription list|add|rm|pause|resume`: matches of a search or a view, sent once each."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.store.engine import Store
from copytaster.store.subscription_facts import count_waiting
from copytaster.store.subscriptions import (
    CHANNELS,
    REASONS,
    add_subscription,
    list_subscriptions,
    pause_subscription,
    read_subscription,
    remove_subscription,
    resume_subscription,
)
from copytaster.store.views import read_view
from newsdesk.cli.holds import who_option
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import end_list, print_json, print_table
from newsdesk.cli.view import read_lines
from newsdesk.operations.subscriptions.plan import (
    DIGESTS,
    find_state,
    make_plan,
    subscription_to_json,
)

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


_number = click.argument("subscription_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))


@click.group()
def subscription() -> None:
    """List, add, pause and remove subscriptions: matches of a search or a view, sent once for each reason.

    Alerts about sources and the service itself are `copytaster alert`.

    \b
    Example:
      copytaster subscription add "Harbour desk" --view 3 --mail ada@desk.example
      copytaster subscription list
    """  # noqa: D301 - click reads the character


@subscription.command("list")
@common_options
def list_all(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """List every subscription, with what is wrong.

    \b
    Example:
      copytaster subscription list

    Exit code: 0 done, 4 there is none.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = list_subscriptions(connection)
        waiting = count_waiting(connection)
    if as_json:
        print_json({"items": [subscription_to_json(one, waiting.get(one.id, 0)) for one in found]})
    elif found:
        print_table(
            ("id", "name", "owner", "reasons", "way", "state", "waiting", "problem"),
            [
                (
                    one.id, one.name, one.owner, ", ".join(one.reasons), one.channel, find_state(one),
                    waiting.get(one.id, 0), one.paused_why or one.error,
                )
                for one in found
            ],
        )  # fmt: skip
    return end_list(found)


@subscription.command("add")
@click.argument("name")
@click.argument("lines", metavar="[LINE=VALUE]...", nargs=-1)
@click.option("--view", "view_id", type=click.IntRange(1, 2**31 - 1), help="Follow this view.")
@click.option(
    "--on",
    "reasons",
    type=click.Choice(REASONS),
    multiple=True,
    default=("new", "corrected", "killed"),
    show_default=True,
    help="Reason to send; repeat for several.",
)
@click.option("--owners", default=10, show_default=True, help="How many owners are the reason `owners`.")
@click.option("--mail", help="Mail to these addresses, separated by commas.")
@click.option("--webhook", help="Post to this address, signed.")
@click.option(
    "--digest",
    type=click.Choice([str(one) for one in DIGESTS]),
    default="0",
    show_default=True,
    help="Minutes between two messages; 0: at once.",
)
@who_option
@common_options
def add(config: Path, data_dir: Path | None, *, as_json: bool, **options: Any) -> None:
    """Add a subscription of a view or a search.

    A search is written as `copytaster view add` takes it. Every subscription has a feed.

    The secret that signs requests to a webhook is printed this once.

    \b
    Example:
      copytaster subscription add Quays "words=quay OR pier" --on killed --webhook https://desk.example/in
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    who = name_account(options["who"])
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        plan = _make_plan(**options)
        if plan.view_id is not None:
            read_view(connection, plan.view_id)
        made = add_subscription(connection, plan, who=who, at=datetime.now(UTC))
    if as_json:
        print_json(
            subscription_to_json(made, 0) | {"shown_once": made.secret if made.channel == "webhook" else None}
        )
        return
    click.echo(f"subscription {made.id}, feed /feeds/{made.feed_key}.atom")
    if made.channel == "webhook":
        click.echo(f"secret: {made.secret}")


def _make_plan(
    *,
    name: str,
    lines: tuple[str, ...],
    view_id: int | None,
    reasons: tuple[str, ...],
    owners: int,
    mail: str | None,
    webhook: str | None,
    digest: str,
    **_: Any,
) -> Any:
    if mail and webhook:
        raise click.UsageError("--mail and --webhook exclude each other: add two subscriptions")
    if view_id is not None and lines:
        raise click.UsageError("--view and LINE=VALUE exclude each other")
    return make_plan(
        name=name,
        view_id=view_id,
        search=read_lines(lines),
        reasons=reasons,
        owners=owners,
        channel="mail" if mail else "webhook" if webhook else CHANNELS[0],
        target=mail or webhook or "",
        digest_minutes=int(digest),
    )


@subscription.command("rm")
@_number
@who_option
@common_options
def remove(
    subscription_id: int, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """Remove a subscription with everything that waits to be sent.

    \b
    Example:
      copytaster subscription rm 3

    Exit code: 0 done, 4 there is none of this number.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        remove_subscription(connection, subscription_id, who=name_account(who))
    _say(subscription_id, "removed", as_json=as_json)


@subscription.command("pause")
@_number
@who_option
@common_options
def pause(
    subscription_id: int, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """Send nothing until it is resumed. Nothing of the time between is left out then.

    \b
    Example:
      copytaster subscription pause 3

    Exit code: 0 done, 4 there is none of this number.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    name = name_account(who)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        read_subscription(connection, subscription_id)
        pause_subscription(
            connection, subscription_id, why=f"paused by {name}", at=datetime.now(UTC), who=name
        )
    _say(subscription_id, "paused", as_json=as_json)


@subscription.command("resume")
@_number
@who_option
@common_options
def resume(
    subscription_id: int, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """Go on from where a subscription was paused.

    \b
    Example:
      copytaster subscription resume 3

    Exit code: 0 done, 4 there is none of this number.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        resume_subscription(connection, subscription_id, who=name_account(who))
    _say(subscription_id, "resumed", as_json=as_json)


def _say(subscription_id: int, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"subscription": subscription_id, "done": what})
    else:
        click.echo(f"subscription {subscription_id} is {what}")
