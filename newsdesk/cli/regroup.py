"""`copytaster regroup`: group everything anew, or say what other settings would change."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError

from copytaster.errors import UsageError, nearest
from copytaster.logs import clean_text
from copytaster.store.engine import Store
from copytaster.store.shadow import read_headlines
from copytaster.values import to_json
from dedup.desk.regroup import regroup as regroup_store
from dedup.desk.regroup import rehearse
from newsdesk.cli.options import PARTLY_DONE, common_options, read_settings, read_time
from newsdesk.cli.output import print_json, progress_bar
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from rich.progress import Progress

    from dedup.desk.regroup import Comparison, Group, Shift

SHOWN = 6  # stories of a group
_WORDS = {"split": "falls apart", "join": "become one", "both": "change places"}


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would change; nothing is written.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Another value of a setting under settings.grouping, for this call; may be repeated.",
)
@click.option("--since", type=read_time, metavar="TIME", help="Only dispatches that began on or after it.")
@click.option(
    "--limit", type=click.IntRange(0), default=50, show_default=True, help="Changes to list; all are counted."
)
@common_options
def regroup(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dry_run: bool,
    changes: Sequence[str],
    since: datetime | None,
    limit: int,
) -> int:
    """Group everything anew, in order of arrival, by the pass of the live service.

    What people decided stands. Ids stay with the story a dispatch began with, the others lead on. The service may
    run meanwhile; a call that was interrupted goes on where it was. Exit code 3 says that something was left alone
    because a decision forbids it.

    \b
    Example:
      copytaster regroup --dry-run --set window_hours=24 --since 2026-11-01
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    chosen = change_settings(settings.grouping, changes)
    with closing(Store(settings.store_url)) as store:
        with progress_bar() as bar:
            tell = _follow(bar)
            if dry_run:
                with TemporaryDirectory(prefix="copytaster-regroup-") as folder:
                    found = _rehearse(store, Path(folder), chosen, since, tell)
            else:
                settings.data_dir.mkdir(parents=True, exist_ok=True)
                found = regroup_store(store, settings.data_dir, chosen, since=since, on_progress=tell)
        shown = found.shifts[:limit]
        names = {
            version: headline
            for shift in shown
            for group in shift.after
            for version, headline in _read_headlines(store, group).items()
        }
    if as_json:
        print_json(
            _to_json(found, shown, names) | {"dry_run": dry_run, "settings": to_json(chosen.model_dump())}
        )
    else:
        _print(found, shown, names, dry_run=dry_run)
        if changes and not dry_run:
            click.echo("what comes in from now on is still grouped by the settings of the service", err=True)
    return PARTLY_DONE if found.left_alone and not dry_run else 0


def change_settings(settings: GroupingSettings, changes: Sequence[str]) -> GroupingSettings:
    """The settings with some values changed.

    Raises:
        UsageError: a name is unknown or a value wrong.
    """
    values: dict[str, Any] = settings.model_dump()
    for change in changes:
        name, equals, value = change.partition("=")
        name = name.strip().removeprefix("settings.").removeprefix("grouping.")
        if not equals or name not in values:
            raise UsageError(f"no setting {name!r}", resource=f"--set {change}", hint=nearest(name, values))
        values[name] = value.strip()
    try:
        return GroupingSettings.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise UsageError(problem["msg"], resource=f"--set {'.'.join(map(str, problem['loc']))}") from error


def _rehearse(
    store: Store, folder: Path, settings: GroupingSettings, since: datetime | None, tell: Any
) -> Comparison:
    beside = Store(f"sqlite:///{folder / 'beside.sqlite'}")
    try:
        return rehearse(store, beside, settings, since=since, on_progress=tell)
    finally:
        beside.close()


def _follow(bar: Progress) -> Any:
    tasks: dict[str, Any] = {}

    def tell(step: str, done: int, of: int) -> None:
        if step not in tasks:
            tasks[step] = bar.add_task(step, total=of)
        bar.update(tasks[step], completed=done, total=max(done, of))

    return tell


def _read_headlines(store: Store, group: Group) -> dict[int, str]:
    with store.read() as connection:
        return read_headlines(connection, group.versions[:SHOWN])


def _to_json(found: Comparison, shown: Sequence[Shift], names: Mapping[int, str]) -> dict[str, Any]:
    def describe(group: Group) -> dict[str, Any]:
        headline = names.get(group.versions[0])
        return {"dispatch": group.dispatch, "versions": list(group.versions), "headline": headline}

    return {
        "versions": found.versions,
        "dispatches": found.dispatches,
        "splits": found.splits,
        "joins": found.joins,
        "moved": found.moved,
        "left_alone": found.left_alone,
        "items": [
            {
                "kind": shift.kind,
                "before": [describe(group) for group in shift.before],
                "after": [describe(group) for group in shift.after],
            }
            for shift in shown
        ],
        "total": {"value": len(found.shifts), "relation": "eq"},
    }


def _print(found: Comparison, shown: Sequence[Shift], names: Mapping[int, str], *, dry_run: bool) -> None:
    for shift in shown:
        ids = ", ".join(str(group.dispatch) for group in shift.before)
        click.echo(f"{ids} {_WORDS[shift.kind]}:")
        for group in shift.after:
            count = len(group.versions)
            click.echo(
                f"  {group.dispatch or 'a new one':<18} {count} {'version' if count == 1 else 'versions'}"
            )
            for version in group.versions[:SHOWN]:
                click.echo(clean_text(f"    v{version}  {names.get(version, '')}"))
            if count > SHOWN:
                click.echo(f"    and {count - SHOWN} more")
    if len(found.shifts) > len(shown):
        click.echo(f"and {len(found.shifts) - len(shown)} more changes")
    alone = f"; {found.left_alone} left alone" if found.left_alone else ""
    apart, joined, moved = ("would fall", "would be", "would move") if dry_run else ("fell", "were", "moved")
    click.echo(
        f"Of {found.dispatches} dispatches {found.splits} {apart} apart; {found.joins} {joined} joined of several; "
        f"{found.moved} of {found.versions} versions {moved}{alone}."
    )
