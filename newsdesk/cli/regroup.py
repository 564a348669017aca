"""`copytaster regroup`: group every story again, or show what other settings would change."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError

from copytaster.errors import ExitCode, UsageError, nearest
from copytaster.logs import clean_text
from copytaster.pace import Pace
from copytaster.store.engine import Store
from copytaster.store.shadow import read_headlines
from copytaster.values import to_json
from dedup.desk.regroup import dry_run_regroup, regroup
from newsdesk.cli.options import common_options, read_settings, read_time
from newsdesk.cli.output import plural, print_json, progress_bar
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from rich.progress import Progress, TaskID

    from dedup.desk.regroup import Comparison, Group, Shift

SHOWN = 6  # stories of a group
_WORDS = {"split": "splits", "join": "merge", "both": "exchange stories"}


@click.command("regroup")
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Use another value of a setting under settings.grouping, in this call only. Repeatable.",
)
@click.option(
    "--since", type=read_time, metavar="TIME", help="Only dispatches that began at or after this time."
)
@click.option("--until", type=read_time, metavar="TIME", help="Only dispatches that began before this time.")
@click.option(
    "--pace",
    type=click.IntRange(1, 100),
    default=100,
    show_default=True,
    help="Work only this percentage of the time, to leave the machine to the service.",
)
@click.option(
    "--limit", type=click.IntRange(0), default=50, show_default=True, help="List at most this many changes."
)
@common_options
def regroup_store(
    config: Path,
    data_dir: Path | None,
    as_json: bool,
    dry_run: bool,
    changes: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    pace: int,
    limit: int,
) -> int:
    """Group every story again, in order of arrival, with the rules of the live service.

    Manual decisions hold. A dispatch keeps the id of the story it began with; the ids of merged dispatches resolve to
    it. The service may run meanwhile, and an interrupted call resumes.

    \b
    Example:
      copytaster regroup --dry-run --set window_hours=24 --since 2026-11-01
      copytaster regroup --since 2026-11-01 --until 2026-11-08 --pace 50

    Exit code: 0 done, 3 some changes were left alone: manual decisions forbid them, or they reach out of the period.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    chosen = change_settings(settings.grouping, changes)
    period = read_period(since, until)
    with closing(Store(settings.store_url)) as store:
        with progress_bar() as bar:
            on_progress = follow_steps(bar, Pace(pace))
            if dry_run:
                found = _dry_run(store, chosen, period, on_progress)
            else:
                settings.data_dir.mkdir(parents=True, exist_ok=True)
                found = regroup(store, settings.data_dir, chosen, **period, on_progress=on_progress)
        shown = found.shifts[:limit]
        headlines = _read_headlines(store, shown)
    if as_json:
        data = _to_json(found, shown, headlines)
        print_json(data | {"dry_run": dry_run, "settings": to_json(chosen.model_dump())})
    else:
        _print_shifts(shown, headlines, total=len(found.shifts))
        _print_totals(found, dry_run=dry_run)
        if changes and not dry_run:
            click.echo("the service still groups new copy with its own settings", err=True)
    return ExitCode.PARTLY_DONE if found.left_alone and not dry_run else ExitCode.DONE


def change_settings(settings: GroupingSettings, changes: Sequence[str]) -> GroupingSettings:
    """The settings with the values of `KEY=VALUE` changes.

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


def read_period(since: datetime | None, until: datetime | None) -> dict[str, datetime | None]:
    """A period of two options.

    Raises:
        UsageError: it ends before it begins.
    """
    if since is not None and until is not None and until <= since:
        raise UsageError("the period ends before it begins", resource=f"--until {until:%Y-%m-%d %H:%M}")
    return {"since": since, "until": until}


def _dry_run(
    store: Store,
    settings: GroupingSettings,
    period: Mapping[str, datetime | None],
    on_progress: Callable[[str, int, int], None],
) -> Comparison:
    """Group in a shadow store, which is deleted afterwards."""
    with TemporaryDirectory(prefix="copytaster-regroup-") as folder:
        shadow = Store(f"sqlite:///{Path(folder) / 'shadow.sqlite'}")
        with closing(shadow):
            return dry_run_regroup(
                store, shadow, settings, since=period["since"], until=period["until"], on_progress=on_progress
            )


def follow_steps(bar: Progress, pace: Pace) -> Callable[[str, int, int], None]:
    """A function that shows each step as a line of the progress bar, and rests."""
    tasks: dict[str, TaskID] = {}

    def on_progress(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bar.add_task(step, total=total)
        bar.update(tasks[step], completed=done, total=max(done, total))
        pace.rest()

    return on_progress


def _read_headlines(store: Store, shifts: Sequence[Shift]) -> dict[int, str]:
    """Headlines of the versions that are shown, by version id."""
    headlines: dict[int, str] = {}
    for shift in shifts:
        for group in shift.after:
            with store.read() as connection:
                headlines |= read_headlines(connection, group.versions[:SHOWN])
    return headlines


def _to_json(found: Comparison, shown: Sequence[Shift], headlines: Mapping[int, str]) -> dict[str, Any]:
    def describe(group: Group) -> dict[str, Any]:
        headline = headlines.get(group.versions[0])
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


def _print_shifts(shown: Sequence[Shift], headlines: Mapping[int, str], *, total: int) -> None:
    for shift in shown:
        ids = ", ".join(str(group.dispatch) for group in shift.before)
        click.echo(f"{ids} {_WORDS[shift.kind]}:")
        for group in shift.after:
            _print_group(group, headlines)
    if total > len(shown):
        click.echo(f"and {total - len(shown)} more changes")


def _print_group(group: Group, headlines: Mapping[int, str]) -> None:
    count = len(group.versions)
    click.echo(f"  {group.dispatch or 'new dispatch':<18} {count} {plural(count, 'version', 'versions')}")
    for version in group.versions[:SHOWN]:
        click.echo(clean_text(f"    v{version}  {headlines.get(version, '')}"))
    if count > SHOWN:
        click.echo(f"    and {count - SHOWN} more")


def _print_totals(found: Comparison, *, dry_run: bool) -> None:
    split, merged, moved = (
        ("would split", "would merge", "would move") if dry_run else ("split", "merged", "moved")
    )
    left = f"; {found.left_alone} left alone" if found.left_alone else ""
    click.echo(
        f"Of {found.dispatches} dispatches {found.splits} {split}, {found.joins} {merged}; "
        f"{found.moved} of {found.versions} versions {moved}{left}."
    )
