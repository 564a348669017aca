"""Older stores restored beside newer indices: every version that comes in afterwards is visible, without a step by hand."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from copytaster.store.dispatches import ids_after, read_dispatches
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.outbox import read_backlog
from copytaster.store.timeline import read_timeline
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from indexer import drain as draining
from indexer.actions import make_actions
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from indexer.serialise import serialise
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from indexer.port import SearchIndex

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
LARGEST = 6  # stories that come in at once
WORDS = 120


@dataclass
class Desk:
    """Brings stories, and new versions of them, into a store and groups them."""

    seed: str
    count: int = 0

    def fill(self, store: Store, stories: int, revised: int) -> None:
        """Bring new stories, and a new version of the first ones."""
        for number in [*range(self.count, self.count + stories), *range(revised)]:
            self._keep(store, number, is_new=number >= self.count)
        self.count += stories
        for _ in Grouper(store, GroupingSettings()).group():
            pass

    def _keep(self, store: Store, number: int, *, is_new: bool) -> None:
        chance = random.Random(f"{self.seed} {number}")
        body = "\n\n".join(write_story(chance.choice(TOPICS), f"{self.seed} {number}", words=WORDS))
        if not is_new:
            body += f"\n\nThe desk added this line as number {self.count}."
        url = f"https://outlet.example/{self.seed}/{number}".replace(" ", "-")
        at = START + timedelta(minutes=self.count)
        story = ParsedStory(f"The news of number {number}", body, "Early Post", url, published_at=at)
        with store.write() as connection:
            keep_story(
                connection, page=RawPage(url, body.encode(), at), story=story, source="early", channel="feed"
            )


def run(size: int, seed: int) -> Outcome:
    """`size` restores, each of a store of its own."""
    return restore_all(size, seed, _open_embedded)


def control(size: int, seed: int) -> Outcome:
    """The same where writers compare nothing, as before."""
    with (
        mock.patch.object(draining, "reconcile", _do_nothing),
        mock.patch.object(draining, "confirm_ownership", _do_nothing),
    ):
        return restore_all(size, seed, _open_embedded)


def restore_all(
    size: int, seed: int, open_index: Callable[[Path], AbstractContextManager[SearchIndex]]
) -> Outcome:
    """`size` restores against the indices that `open_index` gives; how many showed everything, and the healthy epochs."""
    held = raised = lost = 0
    for number in range(size):
        with tempfile.TemporaryDirectory() as folder, open_index(Path(folder)) as index:
            healthy, complete, unknown = _restore(index, Path(folder), random.Random(f"{seed} {number}"))
        held += complete and healthy
        raised += not healthy
        lost += unknown
    detail = f"{lost} dispatches of the lost hours; {raised} epochs raised on healthy stores"
    return Outcome(size, held, detail, {"lost dispatches": lost})


def _restore(index: SearchIndex, folder: Path, chance: random.Random) -> tuple[bool, bool, int]:
    """Whether the store kept its epoch while all was well, whether the index then follows the restored one, what was lost."""
    desk = Desk(f"kept {chance.random()}")
    with closing(Store(f"sqlite:///{folder}/store.sqlite")) as store:
        desk.fill(store, chance.randint(1, LARGEST), 0)
        _write(store, index)
        _copy(folder / "store.sqlite", folder / "backup.sqlite")
        lost = chance.randint(1, LARGEST)
        Desk(f"lost {chance.random()}").fill(store, lost, 0)
        desk.fill(store, 0, chance.randint(1, desk.count))
        index.claimed = None  # as in a new process
        _write(store, index)
        healthy = _read_epoch(store) == 1
    with closing(Store(f"sqlite:///{folder}/backup.sqlite")) as backup:
        index.claimed = None
        if chance.random() < 0.5:  # noqa: PLR2004 - the service starts before or after copy comes in
            prepare_index(backup, index)
        desk.fill(backup, chance.randint(0, 2 * LARGEST), chance.randint(1, desk.count))
        _write(backup, index)
        return healthy, _follows(backup, index), lost


def _write(store: Store, index: SearchIndex) -> None:
    prepare_index(store, index)
    drain(store, index)


def _follows(store: Store, index: SearchIndex) -> bool:
    """True if the index holds every document of the store as it is now, no other one, and nothing waits."""
    with store.read() as connection:
        rows = read_dispatches(connection, ids_after(connection, "", limit=1000))
        backlog = read_backlog(connection)
    actions, _ = make_actions(list(rows.values()))
    index.refresh()
    same = all(serialise(index.get(action.id) or {}) == action.document for action in actions)
    return same and index.count() == len(actions) and backlog.waiting == backlog.quarantined == 0


def _read_epoch(store: Store) -> int:
    with store.read() as connection:
        return read_timeline(connection).epoch


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _open_embedded(folder: Path) -> AbstractContextManager[SearchIndex]:
    return closing(EmbeddedIndex(folder / "index.sqlite"))


def _do_nothing(*_: object, **__: object) -> None:
    """In place of a comparison of store and index."""


TRIAL = Trial(
    name="restored-store",
    promise="A store restored from a backup shows every new version and nothing that it does not know, by itself",
    run=run,
    control=control,
    short=3,
    long=20,
)
