"""Days of copy beside retention: once the horizon is reached, the files of store and index grow no more."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from copytaster.store import intake, ledger
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.ledger import DueTime, Result
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from newsdesk.operations.retention.sweep import Sweep
from newsdesk.operations.store_checks import STORE_CHECKS
from settings import GroupingSettings, RetentionSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 1, 1, tzinfo=UTC)
STORIES = 24  # a day; 20,000 at a newsroom
SOURCES, RUNS = 6, 12  # a day each
WORDS = 120
GROWTH = 1.25  # of the largest size at twice the horizon: the index merges its words in steps
SHARE = 6  # of the days are the horizon


class _Clock:
    """Stands in for `datetime` where copy comes in."""

    def __init__(self) -> None:
        self.at = START

    def now(self, _zone: object = None) -> datetime:
        return self.at


def run(size: int, seed: int) -> Outcome:
    """`size` days with a sweep each night."""
    return _live(size, seed, sweeps=True)


def control(size: int, seed: int) -> Outcome:
    """The same without a sweep."""
    return _live(size, seed, sweeps=False)


def _live(days: int, seed: int, *, sweeps: bool) -> Outcome:
    horizon = days // SHARE
    with tempfile.TemporaryDirectory() as folder:
        sizes, faults = _measure(Path(folder), days, seed, horizon if sweeps else 0)
    settled = max(sizes[: 2 * horizon + 1])
    later = sizes[2 * horizon + 1 :]
    held = sum(size <= GROWTH * settled for size in later)
    figures = {
        "horizon_days": horizon,
        "MB_at_twice_the_horizon": settled / 1e6,
        "MB_at_the_end": sizes[-1] / 1e6,
    }
    detail = f"{days} days of {STORIES} stories; {len(faults)} faults {' '.join(faults)}".strip()
    return Outcome(len(later) + len(faults), held, detail, figures)


def _measure(folder: Path, days: int, seed: int, horizon: int) -> tuple[list[int], list[str]]:
    """(bytes of store and index after each day, what the doctor's checks of the store find at the end)."""
    clock, chance, sizes = _Clock(), random.Random(seed), list[int]()
    grouping = GroupingSettings(window_hours=12, history_days=max(1, days // SHARE))
    retention = RetentionSettings(
        keep_days=horizon,
        grace_days=1,
        quiet_runs_hours=24,
        runs_days=horizon,
        hours_days=horizon,
        dispatches_per_second=0,
    )
    with (
        mock.patch.object(intake, "datetime", clock),
        closing(Store(f"sqlite:///{folder}/store.sqlite")) as store,
        closing(EmbeddedIndex(folder / "index.sqlite")) as index,
    ):
        prepare_index(store, index)
        grouper = Grouper(store, grouping)
        for day in range(days):
            for _ in _bring_day(store, clock, chance, START + timedelta(days=day)):
                pass
            list(grouper.group())
            drain(store, index)
            if horizon:
                Sweep(store, retention, now=START + timedelta(days=day + 1)).apply()
                drain(store, index)
            sizes.append(_read_size(folder))
        with store.read() as connection:
            found = [check(connection) for check in STORE_CHECKS.values()]
    return sizes, [one.detail for one in found if one.level == "fault"]


def _bring_day(store: Store, clock: _Clock, chance: random.Random, day: datetime) -> Iterator[None]:
    for number in range(STORIES):
        clock.at = day + timedelta(hours=24 * number / STORIES)
        about = number // 2 if chance.random() < 0.5 else number  # noqa: PLR2004 - half are copies
        body = "\n\n".join(write_story(TOPICS[about % len(TOPICS)], f"{day:%j} {about}", words=WORDS))
        outlet = f"outlet{number % 5}"
        url = f"https://{outlet}.example/{day:%j}/{number}"
        story = ParsedStory(f"The news of {about}", body, outlet, url, published_at=clock.at)
        page = RawPage(url, body.encode(), clock.at)
        with store.write() as connection:
            keep_story(connection, page=page, story=story, source=outlet, channel="feed")
        yield
    for turn in range(RUNS):
        at = day + timedelta(hours=24 * turn / RUNS)
        with store.write() as connection:
            dues = [DueTime(f"source{number}", at) for number in range(SOURCES)]
            for run_id in ledger.open_runs(connection, dues, holder="trial", now=at).values():
                ledger.close_run(connection, run_id, Result("ran", found=3, unchanged=3), now=at)


def _read_size(folder: Path) -> int:
    """Pages of both files, whether they are in the file yet or in its log."""
    total = 0
    for name in ("store.sqlite", "index.sqlite"):
        with closing(sqlite3.connect(folder / name)) as file:
            (pages,), (size,) = (
                file.execute(f"PRAGMA {one}").fetchone() for one in ("page_count", "page_size")
            )
        total += pages * size
    return total


TRIAL = Trial(
    name="flat-disk",
    promise="Once copy is as old as it may get, store and index grow no more, and the books are right",
    run=run,
    control=control,
    short=18,
    long=365,
)
