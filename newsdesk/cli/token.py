"""`copytaster token make|list|revoke`: tokens with which others push copy or call the API."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.store.tokens import SCOPES, list_tokens, make_token, revoke_token
from newsdesk.cli.holds import who_option
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import end_list, print_json, print_table
from spiders.sources.config import read_sources

if TYPE_CHECKING:
    from pathlib import Path

    from copytaster.store.tokens import Scope, Token

_COLUMNS = ("token", "scope", "for", "made", "by", "revoked")


@click.group("token")
def token() -> None:
    """Make, list and revoke tokens for senders that push copy, and for programs that call the API.

    \b
    Example:
      copytaster token make harbour-push
      copytaster token make night-script --scope desk
      copytaster token revoke k3jd72ab
    """  # noqa: D301 - click reads the character


@token.command("make")
@click.argument("name", metavar="SOURCE|NAME")
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default="push",
    show_default=True,
    help="push: copy of SOURCE; the others: what people of that role may do over the API, under NAME.",
)
@who_option
@common_options
def make(
    name: str, scope: Scope, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """Make a token and print it.

    It is for a source of the kind push, or for a program that calls the API.

    The token is shown this once: the store keeps only a digest. A source or name may have several tokens.

    \b
    Example:
      copytaster token make harbour-push
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        if scope == "push":
            _check_source(config, name)
        made, text = make_token(connection, name, who=name_account(who), at=datetime.now(UTC), scope=scope)
    if as_json:
        print_json(_to_json(made) | {"shown_once": text})
        return
    click.echo(text)
    click.echo(
        f"for {name}; keep it now, it is not shown again. Revoke it: copytaster token revoke {made.id}",
        err=True,
    )


@token.command("list")
@common_options
def list_all(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """List every token, never its text.

    \b
    Example:
      copytaster token list

    Exit code: 0 done, 4 none was made.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = list_tokens(connection)
    if as_json:
        print_json({"items": [_to_json(one) for one in found], "total": len(found)})
    elif found:
        print_table(
            _COLUMNS,
            [(one.id, one.scope, one.source, one.made_at, one.made_by, one.revoked_at) for one in found],
        )
    return end_list(found)


@token.command("revoke")
@click.argument("token_id", metavar="TOKEN")
@who_option
@common_options
def revoke(token_id: str, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Revoke a token: the next request with it is refused.

    TOKEN is the id that `token list` shows.

    \b
    Example:
      copytaster token revoke k3jd72ab

    Exit code: 0 done, 4 no such token.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        revoked = revoke_token(connection, token_id, who=name_account(who), at=datetime.now(UTC))
    if as_json:
        print_json(_to_json(revoked))
    else:
        click.echo(f"{revoked.id} revoked")


def _check_source(config: Path, name: str) -> None:
    source = read_sources(config).get(name)
    if source.kind != "push":
        raise UsageError(
            f"{name!r} is a source of the kind {source.kind}",
            hint='only kind = "push" takes copy by token; --scope names what else a token is for',
        )


def _to_json(one: Token) -> dict[str, object]:
    return {
        "id": one.id,
        "scope": one.scope,
        "source": one.source,
        "made_at": one.made_at,
        "made_by": one.made_by,
        "revoked_at": one.revoked_at,
    }
