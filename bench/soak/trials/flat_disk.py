"""A year of copy beside retention: once the horizon is reached, the files of store and index grow no more.

A newsroom has 20,000 stories a day; here it has some 30, with nights, weekends, agencies, alerts, copies and refused pages, of
which each kind stays for another time. A hold keeps one dispatch a month beyond its time, a takedown removes one.
"""

from __future__ import annotations

import math
import random
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from bench.copy.stories import TOPICS, write_story
from bench.soak.trial import Outcome, Trial
from copytaster.store import intake, ledger
from copytaster.store.dispatches import ids_after
from copytaster.store.engine import Store
from copytaster.store.habits import learn_hours
from copytaster.store.holds import hold_dispatch, read_held, release_hold
from copytaster.store.intake import keep_story, refuse
from copytaster.store.ledger import DueTime, Result
from copytaster.values import Credit, Marker, ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from newsdesk.operations.doctor import examine
from newsdesk.operations.retention.sweep import Sweep
from newsdesk.operations.retention.takedown import take_down
from settings import GroupingSettings, RetentionRule, RetentionSettings, Settings

START = datetime(2026, 1, 1, tzinfo=UTC)
WEEKDAY, WEEKEND = 34, 20  # stories a day
BY_HOUR = [1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 9, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 2, 1]  # how they lie in a day
SOURCES, RUNS = 6, 12  # a day each
REFUSED = 3  # pages a day
WORDS = 120
GROWTH = 1.10  # of the largest size until the horizon, its grace and one week have passed
WEEK = 7
MONTH = 30
AGENCIES = ("AFP", "Reuters", "dpa", None)
PARTS = {  # the first that a table's name contains
    "raw": ("raw_pages", "refusals"),
    "ledger": ("runs", "run_", "books", "book_", "source_", "holes", "latencies", "group_days", "in_transit"),
    "grouping": ("traces", "signatures", "awaited", "recipes"),
    "grace": ("removals", "gone"),
    "digests": ("seals",),
}
PLACE = {"configuration", "disk space", "private files", "parser", "sentence encoder", "sources"}


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
    """A fifth of the days, and no sweep."""
    return _live(max(size // 5, 18), seed, sweeps=False)


def _live(days: int, seed: int, *, sweeps: bool) -> Outcome:
    horizon = min(MONTH, days // 6)
    with tempfile.TemporaryDirectory() as folder:
        year = _Year(Path(folder), seed, horizon)
        faults = year.play(days, sweeps=sweeps)
    sizes = [sum(parts.values()) for parts in year.sizes]
    full = horizon + math.ceil(year.retention.grace_days) + WEEK
    settled, later = max(sizes[:full]), sizes[full:]
    held = sum(size <= GROWTH * settled for size in later)
    figures = {
        "horizon_days": horizon,
        "stories": year.count,
        "MB_once_full": settled / 1e6,
        "MB_at_the_end": sizes[-1] / 1e6,
        "largest_growth_afterwards": max(later) / settled,
        "doctor_CPU_s": year.doctor_s,
    }
    detail = f"{days} days; {len(faults)} faults {' '.join(faults)}".strip()
    return Outcome(len(later) + len(faults), held, detail, figures)


class _Year:
    """A store and an index, day by day; `sizes` has the bytes of each part after each day."""

    def __init__(self, folder: Path, seed: int, horizon: int) -> None:
        self.folder, self.horizon = folder, horizon
        self.clock, self.chance = _Clock(), random.Random(seed)
        self.count, self.sizes, self.doctor_s = 0, list[dict[str, int]](), 0.0
        self.retention = RetentionSettings(
            rules=(
                RetentionRule(agency="Reuters", kind="alert", keep_days=horizon / 3),
                RetentionRule(agency="Reuters", keep_days=horizon / 2, pages_days=horizon / 3),
                RetentionRule(publisher="outlet1", keep_days=horizon * 2 / 3),
            ),
            keep_days=horizon,
            pages_days=horizon * 2 / 3,
            refusals_days=horizon / 2,
            grace_days=max(1, horizon / 6),
            quiet_runs_hours=24,
            runs_days=horizon,
            hours_days=horizon,
            dispatches_per_second=0,
        )

    def play(self, days: int, *, sweeps: bool) -> list[str]:
        """Live through the days; what doctor finds wrong at the end."""
        grouping = GroupingSettings(window_hours=12, history_days=self.horizon)
        with (
            mock.patch.object(intake, "datetime", self.clock),
            closing(Store(f"sqlite:///{self.folder}/store.sqlite")) as store,
            closing(EmbeddedIndex(self.folder / "index.sqlite")) as index,
        ):
            prepare_index(store, index)
            grouper = Grouper(store, grouping)
            for day in range(days):
                night = START + timedelta(days=day + 1)
                self._bring_day(store, night - timedelta(days=1))
                list(grouper.group())
                drain(store, index)
                if day % MONTH == MONTH // 2 or day == self.horizon // 2:
                    self._decide(store, night)
                with store.write() as connection:
                    learn_hours(connection, {}, now=night)  # as the service does each hour
                if sweeps:
                    Sweep(store, self.retention, now=night).apply()
                    drain(store, index)
                    while index.compact():
                        pass
                self.sizes.append(_read_sizes(self.folder))
                if days > MONTH and day % MONTH == MONTH - 1:
                    print(f"    day {day + 1:3}, MB: {_describe(self.sizes[-1])}", flush=True)
            begun = time.process_time()
            found = list(examine(store, index, Settings(data_dir=self.folder), self.folder / "none.toml"))
            self.doctor_s = time.process_time() - begun
        return [
            f"{one.check}: {one.detail}" for one in found if one.level == "fault" and one.check not in PLACE
        ]

    def _bring_day(self, store: Store, day: datetime) -> None:
        number = WEEKEND if day.weekday() >= 5 else WEEKDAY  # noqa: PLR2004 - Saturday
        hours = sorted(self.chance.choices(range(24), BY_HOUR, k=number))
        for place, hour in enumerate(hours):
            self.clock.at = day + timedelta(hours=hour, seconds=60 * place)
            self._bring(store, day, place // 2 if self.chance.random() < 0.5 else place, place)  # noqa: PLR2004 - half are copies
        for place in range(REFUSED):
            url = f"https://outlet{place}.example/{day:%Y-%j}/refused"
            page = RawPage(url, f"nothing to read at {url} ".encode() * 40, self.clock.at)
            with store.write() as connection:
                refuse(connection, source=f"source{place}", url=url, reason="no-body", page=page)
        for turn in range(RUNS):
            at = day + timedelta(hours=24 * turn / RUNS)
            with store.write() as connection:
                dues = [DueTime(f"source{number}", at) for number in range(SOURCES)]
                for run_id in ledger.open_runs(connection, dues, holder="trial", now=at).values():
                    ledger.close_run(connection, run_id, Result("ran", found=3, unchanged=3), now=at)

    def _bring(self, store: Store, day: datetime, about: int, place: int) -> None:
        self.count += 1
        body = "\n\n".join(write_story(TOPICS[about % len(TOPICS)], f"{day:%Y-%j} {about}", words=WORDS))
        outlet = f"outlet{place % 5}"
        url = f"https://{outlet}.example/{day:%Y-%j}/{place}"
        alert = (Marker("genre", "alert", None, "ALERT"),) if about % 8 == 1 else ()
        story = ParsedStory(
            f"The news of {about}",
            body,
            outlet,
            url,
            markers=alert,
            credit=Credit(AGENCIES[about % len(AGENCIES)], 0.9),
            published_at=self.clock.at,
        )
        page = RawPage(url, body.encode(), self.clock.at)
        with store.write() as connection:
            keep_story(connection, page=page, story=story, source=f"source{place % 5}", channel="feed")

    def _decide(self, store: Store, at: datetime) -> None:
        """Release what was held a month ago, hold another dispatch, take a third one down."""
        with store.write() as connection:
            for name in read_held(connection).dispatches:
                release_hold(connection, name, who="Ada", why="settled", at=at)
            held, taken = self.chance.sample(ids_after(connection, "", limit=1000), 2)
            hold_dispatch(connection, held, who="Ada", why="in court", at=at)
        take_down(store, taken, who="Ada", why="a court forbids it")


def _read_sizes(folder: Path) -> dict[str, int]:
    """Bytes of each part, whether they are in the file yet or in its log; the log itself is that of the day's largest write."""
    sizes = dict.fromkeys(("record", *PARTS, "free", "index"), 0)
    with closing(sqlite3.connect(folder / "store.sqlite")) as file:
        owner = dict(file.execute("SELECT name, tbl_name FROM sqlite_schema"))
        for name, size in file.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            table = owner.get(name, name)
            sizes[
                next((part for part, words in PARTS.items() if any(one in table for one in words)), "record")
            ] += size
        sizes["free"] = _read_pages(file, "freelist_count")
    with closing(sqlite3.connect(folder / "index.sqlite")) as file:
        sizes["index"] = _read_pages(file, "page_count")
    return sizes


def _read_pages(file: sqlite3.Connection, what: str) -> int:
    (pages,), (size,) = (file.execute(f"PRAGMA {one}").fetchone() for one in (what, "page_size"))
    return int(pages * size)


def _describe(sizes: dict[str, int]) -> str:
    parts = ", ".join(f"{name} {size / 1e6:.2f}" for name, size in sizes.items())
    return f"{sum(sizes.values()) / 1e6:.2f} in all: {parts}"


TRIAL = Trial(
    name="flat-disk",
    promise="Once copy is as old as it may get, store and index grow no more, and the books are right",
    run=run,
    control=control,
    short=18,
    long=365,
)
