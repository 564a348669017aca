"""`copytaster review`: joins drawn at random, for people to judge; what they answered is a sampled precision."""

from __future__ import annotations

import random
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from copytaster.errors import ExitCode, NotFoundError, UsageError
from copytaster.logs import clean_text
from copytaster.store.engine import Store
from copytaster.values import to_json
from newsdesk.cli.options import common_options, name_account, read_settings, read_window
from newsdesk.cli.output import format_time, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from copytaster.store.reviews import ReviewSide
    from newsdesk.operations.group_health import GroupHealth, Precision

COUNT = 50
LOOK_BACK = timedelta(days=7)
SHOWN = 900  # characters of a text
SHOWN_DAYS = 14
BESIDE_FROM = 80  # columns of a terminal
_ANSWERS = {"y": True, "yes": True, "n": False, "no": False}


@click.command()
@click.option(
    "--count", type=click.IntRange(1, 1000), default=COUNT, show_default=True, help="Joins to draw."
)
@click.option("--since", help="Draw from copy stored from this day or time on; by default the last 7 days.")
@click.option("--until", help="Draw from copy stored before this day or time.")
@click.option("--seed", type=int, help="Draw the same joins again.")
@click.option("--draw", is_flag=True, help="Print the drawn joins only.")
@click.option(
    "--answer", "answers", multiple=True, metavar="VERSION=yes|no", help="Keep an answer; may be repeated."
)
@click.option("--report", is_flag=True, help="Show the precision so far, and how grouping goes by day.")
@click.option("--who", help="Your name; by default that of the account.")
@common_options
def review(config: Path, data_dir: Path | None, **options: Any) -> int:
    """Judge joins drawn at random: is this text the same dispatch as the one beside it?

    Each answer is kept. Together they estimate which share of all joins is right. No answer changes a dispatch:
    `copytaster dispatch split` does.

    \b
    Example:
      copytaster review
      copytaster review --draw --count 20 --json
      copytaster review --answer 4711=no --answer 4712=yes
      copytaster review --report

    Exit code: 0 done, 4 there is no join to judge.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    given = [_read_answer(one) for one in options["answers"]]
    if not (given or options["report"] or options["draw"]) and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal", hint="--draw --json prints the joins, --answer keeps what was decided"
        )
    with closing(Store(settings.store_url)) as store:
        if given:
            return _keep_given(store, given, **options)
        if options["report"]:
            return _report(store, as_json=options["as_json"])
        drawn = _draw(store, **options)
        if options["draw"]:
            return _print_drawn(store, drawn, as_json=options["as_json"])
        return _ask_all(store, drawn, who=name_account(options["who"]))


def _read_answer(text: str) -> tuple[int, bool]:
    version, _, word = text.partition("=")
    found = _ANSWERS.get(word.strip().lower())
    if not version.strip().isdecimal() or found is None:
        raise UsageError("no answer", resource=text, hint="the version and yes or no, e.g. 4711=no")
    return int(version), found


def _draw(
    store: Store, *, count: int, since: str | None, until: str | None, seed: int | None, **_: Any
) -> list[int]:
    """So many joins, each as likely as any other."""
    from copytaster.store.reviews import list_joins

    begin, end = read_window(since, until, span=LOOK_BACK)
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    drawn: list[int] = []
    with store.read() as connection:
        for number, version in enumerate(list_joins(connection, since=begin, until=end)):
            if number < count:
                drawn.append(version)
            elif (place := chance.randrange(number + 1)) < count:
                drawn[place] = version
    chance.shuffle(drawn)
    return drawn


def _print_drawn(store: Store, drawn: list[int], *, as_json: bool) -> int:
    with store.read() as connection:
        joins = [(version, *_read(connection, version)) for version in drawn]
    if as_json:
        names = ("version", "dispatch_id", "joined", "beside")
        print_json([to_json(dict(zip(names, join, strict=True))) for join in joins])
    elif joins:
        print_table(
            ("version", "dispatch", "joined", "printed by", "beside", "printed by"),
            [
                (version, dispatch, joined.headline, joined.publisher, beside.headline, beside.publisher)
                for version, dispatch, joined, beside in joins
            ],
        )
    return _end(drawn)


def _ask_all(store: Store, drawn: list[int], *, who: str) -> int:
    """Show each join and ask, until the end or `q`."""
    console = Console(highlight=False)
    for number, version in enumerate(drawn, 1):
        with store.read() as connection:
            dispatch, joined, shown = _read(connection, version)
        console.rule(f"{number} of {len(drawn)}: version {version} in {dispatch}")
        console.print(_show_beside(console.width, joined, shown))
        word = click.prompt(
            "Is the first one the same dispatch as the second? y, n, s(kip) or q(uit)",
            type=click.Choice(["y", "n", "s", "q"]),
            show_choices=False,
        )
        if word == "q":
            break
        if word in _ANSWERS:
            _keep(store, version, is_right=_ANSWERS[word], who=who)
    if drawn:
        _report(store, as_json=False)
    return _end(drawn)


def _read(connection: Connection, version: int) -> tuple[str, ReviewSide, ReviewSide]:
    from copytaster.store.reviews import read_join

    found = read_join(connection, version)
    if found is None:
        raise NotFoundError(
            f"version {version} is in no dispatch", hint="`copytaster review --draw` lists joins"
        )
    return found


def _show_beside(width: int, joined: ReviewSide, shown: ReviewSide) -> Table:
    """Both texts side by side where there is room, else one below the other."""
    sides = [_show(joined), _show(shown)]
    table = Table.grid(expand=True)
    if width < BESIDE_FROM:
        for side in sides:
            table.add_row(side)
        return table
    for _ in sides:
        table.add_column(ratio=1)
    table.add_row(*sides)
    return table


def _show(side: ReviewSide) -> Panel:
    at = side.published_at or side.seen_at
    word = "published" if side.published_at else "first seen"
    text = clean_text(" ".join(side.body.split()))
    body = text if len(text) <= SHOWN else text[:SHOWN] + " ..."
    return Panel(
        Text.assemble(
            (clean_text(side.headline) + "\n", "bold"), (f"{word} {format_time(at)}\n\n", "dim"), body
        ),
        title=Text(clean_text(side.publisher)),
        title_align="left",
    )


def _keep_given(
    store: Store, given: list[tuple[int, bool]], *, who: str | None, as_json: bool, **_: Any
) -> int:
    name = name_account(who)
    for version, is_right in given:
        _keep(store, version, is_right=is_right, who=name)
    if as_json:
        print_json({"kept": len(given)})
    else:
        click.echo(f"kept {len(given)} {'answer' if len(given) == 1 else 'answers'}")
    return ExitCode.DONE


def _keep(store: Store, version: int, *, is_right: bool, who: str) -> None:
    from copytaster.store.reviews import Review, keep_review

    with store.write() as connection:
        dispatch, joined, shown = _read(connection, version)
        if joined.version_id == shown.version_id:
            raise UsageError(f"version {version} represents its dispatch: it joined nothing")
        keep_review(connection, Review(version, shown.version_id, dispatch, is_right, who, datetime.now(UTC)))


def _report(store: Store, *, as_json: bool) -> int:
    from newsdesk.operations.group_health import read_group_health

    with store.read() as connection:
        found = read_group_health(connection)
    if as_json:
        print_json(health_to_json(found))
        return ExitCode.DONE
    for line in describe_health(found):
        click.echo(line)
    if found.days:
        click.echo("")
        print_table(
            ("day", "versions", "joined", "founded", "merged", "split by people"),
            [
                (
                    one.day,
                    one.versions,
                    "" if one.join_share is None else f"{one.join_share:.1%}",
                    one.founded,
                    one.merged,
                    one.split,
                )
                for one in found.days[-SHOWN_DAYS:]
            ],
        )
    for one in found.wrong:
        click.echo(f"wrong: version {one.version_id} in {one.dispatch_id}, said {one.who}")
    return ExitCode.DONE


def describe_health(found: GroupHealth) -> list[str]:
    """Lines for people: size of dispatches, precision, drift."""
    mean = found.versions / found.dispatches if found.dispatches else 0
    share = found.singletons / found.dispatches if found.dispatches else 0
    return [
        f"dispatches  {found.dispatches:,} with {mean:.2f} versions each; {share:.0%} have one",
        f"precision   {_describe_precision(found.precision)}",
        f"drift       {found.drift or 'none'}",
    ]


def _describe_precision(precision: Precision) -> str:
    if precision.share is None:
        return "unknown: no join was reviewed in 90 days"
    low, high = precision.interval
    return f"{precision.right} of {precision.reviewed} joins reviewed in 90 days are right; {low:.1%} to {high:.1%} of all"


def health_to_json(found: GroupHealth) -> dict[str, Any]:
    """The state of grouping as JSON; shares from 0 to 1, null where unknown."""
    low, high = found.precision.interval
    return {
        "dispatches": found.dispatches,
        "singletons": found.singletons,
        "versions": found.versions,
        "drift": None if found.drift is None else to_json(found.drift),
        "precision": {
            "right": found.precision.right,
            "reviewed": found.precision.reviewed,
            "share": found.precision.share,
            "low": low,
            "high": high,
        },
        "days": [
            {**to_json(one), "versions": one.versions, "join_share": one.join_share} for one in found.days
        ],
        "wrong": [to_json(one) for one in found.wrong],
    }


def _end(drawn: list[int]) -> int:
    if drawn:
        return ExitCode.DONE
    click.echo("no join to judge in that time", err=True)
    return ExitCode.NOTHING_MATCHED
