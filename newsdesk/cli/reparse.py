"""`copytaster reparse`: reads the kept raw pages again with today's parser; shows what differs, or corrects it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import ExitCode
from copytaster.logs import clean_text
from copytaster.pace import Pace
from copytaster.store.engine import Store
from newsdesk.cli.options import common_options, read_configured_sources, read_settings, read_time
from newsdesk.cli.output import plural, print_json, progress_bar
from newsdesk.cli.regroup import follow_steps, read_period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dedup.desk.regroup import Comparison
    from newsdesk.operations.reparse.report import Reparse


LAST = 2**31  # what `--undo` without a number means


@click.command("reparse")
@click.option(
    "--since", type=read_time, metavar="TIME", help="Only versions that arrived at or after this time."
)
@click.option("--until", type=read_time, metavar="TIME", help="Only versions that arrived before this time.")
@click.option("--source", metavar="NAME", help="Only stories that this source brought.")
@click.option("--publisher", metavar="NAME", help="Only stories of this publisher.")
@click.option("--apply", is_flag=True, help="Correct what differs; without it nothing is written.")
@click.option(
    "--undo",
    type=click.IntRange(1),
    is_flag=False,
    flag_value=LAST,
    metavar="[NUMBER]",
    help="Take back what a call with --apply corrected, by default the last one; without --apply only show it.",
)
@click.option(
    "--pace",
    type=click.IntRange(1, 100),
    default=100,
    show_default=True,
    help="Work only this percentage of the time, to leave the machine to the service.",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="Name at most this many of each kind.",
)
@common_options
def reparse_pages(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    publisher: str | None,
    apply: bool,
    undo: int | None,
    pace: int,
    limit: int,
) -> int:
    """Read the kept raw pages again with today's parser and configuration, and show what differs from what is stored.

    With --apply the new reading takes the place of the stored one: the version keeps its number, its times and its
    dispatch's id, and what it said before is kept. Groups are decided again for what changed; manual decisions hold. A
    page that gives no story any more changes nothing. The service may run meanwhile, and an interrupted call resumes.

    \b
    Example:
      copytaster reparse --since 2026-11-01
      copytaster reparse --source harbour-world --apply --pace 50
      copytaster reparse --undo --apply

    Exit code: 0 done, 3 some changes were left alone: manual decisions forbid them, or they changed meanwhile, 4 no
    version arrived in this period, or nothing can be taken back.
    """  # noqa: D301 - click reads the character
    from newsdesk.operations.reparse.run import Scope, groups_to_json, reparse
    from newsdesk.operations.reparse.undo import undo as take_back

    if undo is not None and any((since, until, source, publisher)):
        raise click.UsageError(
            "--undo takes back a whole call: leave --since, --until, --source and --publisher out"
        )
    period = read_period(since, until)
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, progress_bar() as bar:
        steps = follow_steps(bar, Pace(pace))
        if undo is not None:
            number = None if undo == LAST else undo
            found, groups = take_back(store, settings, number, apply=apply, most=limit, on_progress=steps)
        else:
            found, groups = reparse(
                store,
                settings,
                read_configured_sources(config),
                Scope(period["since"], period["until"], source, publisher),
                apply=apply,
                most=limit,
                on_progress=steps,
            )
    if as_json:
        print_json(found.to_plain() | {"groups": groups_to_json(groups)})
    else:
        _print(found, groups)
    if not found.versions and not found.quarantined:
        return ExitCode.NOTHING_MATCHED
    return ExitCode.PARTLY_DONE if found.left or (apply and groups and groups.left_alone) else ExitCode.DONE


def _print(found: Reparse, groups: Comparison | None) -> None:
    for one in found.examples:
        click.echo(clean_text(f"v{one.version}  {one.headline}  ({one.dispatch})"))
        _print_difference(one.why)
    for kind, named in (("no story today", found.refusals), ("not read", found.missing)):
        for one in named:
            click.echo(clean_text(f"v{one.version}  {one.headline}  ({one.dispatch}): {kind}: {one.why}"))
    if found.examples or found.refusals or found.missing:
        click.echo()
    for line in _list_lines(found, groups):
        click.echo(line)


def _print_difference(why: str | Mapping[str, Sequence[str]]) -> None:
    if isinstance(why, str):
        return
    for column, (before, after) in why.items():
        click.echo(clean_text(f"    {column}: {before or '(nothing)'}"))
        click.echo(clean_text(f"    {' ' * len(column)}  {after or '(nothing)'}"))


def _list_lines(found: Reparse, groups: Comparison | None) -> Sequence[str]:
    done = "corrected" if found.applied else "would change"
    lines = [
        f"{_count(found.versions)}: {found.unchanged} unchanged, {found.changed} {done}{_list(found.columns)}"
    ]
    if found.refused:
        lines.append(
            f"{found.refused.total()} give no story today and stay as they are{_list(found.refused)}"
        )
    kinds: Sequence[tuple[int, str]] = (
        (
            found.embargoed,
            "would be under embargo today and stay as they are: `copytaster takedown` removes them",
        ),
        (found.gone, "have no raw page any more: not read"),
        (found.waiting, "wait for grouping: not read"),
        (found.left, "changed meanwhile, or are damaged (`copytaster scrub`): left as they are"),
        (found.dates_kept, "keep their dates and authors: nobody kept what their feed said"),
        (
            found.readable,
            f"of {found.quarantined} in quarantine give a story: `copytaster quarantine replay --all`",
        ),
    )
    lines += [f"{number} {what}" for number, what in kinds if number]
    lines.append(_describe_groups(found, groups))
    if found.number is not None:
        lines.append(f"call {found.number}: `copytaster reparse --undo {found.number} --apply` takes it back")
    return lines


def _describe_groups(found: Reparse, groups: Comparison | None) -> str:
    if groups is None:
        return (
            "groups: not compared, too much differs"
            if found.changed and not found.applied
            else "groups: no change"
        )
    split, merge, move = (
        ("split", "merged", "moved") if found.applied else ("would split", "would merge", "would move")
    )
    left = f"; {groups.left_alone} left alone" if groups.left_alone else ""
    return f"groups: {groups.splits} {split}, {groups.joins} {merge}; {groups.moved} versions {move}{left}"


def _count(number: int) -> str:
    return f"{number} {plural(number, 'version', 'versions')}"


def _list(counted: Any) -> str:
    named = ", ".join(f"{name} {number}" for name, number in counted.most_common())
    return f" ({named})" if named else ""
