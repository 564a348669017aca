"""What can go wrong in a night: how it is put in, what has to ring, which sentence of docs/operator.md leads out, what it says to do."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.errors import ExitCode
from copytaster.store.engine import Store
from newsdesk.operations.backup import restore_backup
from newsdesk.operations.backup_manifest import check_backup

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.soak.on_call import Duty

DAYS_MIN = 3 * 24 * 60
ROOMY, LOW = 2_000_000_000, 400_000_000  # bytes of a disk; under 1 GB free rings
_PAGE = 4096


@dataclass(frozen=True)
class Fault:
    """One fault of a night.

    Attributes:
        alarm: the kind of the alert; `store` for the message of an outage, `start` for a program that refuses to start,
            empty where the service heals itself before anyone has to wake.
        within: minutes after which it has rung.
        says: words that the message has.
        sentence: of docs/operator.md, that leads from these words to the way out.
        done: what it says to do, in a few words.
        code: the exit code of a program that refuses to start.
    """

    name: str
    alarm: str
    within: int
    says: tuple[str, ...]
    sentence: str
    done: str
    put_in: Callable[[Duty], None]
    mend: Callable[[Duty], None]
    prepare: Callable[[Duty], None] = lambda _duty: None
    needs_root: bool = False
    code: ExitCode = ExitCode.DONE


# --- a source


def _block(duty: Duty) -> None:
    duty.crawl()  # it works
    duty.outside.status = 403
    duty.crawl()


def _allow(duty: Duty) -> None:
    """After days in which nobody heard of it again: one has taken it over, and then the publisher lets the crawler in."""
    duty.acknowledge()
    said = len(duty.calls)
    duty.pass_minutes(DAYS_MIN, step=30)
    if len(duty.calls) != said:
        raise AssertionError("an alert that somebody takes care of is repeated")
    duty.pass_minutes(1)
    duty.outside.status = 200
    duty.crawl()


def _mistype(duty: Duty) -> None:
    duty.config.write_text(duty.good_sources.replace("interval =", "intervall ="), encoding="utf-8")


def _empty_list(duty: Duty) -> None:
    """What an editor leaves that crashed while it wrote."""
    duty.config.write_bytes(b"")


def _correct(duty: Duty) -> None:
    duty.config.write_text(duty.good_sources, encoding="utf-8")


# --- the index


def _damage_index(duty: Duty) -> None:
    """A reboot in which half of the file became zeros."""
    duty.stop()
    path = (duty.folder / "index.sqlite").resolve()
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink(missing_ok=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 // _PAGE * _PAGE] + bytes(len(whole) // 2))
    duty.start()
    duty.bring()


def _put_back_index(duty: Duty) -> None:
    """A reboot after which the index file is that of an hour ago, as from the backup of a disk."""
    kept = duty.folder.with_name("index of before")
    duty.stop()
    shutil.copytree(duty.folder, kept, symlinks=True)
    duty.start()
    duty.bring()
    duty.pass_minutes(1)
    duty.stop()
    for one in duty.folder.glob("index*.sqlite*"):
        one.unlink()
    for one in kept.glob("index*.sqlite*"):
        shutil.copy2(one, duty.folder, follow_symlinks=False)
    duty.start()


def _bar_index(duty: Duty) -> None:
    """A reboot after which a folder lies where the file should."""
    duty.stop()
    path = duty.folder / "index.sqlite"
    for one in duty.folder.glob("index.sqlite*"):
        one.unlink()
    path.mkdir()
    duty.start()
    duty.bring()


def _unbar_index(duty: Duty) -> None:
    (duty.folder / "index.sqlite").rmdir()


# --- the disk


def _mount(duty: Duty) -> None:
    _call("mount", "-t", "tmpfs", "-o", f"size={ROOMY}", "tmpfs", str(duty.folder))
    duty.call_at_end(lambda: _call("umount", "-l", str(duty.folder)))


def _resize(duty: Duty, size: int) -> None:
    _call("mount", "-o", f"remount,size={size}", str(duty.folder))


def _fill(duty: Duty) -> None:
    """Not a page is free, and copy keeps coming."""
    _resize(duty, shutil.disk_usage(duty.folder).used)
    duty.bring()


def _empty(duty: Duty) -> None:
    _resize(duty, ROOMY)
    duty.bring()


def _call(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def is_mounting_allowed() -> bool:
    """Whether this process may mount a small disk."""
    found = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return found.returncode == 0


# --- the store


def _damage_store(duty: Duty) -> None:
    """A reboot after which two thirds of the file are gone."""
    duty.stop()
    path = duty.folder / "store.sqlite"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 3)


def _upgrade(duty: Duty) -> None:
    """A newer program has started on this store; then the old one is installed again."""
    duty.stop()
    with closing(Store(duty.settings.store_url)) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")


def _restore(duty: Duty) -> None:
    duty.stop()
    shutil.move(duty.folder, duty.folder.with_name("moved away"))
    restore_backup(duty.backup, check_backup(duty.backup), duty.settings, duty.config)
    duty.start()
    duty.bring()


FAULTS = (
    Fault(
        "a source answers 403 for days", "source", 62, ("blocked", "http-403"),
        "403: write to the publisher", "acknowledged; wrote to the publisher", _block, _allow,
    ),
    Fault(
        "a mistyped edit of the sources", "part", 6, ("intervall", "did you mean 'interval'"),
        "A bad edit is refused with its line and the nearest name, and the last good list stays",
        "corrected the line", _mistype, _correct,
    ),
    Fault(
        "an edit leaves the list of sources empty", "part", 6, ("it lists no source any longer", "enabled = false"),
        "So is an edit that leaves no source, as a full disk does", "wrote the list again", _empty_list, _correct,
    ),
    Fault(
        "the index file is damaged at a reboot", "", 1, (),
        "nothing: the service makes a new file and fills it from the store", "nothing", _damage_index, lambda _duty: None,
    ),
    Fault(
        "an older index file is put back", "", 1, (), "nothing: the service fills it from the store", "nothing",
        _put_back_index, lambda _duty: None,
    ),
    Fault(
        "the index file cannot be made at a reboot", "part", 6, ("check that this user can write",),
        '"check that this user can write to its folder", "make room on its disk" | do so; no restart',
        "removed what was in the way", _bar_index, _unbar_index,
    ),
    Fault(
        "the disk is nearly full", "disk", 1, ("make room",), "less than 1 GB is free", "made room",
        lambda duty: _resize(duty, LOW), _empty, prepare=_mount, needs_root=True,
    ),
    Fault(
        "the disk is full", "store", 6, ("its disk is full", "make room"),
        "make room; crawls are repeated, nothing stored is lost", "made room", _fill, _empty, prepare=_mount, needs_root=True,
    ),
    Fault(
        "the store's file is damaged at a reboot", "start", 0, ("it is damaged", "restore the last backup"),
        "stop the service, restore the backup", "restored the backup", _damage_store, _restore, code=ExitCode.UNREACHABLE,
    ),
    Fault(
        "an upgrade is rolled back", "start", 0, ("newer than this program", "restore the backup"),
        "An older program refuses a newer schema (exit code 78); to go back, restore the backup with the old program",
        "restored the backup", _upgrade, _restore, code=ExitCode.BAD_CONFIGURATION,
    ),
)  # fmt: skip
