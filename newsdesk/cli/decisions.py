"""`copytaster dispatch split|merge|pin|unpin|undo|decisions`: what people decide about dispatches."""

from __future__ import annotations

import os
import pwd
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import UsageError
from copytaster.logs import clean_text
from copytaster.store.decisions import list_rulings_about, read_rulings
from copytaster.store.dispatches import resolve_id
from copytaster.store.engine import Store
from dedup.desk import decisions
from newsdesk.cli.dispatch import dispatch
from newsdesk.cli.options import NOTHING_MATCHED, common_options, read_settings
from newsdesk.cli.output import print_json
from newsdesk.operations.decisions import decision_to_json, format_decision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dedup.desk.decisions import DecisionResult


def _deciding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    who = click.option("--who", help="Who decides; the account's name by default.")
    why = click.option("--why", default="", help="Kept with the decision.")
    return who(why(common_options(command)))


def _name_account(who: str | None) -> str:
    if who is not None:
        if not who.strip():
            raise UsageError("nobody is named", resource="--who")
        return who.strip()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        raise UsageError("this account has no name", hint="say --who") from None


@dispatch.command()
@click.argument("dispatch_id", metavar="ID")
@click.argument("stories", nargs=-1, required=True, metavar="STORY...")
@click.option("--into", metavar="ID", help="Put them into this dispatch instead of one of their own.")
@click.option("--with-copies", is_flag=True, help="Take along what joined because it is like them.")
@_deciding_options
def split(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dispatch_id: str,
    stories: Sequence[str],
    into: str | None,
    with_copies: bool,
    who: str | None,
    why: str,
) -> None:
    """Take stories out of a dispatch; the rest keeps its id, and they never join again by machine.

    A STORY is a story's id (12), one version of it (12/2), a version's id (v34), or its address. Later copies go to
    whichever part they are more like. `copytaster dispatch undo` takes it back.

    \b
    Example:
      copytaster dispatch split d2k4mzq7xw3yh5abc 12 31 --why "another ferry"
    """  # noqa: D301 - click reads the character
    with closing(Store(read_settings(config, data_dir).store_url)) as store:
        done = decisions.split(
            store,
            stories,
            who=_name_account(who),
            why=why,
            out_of=dispatch_id,
            into=into,
            with_copies=with_copies,
        )
    rest = f"; the rest is {' and '.join(done.others)}" if done.others else ""
    _tell([done], f"they are in {done.dispatch}{rest}", as_json=as_json)


@dispatch.command()
@click.argument("dispatch_ids", nargs=-1, required=True, metavar="ID ID...")
@_deciding_options
def merge(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dispatch_ids: Sequence[str],
    who: str | None,
    why: str,
) -> None:
    """Make dispatches one: the one that began first keeps its id, the others lead to it for ever.

    \b
    Example:
      copytaster dispatch merge d2k4mzq7xw3yh5abc d7ppq2aaxtrn4m6ss --why "one sitting of parliament"
    """  # noqa: D301 - click reads the character
    with closing(Store(read_settings(config, data_dir).store_url)) as store:
        done = decisions.merge(store, dispatch_ids, who=_name_account(who), why=why)
    _tell([done], f"all are in {done.dispatch}", as_json=as_json)


@dispatch.command()
@click.argument("stories", nargs=-1, required=True, metavar="STORY...")
@_deciding_options
def pin(
    config: Path, data_dir: Path | None, as_json: bool, stories: Sequence[str], who: str | None, why: str
) -> None:
    """Hold stories where they are, their later versions too, whatever the machine thinks.

    \b
    Example:
      copytaster dispatch pin https://outlet.example/ferry --why "the mayor's own words"
    """  # noqa: D301 - click reads the character
    with closing(Store(read_settings(config, data_dir).store_url)) as store:
        done = decisions.pin(store, stories, who=_name_account(who), why=why)
    _tell(done, f"held in {_name_places(done)}", as_json=as_json)


@dispatch.command()
@click.argument("stories", nargs=-1, required=True, metavar="STORY...")
@_deciding_options
def unpin(
    config: Path, data_dir: Path | None, as_json: bool, stories: Sequence[str], who: str | None, why: str
) -> None:
    """Let pinned stories go; they stay where they are until something is regrouped.

    \b
    Example:
      copytaster dispatch unpin 12
    """  # noqa: D301 - click reads the character
    with closing(Store(read_settings(config, data_dir).store_url)) as store:
        done = decisions.unpin(store, stories, who=_name_account(who), why=why)
    _tell(done, f"free again in {_name_places(done)}", as_json=as_json)


@dispatch.command()
@click.argument("number", type=int, metavar="NUMBER")
@_deciding_options
def undo(config: Path, data_dir: Path | None, as_json: bool, number: int, who: str | None, why: str) -> None:
    """Take a decision back: what it moved returns, with the copies that came since because of it.

    \b
    Example:
      copytaster dispatch undo 7 --why "it was one ferry after all"
    """  # noqa: D301 - click reads the character
    with closing(Store(read_settings(config, data_dir).store_url)) as store:
        done = decisions.undo(store, number, who=_name_account(who), why=why)
    _tell([done], f"undone; its stories are in {done.dispatch}", as_json=as_json)


@dispatch.command("decisions")
@click.argument("dispatch_id", metavar="[ID]", required=False)
@click.option("--standing", is_flag=True, help="Leave out what was undone.")
@common_options
def list_decisions(
    config: Path, data_dir: Path | None, as_json: bool, dispatch_id: str | None, standing: bool
) -> int:
    """What people decided, about one dispatch or about all: who, when, why, and what was undone.

    \b
    Example:
      copytaster dispatch decisions d2k4mzq7xw3yh5abc
    """  # noqa: D301 - click reads the character
    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        if dispatch_id is None:
            rows = read_rulings(connection)
        else:
            rows = list_rulings_about(connection, {dispatch_id, resolve_id(connection, dispatch_id)})
    rows = [row for row in rows if row.stands or not standing]
    if as_json:
        print_json({"items": [decision_to_json(row) for row in rows]})
    for row in () if as_json else rows:
        click.echo(clean_text(format_decision(row)))
    return 0 if rows else NOTHING_MATCHED


def _name_places(done: Sequence[DecisionResult]) -> str:
    return ", ".join(dict.fromkeys(one.dispatch for one in done))


def _tell(done: Sequence[DecisionResult], what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"items": list(done)})
        return
    numbers = ", ".join(str(one.ruling) for one in done if one.ruling)
    again = "" if any(one.changed for one in done) else ", as before"
    click.echo(f"decision {numbers}: {what}{again}" if numbers else f"{what}{again}")
