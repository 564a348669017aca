"""Backups of a store in use, and their restore. Every file has a digest; a backup takes its name once it is whole.

A backup is a folder: `store.sqlite`, `sources.toml` if there was one, and `manifest.json` with the digests of both.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from copytaster.errors import (
    BackupError,
    BusyError,
    StoreError,
    UsageError,
)
from copytaster.store import counts
from copytaster.store.engine import Store
from copytaster.store.installation import EPOCH_FACTOR, read_change
from copytaster.store.schema import read_revisions
from copytaster.store.scrubs import count_open
from copytaster.store.snapshot import (
    check_pages,
    copy_pages,
    find_store_file,
    is_file,
    open_copy,
    read_size,
)
from copytaster.store.timeline import keep_timeline, raise_epoch, read_timeline
from newsdesk.operations.backup_manifest import (
    FORMAT,
    MANIFEST,
    SOURCES,
    STORE,
    Facts,
    Manifest,
    explain_damage,
    measure,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from settings import Settings

    Progress = Callable[[int, int], None]  # pages copied, pages in all

SLICE = 2048  # pages between two reports of progress: 8 MB
RESERVE_BYTES = 16_000_000  # free space beside the store's own size
UNFINISHED = ".unfinished-backup"
RESTORING = "restoring"
_TARGET_FAULTS = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}


def take_backup(
    settings: Settings, config: Path, folder: Path, on_progress: Progress = lambda _done, _total: None
) -> Manifest:
    """Copy the store as it is at one moment, and `config` if it exists, into a new folder; compare the copy with the store.

    The copy reads one moment of the store, so that writers go on meanwhile.

    Raises:
        ConfigurationError: the store is on a database server.
        StoreError: there is no store, or it cannot be read.
        UsageError: the folder is not new, or is a disk of its own.
        BusyError: another process makes this backup.
        BackupError: the backup cannot be written, or the copy is damaged. No folder of this name is left.
    """
    if is_file(settings.store_url) and not find_store_file(settings.store_url).exists():
        raise StoreError(
            "there is no store", resource=settings.store_url, hint="name its folder with --data-dir"
        )
    folder = folder.resolve()
    with closing(Store(settings.store_url)) as store, _told(folder):
        find_store_file(settings.store_url)
        _require_new(folder)
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _remove_cut_off(folder.parent)
        with _hold(folder.with_name(f".{folder.name}{UNFINISHED}")) as unfinished:
            begun = datetime.now(UTC)
            facts, damaged = _copy_store(store, unfinished / STORE, on_progress)
            _check_copy(unfinished / STORE, facts)
            if config.exists():
                _copy_file(config, unfinished / SOURCES)
            manifest = Manifest(
                format=FORMAT,
                program=version("copytaster"),
                created_at=begun,
                facts=facts,
                damaged=damaged,
                files={path.name: measure(path) for path in sorted(unfinished.iterdir())},
            ).seal()
            _write_new(unfinished / MANIFEST, manifest.write_text().encode())
            _sync(unfinished)
            _require_new(folder)
            unfinished.rename(folder)
            _sync(folder.parent)
    return manifest


def restore_backup(folder: Path, manifest: Manifest, settings: Settings, config: Path) -> bool:
    """Put the store of a checked backup into an empty data folder and begin a new epoch: its changes are the newest.

    Returns True if `config` did not exist and now is the backup's.

    Raises:
        ConfigurationError: the store is on a database server, or the backup is of a newer program.
        UsageError: the data folder is not empty.
        BusyError: another process restores into it.
        BackupError: it cannot be written, or the copy differs from the backup.
    """
    target = find_store_file(settings.store_url)
    with _told(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _require_empty(settings, target)
        with _hold(target.parent / RESTORING) as unfinished:
            _require_space(unfinished, manifest.files[STORE].bytes)
            staged = unfinished / target.name
            _copy_file(folder / STORE, staged)
            if measure(staged) != manifest.files[STORE]:
                raise explain_damage(staged, "the copy differs from the backup")
            _begin_epoch(staged)
            takes_config = SOURCES in manifest.files and not config.exists()
            if takes_config:
                fresh = config.absolute().with_name(f".{config.name}.{RESTORING}")
                fresh.unlink(missing_ok=True)
                _copy_file(folder / SOURCES, fresh)
                fresh.rename(config)
            _require_empty(settings, target)
            staged.rename(target)
            _sync(target.parent)
    return takes_config


def _copy_store(store: Store, path: Path, on_progress: Progress) -> tuple[Facts, int]:
    """Copy what one read transaction sees, and read what it holds and how much of it is known as damaged."""
    _write_new(path, b"")
    with store.read() as connection:
        facts, damaged = _read_facts(connection), count_open(connection)
        _require_space(path.parent, read_size(connection))
        try:
            copy_pages(connection, path, SLICE, on_progress)
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in _TARGET_FAULTS:
                raise _unwritable(path.parent, str(error)) from error
            raise
    _sync(path)
    return facts, damaged


def _check_copy(path: Path, facts: Facts) -> None:
    """Every page and index of the copy, and what it holds."""
    with open_copy(path) as connection:
        found = check_pages(connection)
        same = found == "ok" and _read_facts(connection) == facts
    if not same:
        what = "it holds something else than the store" if found == "ok" else str(found)
        raise BackupError(
            f"the copy of the store is damaged: {what}", resource=str(path), hint="`copytaster scrub`"
        )


def _read_facts(connection: Connection) -> Facts:
    epoch = read_timeline(connection).epoch
    return Facts(
        schema_revision=read_revisions(connection)[0] or "",
        epoch=epoch,
        change=epoch * EPOCH_FACTOR + read_change(connection),
        counts={
            "dispatches": counts.count_live_dispatches(connection),
            "stories": counts.count_all_stories(connection),
            "versions": counts.count_versions(connection),
            "raw_pages": counts.count_raw_pages(connection),
        },
    )


def _begin_epoch(path: Path) -> None:
    """Nobody knows which numbers the store gave after the backup: those of a new epoch are above all of them."""
    with closing(Store(f"sqlite:///{path}")) as store, store.write() as connection:
        seen = keep_timeline(connection)
        raise_epoch(connection, seen, above=seen.base, at=datetime.now(UTC))
    _sync(path)


def _require_new(folder: Path) -> None:
    if folder.is_mount():
        raise UsageError("it is a disk of its own", resource=str(folder), hint=f"name {folder / 'NAME'}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "it is not empty", resource=str(folder), hint="each backup needs a folder of its own"
        )


def _require_empty(settings: Settings, target: Path) -> None:
    """Compiled code may lie in the data folder, and a restore that was cut off."""
    folders = {target.parent.resolve(), settings.data_dir.resolve()}
    allowed = {settings.compiled_path.resolve(), target.parent.resolve() / RESTORING, *folders}
    found = [
        path for folder in folders if folder.is_dir() for path in folder.iterdir() if path not in allowed
    ]
    if found:
        raise UsageError(
            f"the data folder is not empty: {min(found).name}",
            resource=str(min(found).parent),
            hint="stop the service and move the old files away, or name another folder with --data-dir",
        )


def _require_space(folder: Path, size: int) -> None:
    free, needed = shutil.disk_usage(folder).free, size + RESERVE_BYTES
    if free < needed:
        raise BackupError(
            f"its disk has {free / 1e6:,.0f} MB free, {needed / 1e6:,.0f} MB are needed",
            resource=str(folder.parent),
            hint="make room, or name a folder on another disk",
        )


@contextmanager
def _hold(folder: Path) -> Iterator[Path]:
    """An empty folder for this process alone, removed at the end unless it was renamed."""
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        if not _lock(lock):
            raise BusyError("another process is writing there", resource=str(folder), hint="wait for its end")
        _empty(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _lock(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _remove_cut_off(parent: Path) -> None:
    """Remove what backups left that were killed: a name with a date never comes again."""
    for folder in parent.glob(f".*{UNFINISHED}"):
        lock = os.open(folder, os.O_RDONLY)
        try:
            if _lock(lock):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _copy_file(source: Path, target: Path) -> None:
    _write_new(target, b"")
    shutil.copyfile(source, target)
    _sync(target)


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(folder, error.strerror or str(error)) from error


def _unwritable(folder: Path, what: str) -> BackupError:
    hint = "make room on its disk, and check that this user can read and write there"
    return BackupError(f"it cannot be used: {what}", resource=str(folder), hint=hint)
