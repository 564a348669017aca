"""`copytaster backup` and `copytaster restore`: a checked copy of store and sources, and its way back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import format_moment, print_json, progress_bar

if TYPE_CHECKING:
    from newsdesk.operations.backup_manifest import Manifest
    from settings import Settings

folder_argument = click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))


@click.command()
@folder_argument
@common_options
def backup(folder: Path, config: Path, data_dir: Path | None, as_json: bool) -> int:
    """Copy the store and sources.toml into a new folder while the service runs, and compare the copy with the store.

    DIR is there once the backup is whole, with a digest of each file. The index is left out: `restore` builds it.

    \b
    Example:
      copytaster backup /backup/$(date +%F)

    Exit code: 0 done, 1 it cannot be written or the copy is damaged, 2 DIR is not empty, 69 the store cannot be read,
    75 another process writes DIR, 78 the store is on PostgreSQL: `pg_dump` is its backup.
    """  # noqa: D301 - click reads the character
    from newsdesk.operations.backup import take_backup

    settings = read_settings(config, data_dir)
    with progress_bar() as bar:
        task = bar.add_task("copying", total=None)
        manifest = take_backup(
            settings, config, folder, lambda done, total: bar.update(task, completed=done, total=total)
        )
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        click.echo(f"{folder}: {_describe(manifest)}")
    if manifest.damaged:
        click.echo(
            f"{manifest.damaged} rows of the store were damaged before: `copytaster scrub` names them",
            err=True,
        )
    return ExitCode.DONE


@click.command()
@folder_argument
@click.option("--check", is_flag=True, help="Compare the backup with its digests and restore nothing.")
@common_options
def restore(folder: Path, config: Path, data_dir: Path | None, *, check: bool, as_json: bool) -> int:
    """Compare a backup with its digests, put its store into an empty data folder, and build the index.

    sources.toml is put back where there is none. The changes of a restored store are newer than all before. On a search
    server, the service fills the index at its start.

    \b
    Example:
      copytaster restore /backup/2026-11-29 --check
      copytaster restore /backup/2026-11-29 --data-dir /var/lib/copytaster

    Exit code: 0 done, 1 the backup is not whole or damaged, 2 the data folder is not empty, 3 restored, but not all is
    indexed, 4 no such DIR, 78 the store is on PostgreSQL: `pg_restore` restores it.
    """  # noqa: D301 - click reads the character
    from newsdesk.operations.backup import restore_backup
    from newsdesk.operations.backup_manifest import SOURCES, check_backup

    manifest = check_backup(folder)
    if check:
        return _report(manifest, f"{folder} is whole: {_describe(manifest)}", as_json=as_json)
    found = config if config.exists() or SOURCES not in manifest.files else folder / SOURCES
    settings = read_settings(found, data_dir)
    takes_config = restore_backup(folder, manifest, settings, config)
    waiting = _fill_index(settings)
    told = "put back" if takes_config else "left as it is"
    lines = f"{settings.data_dir}: {_describe(manifest)}\n{config}: {told}"
    if settings.elasticsearch.is_set:
        lines += "\nindex: the service fills it at its start"
    elif waiting:
        lines += f"\nindex: {waiting} documents wait, the service writes them"
    _report(manifest, lines, as_json=as_json)
    return ExitCode.PARTLY_DONE if waiting else ExitCode.DONE


def _fill_index(settings: Settings) -> int:
    """Fill the embedded index; how many documents still wait. A drill must not take over the index of a search server."""
    if settings.elasticsearch.is_set:
        return 0
    from copytaster.store.engine import Store
    from indexer.factory import open_index
    from newsdesk.pipeline import IndexingStage

    with (
        closing(Store(settings.store_url)) as store,
        closing(open_index(settings)) as index,
        progress_bar() as bar,
    ):
        task = bar.add_task("indexing", total=None)
        report = IndexingStage(store, index).drain(
            on_progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    return report.waiting


def _report(manifest: Manifest, lines: str, *, as_json: bool) -> int:
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        click.echo(lines)
    return ExitCode.DONE


def _describe(manifest: Manifest) -> str:
    facts = manifest.facts
    held = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in facts.counts.items())
    size = sum(kept.bytes for kept in manifest.files.values()) / 1e6
    return f"{held}, change {facts.change}, {size:.1f} MB, of {format_moment(manifest.created_at)}"
