"""`copytaster dispatch split|merge|pin|unpin|confirm|reject|fold|undo|decisions`: manual decisions about dispatches.

A command imports what decides only when it is called: that import takes longer than `dispatch list` does.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import ExitCode, UsageError
from copytaster.logs import clean_text
from copytaster.store.decisions import RELATION_KINDS, list_decisions_about, read_decisions
from copytaster.store.dispatches import resolve_id
from copytaster.store.engine import Store
from newsdesk.cli.dispatch import dispatch
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import end_list, print_json
from newsdesk.operations.deciding import Merge, Pin, Relate, Split, Undo, carry_out
from newsdesk.operations.decisions import decision_to_json, format_decision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dedup.desk.decisions import DecisionResult
    from newsdesk.operations.deciding import Request


def _deciding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    who = click.option("--who", help="Name kept with the decision; by default the name of your account.")
    why = click.option("--why", default="", help="Reason kept with the decision.")
    return who(why(common_options(command)))


@dispatch.command("split")
@click.argument("dispatch_id", metavar="ID")
@click.argument("stories", nargs=-1, required=True, metavar="STORY...")
@click.option("--into", metavar="ID", help="Move the stories into this dispatch instead of a new one.")
@click.option(
    "--with-copies", is_flag=True, help="Also take the copies that joined because of these stories."
)
@_deciding_options
def split_dispatch(
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
    """Take stories out of a dispatch. The rest keeps the id; grouping never joins the two again.

    STORY is the id of a story (12), one version of it (12/2), the id of a version (v34), or an address. Later copies
    join the part they resemble more. `copytaster dispatch undo` reverses it.

    \b
    Example:
      copytaster dispatch split d2k4mzq7xw3yh5abc 12 31 --why "another ferry"
    """  # noqa: D301 - click reads the character
    request = Split(stories=list(stories), dispatch=dispatch_id, into=into, with_copies=with_copies)
    (done,) = _carry_out(config, data_dir, request, who, why)
    rest = f"; the rest in {' and '.join(done.others)}" if done.others else ""
    _print_result([done], f"stories now in {done.dispatch}{rest}", as_json=as_json)


@dispatch.command("merge")
@click.argument("dispatch_ids", nargs=-1, required=True, metavar="ID ID...")
@_deciding_options
def merge_dispatches(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dispatch_ids: Sequence[str],
    who: str | None,
    why: str,
) -> None:
    """Merge dispatches. The one that began first keeps its id, and the other ids resolve to it.

    \b
    Example:
      copytaster dispatch merge d2k4mzq7xw3yh5abc d7ppq2aaxtrn4m6ss --why "one sitting of parliament"
    """  # noqa: D301 - click reads the character
    if len(dispatch_ids) < 2:  # noqa: PLR2004
        raise UsageError("one dispatch cannot be merged", hint="name two or more")
    (done,) = _carry_out(config, data_dir, Merge(dispatches=list(dispatch_ids)), who, why)
    _print_result([done], f"merged into {done.dispatch}", as_json=as_json)


@dispatch.command("pin")
@click.argument("stories", nargs=-1, required=True, metavar="STORY...")
@_deciding_options
def pin_stories(
    config: Path, data_dir: Path | None, as_json: bool, stories: Sequence[str], who: str | None, why: str
) -> None:
    """Keep stories in the dispatch they are in now.

    Their later versions join it too, whatever they say.

    STORY is the id of a story (12), one version of it (12/2), the id of a version (v34), or an address.

    \b
    Example:
      copytaster dispatch pin https://outlet.example/ferry --why "the mayor's own words"
    """  # noqa: D301 - click reads the character
    done = _carry_out(config, data_dir, Pin(stories=list(stories)), who, why)
    _print_result(done, f"pinned in {_name_dispatches(done)}", as_json=as_json)


@dispatch.command("unpin")
@click.argument("stories", nargs=-1, required=True, metavar="STORY...")
@_deciding_options
def unpin_stories(
    config: Path, data_dir: Path | None, as_json: bool, stories: Sequence[str], who: str | None, why: str
) -> None:
    """Release pinned stories. They stay in their dispatch until they are regrouped.

    \b
    Example:
      copytaster dispatch unpin 12
    """  # noqa: D301 - click reads the character
    done = _carry_out(config, data_dir, Pin(kind="unpin", stories=list(stories)), who, why)
    _print_result(done, f"no longer pinned in {_name_dispatches(done)}", as_json=as_json)


@dispatch.command("confirm")
@click.argument("dispatch_id", metavar="ID")
@click.argument("other_id", metavar="OTHER")
@_deciding_options
def confirm_relation(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dispatch_id: str,
    other_id: str,
    who: str | None,
    why: str,
) -> None:
    """Confirm that one dispatch retells or translates the other.

    \b
    Example:
      copytaster dispatch confirm d2k4mzq7xw3yh5abc d7ppq2aaxtrn4m6ss
    """  # noqa: D301 - click reads the character
    request = Relate(kind="confirm", dispatch=dispatch_id, other=other_id)
    (done,) = _carry_out(config, data_dir, request, who, why)
    _print_result([done], f"confirmed: {done.dispatch} and {done.others[0]}", as_json=as_json)


@dispatch.command("reject")
@click.argument("dispatch_id", metavar="ID")
@click.argument("other_id", metavar="OTHER")
@_deciding_options
def reject_relation(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dispatch_id: str,
    other_id: str,
    who: str | None,
    why: str,
) -> None:
    """Reject that one dispatch retells or translates the other. The relation is shown no longer, nor found again.

    \b
    Example:
      copytaster dispatch reject d2k4mzq7xw3yh5abc d7ppq2aaxtrn4m6ss --why "each has its own reporter"
    """  # noqa: D301 - click reads the character
    request = Relate(kind="reject", dispatch=dispatch_id, other=other_id)
    (done,) = _carry_out(config, data_dir, request, who, why)
    _print_result([done], f"rejected: {done.dispatch} and {done.others[0]}", as_json=as_json)


@dispatch.command("fold")
@click.argument("dispatch_id", metavar="ID")
@click.argument("other_id", metavar="OTHER")
@_deciding_options
def fold_dispatches(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dispatch_id: str,
    other_id: str,
    who: str | None,
    why: str,
) -> None:
    """Fold a retelling into its dispatch.

    This merges two dispatches that are related. `copytaster dispatch undo` reverses it.

    \b
    Example:
      copytaster dispatch fold d2k4mzq7xw3yh5abc d7ppq2aaxtrn4m6ss
    """  # noqa: D301 - click reads the character
    request = Relate(kind="fold", dispatch=dispatch_id, other=other_id)
    (done,) = _carry_out(config, data_dir, request, who, why)
    _print_result([done], f"folded into {done.dispatch}", as_json=as_json)


def _carry_out(
    config: Path, data_dir: Path | None, request: Request, who: str | None, why: str
) -> list[DecisionResult]:
    with closing(Store(read_settings(config, data_dir).store_url)) as store:
        return carry_out(store, request, who=name_account(who), why=why)


@dispatch.command("undo")
@click.argument("number", type=click.IntRange(0, 2**31 - 1), metavar="NUMBER")
@_deciding_options
def undo_decision(
    config: Path, data_dir: Path | None, as_json: bool, number: int, who: str | None, why: str
) -> None:
    """Undo a decision.

    The stories it moved return, with the copies that joined because of it. NUMBER is the number of the decision in `copytaster dispatch decisions`.

    \b
    Example:
      copytaster dispatch undo 7 --why "it was one ferry after all"
    """  # noqa: D301 - click reads the character
    (done,) = _carry_out(config, data_dir, Undo(decision=number), who, why)
    where = f"stories now in {done.dispatch}"
    if done.kind in RELATION_KINDS:
        where = f"{done.dispatch} and {done.others[0]} are related as before"
    _print_result([done], f"undone; {where}", as_json=as_json)


@dispatch.command("decisions")
@click.argument("dispatch_id", metavar="[ID]", required=False)
@click.option("--standing", is_flag=True, help="Leave out undone decisions.")
@common_options
def list_decisions(
    config: Path, data_dir: Path | None, as_json: bool, dispatch_id: str | None, standing: bool
) -> int:
    """List manual decisions.

    About one dispatch or about all: who decided what, when and why, and who undid it.

    \b
    Example:
      copytaster dispatch decisions d2k4mzq7xw3yh5abc
    """  # noqa: D301 - click reads the character
    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        if dispatch_id is None:
            rows = read_decisions(connection)
        else:
            rows = list_decisions_about(connection, {dispatch_id, resolve_id(connection, dispatch_id)})
    rows = [row for row in rows if row.in_force or not standing]
    if as_json:
        print_json({"items": [decision_to_json(row) for row in rows]})
        return ExitCode.DONE if rows else ExitCode.NOTHING_MATCHED
    for row in rows:
        click.echo(clean_text(format_decision(row)))
    return end_list(rows)


def _name_dispatches(done: Sequence[DecisionResult]) -> str:
    return ", ".join(dict.fromkeys(one.dispatch for one in done))


def _print_result(done: Sequence[DecisionResult], what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"items": list(done)})
        return
    numbers = ", ".join(str(one.decision) for one in done if one.decision)
    unchanged = "" if any(one.changed for one in done) else " (no change)"
    click.echo(f"decision {numbers}: {what}{unchanged}" if numbers else f"{what}{unchanged}")
