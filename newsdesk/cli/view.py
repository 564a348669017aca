"""`copytaster view list|add|rm|export|import`: searches that people keep under a name."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.store.views import add_view, list_views, remove_view
from newsdesk.cli.holds import who_option
from newsdesk.cli.options import (
    common_options,
    config_option,
    data_dir_option,
    name_account,
    read_settings,
)
from newsdesk.cli.output import end_list, format_moment, plural, print_json, print_table
from newsdesk.operations.desk_views import LINES, ONE_VALUE, read_search

if TYPE_CHECKING:
    from copytaster.store.views import View


@click.group()
def view() -> None:
    """List, add, remove, export and import views: searches under a name.

    \b
    Example:
      copytaster view add "Harbour desk" "words=quay OR pier" region=Kiel not=sport --shared
      copytaster view list
    """  # noqa: D301 - click reads the character


@view.command("list")
@common_options
def list_all(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """List every view, shared or not.

    \b
    Example:
      copytaster view list --json

    Exit code: 0 done, 4 there is none.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = list_views(connection)
    if as_json:
        print_json({"items": found})
    elif found:
        print_table(
            ("id", "name", "owner", "shared", "search", "changed (UTC)"),
            [
                (one.id, one.name, one.owner, one.is_shared, _describe(one), format_moment(one.changed_at))
                for one in found
            ],
        )
    return end_list(found)


@view.command("add")
@click.argument("name")
@click.argument("lines", metavar="[LINE=VALUE]...", nargs=-1)
@click.option("--shared", is_flag=True, help="Everybody may open it.")
@who_option
@common_options
def add(
    name: str,
    lines: tuple[str, ...],
    who: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    shared: bool,
    as_json: bool,
) -> None:
    """Add a view. Each LINE narrows it; the values of a line given several times are alternatives.

    The lines: words, agency, region, topic, not (a topic), publisher, language, kind, no (a kind), owner, marker,
    relation, never (such as publisher:Gulf Ledger), mark and unmarked (such as used:anyone), since and until (such as
    24h or 2026-11-20).

    \b
    Example:
      copytaster view add "Harbour desk" "words=quay OR pier" agency=Reuters agency=dpa not=sport
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    data = read_search(read_lines(lines)).to_data()
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        made = add_view(connection, name, data, is_shared=shared, who=name_account(who), at=datetime.now(UTC))
    if as_json:
        print_json(made)
    else:
        click.echo(f"view {made.id}: {made.name}")


@view.command("rm")
@click.argument("view_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@who_option
@common_options
def remove(view_id: int, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Remove a view.

    \b
    Example:
      copytaster view rm 7

    Exit code: 0 done, 4 there is none of this number.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        remove_view(connection, view_id, who=name_account(who))
    if as_json:
        print_json({"removed": view_id})
    else:
        click.echo(f"view {view_id} is removed")


@view.command("export")
@config_option
@data_dir_option
def export(config: Path, data_dir: Path | None) -> None:
    """Print every view as JSON.

    `copytaster view import` reads it, here or elsewhere.

    \b
    Example:
      copytaster view export > views.json
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = list_views(connection)
    print_json(
        {"views": [{"name": one.name, "shared": one.is_shared, "search": one.search} for one in found]}
    )


@view.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@who_option
@common_options
def import_file(file: Path, who: str | None, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Add the views of a file, all or none. One that you have under the same name with the same search is left out.

    \b
    Example:
      copytaster view import views.json
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    owner = name_account(who)
    added = []
    with closing(Store(settings.store_url)) as store, store.write() as connection:
        items = _read_file(file)
        known = {
            (one.name, json.dumps(one.search, sort_keys=True)) for one in list_views(connection, who=owner)
        }
        for name, is_shared, data in items:
            if (name, json.dumps(data, sort_keys=True)) not in known:
                added.append(
                    add_view(connection, name, data, is_shared=is_shared, who=owner, at=datetime.now(UTC))
                )
    if as_json:
        print_json({"items": added})
    else:
        click.echo(f"{len(added)} {plural(len(added), 'view', 'views')} added of {len(items)}")


def read_lines(lines: tuple[str, ...]) -> dict[str, Any]:
    """The search of lines such as `agency=Reuters`.

    Raises:
        UsageError: one is no line of a view.
    """
    data: dict[str, Any] = {}
    for line in lines:
        name, equals, value = line.partition("=")
        field = LINES.get(name)
        if not equals or field is None:
            raise UsageError(f"no line {line!r}", resource="LINE=VALUE", hint=f"one of {', '.join(LINES)}")
        if field in ONE_VALUE:
            data[field] = value
        else:
            data.setdefault(field, []).append(value)
    return data


def _read_file(path: Path) -> list[tuple[str, bool, dict[str, Any]]]:
    try:
        items = json.loads(path.read_text(encoding="utf-8-sig"))["views"]
        return [
            (
                " ".join(str(one["name"]).split()),
                bool(one.get("shared")),
                read_search(one["search"]).to_data(),
            )
            for one in items
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "no file of views", resource=str(path), hint="`copytaster view export` writes one"
        ) from error


def _describe(one: View) -> str:
    names = {field: name for name, field in LINES.items()}
    parts = [
        f"{names.get(field, field)}={value if isinstance(value, str) else ', '.join(value)}"
        for field, value in one.search.items()
    ]
    return "; ".join(parts) or "everything"
