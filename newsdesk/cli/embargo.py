"""`copytaster embargo list|show|release`: copy that waits for its hour."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from copytaster.logs import clean_text
from copytaster.store.audit import note_write
from copytaster.store.embargoes import list_embargoes, read_held
from copytaster.store.engine import Store
from copytaster.store.intake import release_story
from copytaster.values import story_to_json, to_json
from newsdesk.cli.options import common_options, name_account, read_settings
from newsdesk.cli.output import end_list, format_moment, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from copytaster.store.embargoes import Embargo, HeldCopy

UNREADABLE = "hour not readable"


@click.group()
def embargo() -> None:
    """List, show and release copy under embargo.

    Until its hour the text is in no search, page, API, export or index file. It is stored by itself then.

    \b
    Example:
      copytaster embargo list
    """  # noqa: D301 - click reads the character


@embargo.command("list")
@common_options
def list_all(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """List copy under embargo, without its text.

    The next hour comes first.

    \b
    Example:
      copytaster embargo list --json

    Exit code: 0 done, 4 nothing is under embargo.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = list_embargoes(connection)
    if as_json:
        print_json({"items": [to_json(one) for one in found]})
    elif found:
        print_table(
            ("id", "free at (UTC)", "agency", "publisher", "kind", "language", "received (UTC)"),
            [
                (
                    one.id,
                    format_hour(one),
                    one.agency or "unknown",
                    one.publisher,
                    one.kind or "",
                    one.language or "",
                    format_moment(one.received_at),
                )
                for one in found
            ],
        )
    return end_list(found)


@embargo.command("show")
@click.argument("embargo_id", metavar="ID", type=int)
@click.option("--text", "with_text", is_flag=True, help="Print headline and text too: for your eyes only.")
@common_options
def show(config: Path, data_dir: Path | None, embargo_id: int, *, with_text: bool, as_json: bool) -> None:
    """Show a story under embargo.

    Its text is printed only with --text.

    \b
    Example:
      copytaster embargo show 12 --text

    Exit code: 0 done, 4 nothing is held under this id.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        held = read_held(connection, embargo_id)
    if as_json:
        print_json(to_json(held.facts) | ({"story": story_to_json(held.story)} if with_text else {}))
        return
    for line in _describe(held, with_text=with_text):
        click.echo(clean_text(line))


@embargo.command("release")
@click.argument("embargo_id", metavar="ID", type=int)
@common_options
def release(config: Path, data_dir: Path | None, embargo_id: int, *, as_json: bool) -> None:
    """Store a story before its hour.

    For copy that its sender freed, or whose hour cannot be read.

    \b
    Example:
      copytaster embargo release 12

    Exit code: 0 done, 4 nothing is held under this id.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        kept = release_story(connection, embargo_id)
        note_write(connection, "embargo.release", embargo_id, who=name_account(None))
    if as_json:
        print_json({"embargo": embargo_id, "outcome": kept.outcome, "story": kept.story_id})
    else:
        click.echo(f"{embargo_id} is {kept.outcome}; the service, or `copytaster group`, groups it")


def format_hour(facts: Embargo) -> str:
    """When a story is free, `2026-11-29 18:00`; or that nobody can tell."""
    return UNREADABLE if facts.until is None else format_moment(facts.until)


def _describe(held: HeldCopy, *, with_text: bool) -> list[str]:
    facts = held.facts
    lines = [
        f"under embargo until {format_hour(facts)} UTC"
        if facts.until
        else f"under embargo, {UNREADABLE}: `copytaster embargo release {facts.id}` stores it",
        f"{facts.agency or 'agency unknown'} · {facts.publisher} · {facts.kind or 'story'} · {facts.language or 'language unknown'}",
        f"from {facts.source}, received {format_moment(facts.received_at)} UTC",
    ]
    if not with_text:
        return [*lines, "the text is masked; --text prints it"]
    story = held.story
    return [*lines, story.editors_note or "", story.headline, "", *story.body.split("\n\n")]
