"""`copytaster source pack list|show|add`: groups of well-known public feeds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from newsdesk.cli.options import config_option, json_option
from newsdesk.cli.output import end_list, plural, print_json, print_table
from newsdesk.cli.source_view import format_schedule, source_to_json
from spiders.sources.config import parse_sources, read_text
from spiders.sources.file import add_sources, find_taken, write_block
from spiders.sources.packs import find_pack, read_packs

if TYPE_CHECKING:
    from pathlib import Path

    from spiders.sources.config import Source
    from spiders.sources.packs import Pack


@click.group("pack")
def pack() -> None:
    """List, show and add groups of well-known public feeds.

    Their addresses are those that the publishers announce. Nobody has requested them for you: `copytaster source probe URL`
    shows whether one still answers. Read each publisher's terms before you switch a source on.

    \b
    Example:
      copytaster source pack list --language de
      copytaster source pack add germany --dry-run
    """  # noqa: D301


@pack.command("list")
@click.option("--country", help="Only packs of this country, e.g. de.")
@click.option("--language", help="Only packs in this language, e.g. de.")
@json_option
def list_packs(country: str | None, language: str | None, as_json: bool) -> int:
    """List the packs.

    \b
    Example:
      copytaster source pack list --country ch

    Exit code: 0 done, 4 no pack matches.
    """  # noqa: D301
    found = [
        one
        for one in read_packs()
        if (country is None or country.lower() in one.countries)
        and (language is None or language.lower() in one.languages)
    ]
    if as_json:
        print_json({"items": [_pack_to_json(one) for one in found], "total": len(found)})
    else:
        print_table(
            ("pack", "for", "countries", "languages", "sources"),
            (
                (one.name, one.title, " ".join(one.countries), " ".join(one.languages), len(one.sources))
                for one in found
            ),
        )
    return end_list(found)


@pack.command("show")
@click.argument("name")
@config_option
@json_option
def show_pack(name: str, config: Path, as_json: bool) -> None:
    """Show the sources of a pack.

    Those that sources.toml has already are marked.

    \b
    Example:
      copytaster source pack show germany
    """  # noqa: D301
    found = find_pack(name)
    known = parse_sources(read_text(config) or "", resource=str(config))
    if as_json:
        items = [
            {**source_to_json(one), "in_file": find_taken(known, one) is not None} for one in found.sources
        ]
        print_json({**_pack_to_json(found), "items": items})
        return
    print_table(
        ("name", "publisher", "family", "agency", "language", "schedule", "address", "in your file"),
        (
            (
                one.name,
                one.publisher_name,
                one.family,
                one.agency,
                one.language,
                format_schedule(one),
                one.url,
                find_taken(known, one),
            )
            for one in found.sources
        ),
    )


@pack.command("add")
@click.argument("names", nargs=-1, required=True)
@click.option("--enable", is_flag=True, help="Write the sources switched on.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@config_option
@json_option
def add_pack(names: tuple[str, ...], enable: bool, dry_run: bool, config: Path, as_json: bool) -> None:
    """Add the sources of packs to sources.toml.

    They are switched off unless you say `--enable`.

    What the file has already, by name or address, is left out. Its comments stay.

    \b
    Example:
      copytaster source pack add germany austria-switzerland --dry-run
      copytaster source pack add agencies --enable
    """  # noqa: D301
    known = parse_sources(read_text(config) or "", resource=str(config))
    wanted = {one.name: one for name in names for one in find_pack(name).sources}
    taken = {name: where for name, one in wanted.items() if (where := find_taken(known, one))}
    added = [replace(one, enabled=enable) for name, one in wanted.items() if name not in taken]
    if added and not dry_run:
        add_sources(config, added)
    if as_json:
        shown: list[dict[str, Any]] = [source_to_json(one) for one in added]
        print_json({"added": shown, "left_out": taken, "written": bool(added) and not dry_run})
        return
    if dry_run:
        click.echo("\n".join(map(write_block, added)), nl=False)
    _say_result(added, taken, config, enable=enable, dry_run=dry_run)


def _say_result(
    added: list[Source], taken: dict[str, str], config: Path, *, enable: bool, dry_run: bool
) -> None:
    for name, where in taken.items():
        click.echo(f"{name} left out: in the file as {where}", err=True)
    count = f"{len(added)} {plural(len(added), 'source', 'sources')}"
    verb = "would be added" if dry_run else "added"
    state = "" if enable or not added else ", switched off: set enabled = true where you want one"
    click.echo(f"{count} {verb} to {config}{state}", err=True)


def _pack_to_json(found: Pack) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": found.title,
        "countries": list(found.countries),
        "languages": list(found.languages),
        "sources": [one.name for one in found.sources],
    }
