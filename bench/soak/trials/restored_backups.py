"""Backups of stores in every state, taken while copy comes in: each restores to the moment at which it began."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from sqlalchemy import func, select

from bench.soak.newsroom import Newsroom, digest_tables, write_until_killed
from bench.soak.trial import Outcome, Trial
from copytaster.errors import BackupError
from copytaster.store import counts, grace
from copytaster.store.holds import hold_dispatch
from copytaster.store.outbox import set_aside, take_due
from copytaster.store.tables import dispatches
from copytaster.store.timeline import read_timeline
from newsdesk.operations import backup as operations
from newsdesk.operations.backup_manifest import MANIFEST, Manifest, check_backup
from newsdesk.operations.deciding import Merge, Pin, Split, Undo, carry_out
from newsdesk.operations.retention.removal import restore as put_back
from newsdesk.operations.retention.sweep import Sweep
from newsdesk.operations.retention.takedown import take_down
from settings import RetentionRule, RetentionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copytaster.store.engine import Store

STORIES, REVISED, LATER = 24, 4, 8
SLICE = 32  # pages between two looks at the copy: copy comes in between any two
DAY = timedelta(days=1)


def run(size: int, seed: int) -> Outcome:
    """`size` backups and their restores; and as many damaged backups, each of which has to be refused."""
    found = dict[str, list[str]]()
    refused = written = 0
    for number in range(size):
        name = list(STATES)[number % len(STATES)]
        with tempfile.TemporaryDirectory() as folder, ExitStack() as rooms:
            case = _Case(Path(folder), f"{seed} {number}", name, rooms)
            found[f"{number} {name}"] = case.find_differences()
            refused += case.is_damage_refused()
            written += case.written
    wrong = [f"{name}: {', '.join(what)}" for name, what in found.items() if what]
    detail = f"{size - len(wrong)} of {size} restores as at their moment, {refused} of {size} damaged backups refused"
    figures = {"states": min(size, len(STATES)), "stories_written_during_the_copies": written}
    held = size - len(wrong) + refused
    return Outcome(2 * size, held, f"{detail}; {'; '.join(wrong)}".rstrip("; "), figures)


def control(size: int, seed: int) -> Outcome:
    """The same where a backup is a copy of the file, and nobody compares digests."""

    def copy_file(
        connection: object, path: Path, pages: int, on_progress: Callable[[int, int], None]
    ) -> None:
        source = connection.engine.url.database  # type: ignore[attr-defined]
        whole = Path(source).read_bytes()
        for place in range(0, len(whole), pages * 4096):
            with path.open("ab") as file:
                file.write(whole[place : place + pages * 4096])
            on_progress(place, len(whole))

    def believe(folder: Path) -> Manifest:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())

    with (
        mock.patch.object(operations, "copy_pages", copy_file),
        mock.patch.object(operations, "_check_copy"),
        mock.patch(f"{__name__}.check_backup", believe),
    ):
        return run(size, seed)


class _Case:
    """One store, its backup, and what came back. `twin` is the store as it was when the backup began."""

    def __init__(self, folder: Path, seed: str, state: str, rooms: ExitStack) -> None:
        self.folder, self.seed, self.rooms = folder, seed, rooms
        self.chance = random.Random(seed)
        self.written = 0
        self.backup = folder / "backup"
        config = folder / "sources.toml"
        config.write_text(f"# sources of {seed}\n")
        live = self._open("live")
        live.bring(STORIES, revised=REVISED)
        live.work()
        STATES[state](live, self.chance)
        self.twin = self._copy(live)
        self._take_backup(live, config)
        live.work()
        with live.store.read() as connection:
            self.newest = connection.scalar(select(func.max(dispatches.c.change))) or 0
            self.epoch = read_timeline(connection).epoch
        live.close()
        shutil.rmtree(live.folder)

    def _open(self, name: str, count: int = 0) -> Newsroom:
        (self.folder / name).mkdir(exist_ok=True)
        room = self.rooms.enter_context(Newsroom(self.folder / name, self.seed))
        room.count = count
        return room

    def _copy(self, live: Newsroom) -> Newsroom:
        (self.folder / "twin").mkdir()
        with (
            closing(sqlite3.connect(live.folder / "store.sqlite")) as old,
            closing(sqlite3.connect(self.folder / "twin" / "store.sqlite")) as new,
        ):
            old.backup(new)
        return self._open("twin", live.count)

    def _take_backup(self, live: Newsroom, config: Path) -> None:
        before = live.count

        def write(_done: int, _total: int) -> None:
            live.bring(1, revised=1)
            if self.chance.random() < 0.2:  # noqa: PLR2004 - now and then the service comes to it too
                live.work()

        with mock.patch.object(operations, "SLICE", SLICE):
            operations.take_backup(live.settings, config, self.backup, write)
        self.written = live.count - before
        config.unlink()

    def find_differences(self) -> list[str]:
        """What the restored store lacks or has besides, now and after it went on; empty if all is as it was."""
        try:
            restored = self._restore()
        except (BackupError, sqlite3.Error) as error:
            return [f"not restored: {error}"]
        expected, kept = _count(self.twin.store), self.manifest.facts.counts
        wrong = [
            f"{name} {kept[name]}, not {expected[name]}" for name in kept if kept[name] != expected[name]
        ]
        before, after = digest_tables(self.twin.store), digest_tables(restored.store)
        wrong += [f"table {name} differs" for name in before if before[name] != after[name]]
        wrong += self._check_epoch(restored)
        for step in (_do_nothing, _bring_back, _go_on):
            for room in (self.twin, restored):
                step(room)
                room.work()
            for what in (Newsroom.list_groups, Newsroom.search):
                if what(self.twin) != what(restored):
                    wrong.append(f"{what.__name__} differs after {step.__name__}")
            wrong += restored.find_faults()
        return wrong

    def _restore(self) -> Newsroom:
        self.manifest = check_backup(self.backup)
        fresh, config = self.folder / "fresh", self.folder / "sources.toml"
        fresh.mkdir()
        settings = self.twin.settings.model_copy(update={"data_dir": fresh})
        operations.restore_backup(self.backup, self.manifest, settings, config)
        if config.read_text() != f"# sources of {self.seed}\n":
            raise BackupError("sources.toml differs", resource=str(config))
        return self._open("fresh", self.twin.count)

    def _check_epoch(self, restored: Newsroom) -> Iterator[str]:
        with restored.store.read() as connection:
            oldest = connection.scalar(select(func.min(dispatches.c.change))) or 0
            epoch = read_timeline(connection).epoch
        if epoch != self.epoch + 1:
            yield f"epoch {epoch} after {self.epoch}"
        if oldest <= self.newest:
            yield f"a change {oldest} that is no newer than {self.newest}"

    def is_damage_refused(self) -> bool:
        """Damage one file of the backup: True if it is refused by that file's name, and nothing is written."""
        path = self.chance.choice(sorted(self.backup.iterdir()))
        self.chance.choice((_flip, _cut, Path.unlink))(path)
        try:
            check_backup(self.backup)
        except BackupError as error:
            return path.name in str(error)
        except (OSError, ValueError):
            return False
        return False


# --- what goes on after a restore


def _do_nothing(room: Newsroom) -> None:
    """As it came back."""


def _bring_back(room: Newsroom) -> None:
    """Put back what retention took out of one dispatch, if anything."""
    with room.store.write() as connection:
        for removal in grace.list_removals(connection)[:1]:
            put_back(connection, removal.dispatch_id)


def _go_on(room: Newsroom) -> None:
    """More copy, and new versions of what is there; of what was taken down too."""
    room.bring(LATER, revised=REVISED)


# --- states


def _wait(room: Newsroom, _chance: random.Random) -> None:
    """Versions wait for grouping, dispatches for the index, and the index refused one."""
    room.bring(LATER)
    room.group()
    room.bring(LATER, revised=REVISED)
    now = datetime.now(UTC)
    with room.store.write() as connection:
        set_aside(connection, take_due(connection, now=now, limit=1)[0], reason="too deep", at=now)


def _remove(room: Newsroom, _chance: random.Random) -> None:
    """Retention took some out for good and some for a time; one is held; a story was taken down."""
    rules = [RetentionRule(agency="Reuters", keep_days=5)]
    held, taken = room.list_dispatches()[:2]
    now = datetime.now(UTC)
    with room.store.write() as connection:
        hold_dispatch(connection, held, who="Ada", why="in court", at=now)
    take_down(room.store, taken, who="Ada", why="a court forbids it")
    Sweep(room.store, RetentionSettings(rules=tuple(rules)), now=now + 10 * DAY).apply()
    rules.append(RetentionRule(agency="AFP", keep_days=5))
    Sweep(room.store, RetentionSettings(rules=tuple(rules)), now=now + 20 * DAY).apply()
    room.work()


def _kill(room: Newsroom, chance: random.Random) -> None:
    """A process that takes in, groups and indexes dies in the middle of it."""
    write_until_killed(room.folder, room.seed, chance.randint(1, 3), chance.uniform(0.001, 0.3))


def _decide(room: Newsroom, _chance: random.Random) -> None:
    """People have split, merged, pinned and undone."""
    groups = {name: urls for name, urls in room.list_groups().items() if len({url for url, _ in urls}) > 1}
    first, second, third, *others = groups
    carry_out(
        room.store, Split(stories=[groups[first][-1][0]], dispatch=first), who="Ada", why="another fire"
    )
    carry_out(room.store, Merge(dispatches=[second, third]), who="Ada", why="one fire")
    carry_out(room.store, Pin(stories=[groups[others[0]][0][0]]), who="Ben", why="it moves about")
    undone = carry_out(room.store, Merge(dispatches=others[1:3]), who="Ben", why="one strike")
    carry_out(room.store, Undo(decision=undone[0].decision), who="Ada", why="two strikes")
    room.work()


def _restore_once(room: Newsroom, _chance: random.Random) -> None:
    """The store itself came out of a backup."""
    room.close()
    saved = room.folder.parent / "earlier"
    settings, config = room.settings, room.folder.parent / "none.toml"
    manifest = operations.take_backup(settings, config, saved)
    shutil.rmtree(room.folder)
    operations.restore_backup(saved, manifest, settings, config)
    room.open()
    room.work()


STATES = {
    "waiting": _wait,
    "removed": _remove,
    "killed": _kill,
    "decided": _decide,
    "restored before": _restore_once,
}


def _count(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return {
            "dispatches": counts.count_live_dispatches(connection),
            "stories": counts.count_all_stories(connection),
            "versions": counts.count_versions(connection),
            "raw_pages": counts.count_raw_pages(connection),
        }


def _flip(path: Path) -> None:
    text = bytearray(path.read_bytes())
    text[len(text) // 3] ^= 1
    path.write_bytes(text)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


TRIAL = Trial(
    name="restored-backups",
    promise="A backup taken while copy comes in restores to one moment, whole, and goes on from there; a damaged one is refused",
    run=run,
    control=control,
    short=3,
    long=20,
)
