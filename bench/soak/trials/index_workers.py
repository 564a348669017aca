"""Indexers that share one outbox, killed and frozen in the middle of their batches: nothing lost, nothing settled twice."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import func, select, update

from bench import postgres
from bench.soak.crawl_newsroom import CrawlNewsroom, working
from bench.soak.newsroom import Newsroom
from bench.soak.noted_index import TABLES, UNSHARED, read_faults
from bench.soak.trial import Outcome, Trial
from copytaster.schedule.shares import INDEX_LEASES
from copytaster.store import outbox
from copytaster.store.dispatches import ids_after
from copytaster.store.engine import Store
from copytaster.store.installation import next_changes
from copytaster.store.tables import dispatches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.postgres import Postgres

FAULTS = ("freeze", "kill")
STORIES = 160  # two a dispatch
MANY = 8  # faults, from which on there are four workers and each freeze lasts half a minute
FROZEN_S = 30.0
INDEXING = ("-m", "bench.soak.noted_index")


class IndexNewsroom(CrawlNewsroom):
    """Workers of the role `index`, and dispatches that change."""

    role = "index"
    leases = INDEX_LEASES

    def __init__(
        self, config: Path, store: Store, server: Postgres, seed: int, module: Sequence[str] = INDEXING
    ) -> None:
        super().__init__(config, store, server, seed, module)
        self.store, self.changes = store, 0

    def change_all(self) -> None:
        """A new change of every dispatch."""
        with self.store.write() as connection:
            names = ids_after(connection, "", limit=STORIES)
            changes = list(zip(names, next_changes(connection, len(names)), strict=True))
            for name, change in changes:
                connection.execute(update(dispatches).where(dispatches.c.id == name).values(change=change))
            outbox.enqueue_many(connection, changes, at=datetime.now(UTC))
        self.changes += len(changes)

    def is_busy(self) -> bool:
        """Half of the outbox waits."""
        with self.store.read() as connection:
            waiting = outbox.read_backlog(connection).waiting
            return 0 < waiting <= (connection.scalar(select(func.count()).select_from(dispatches)) or 0) // 2

    def is_done(self) -> bool:
        """Nothing waits."""
        with self.store.read() as connection:
            return not outbox.read_backlog(connection).waiting


def run(size: int, seed: int) -> Outcome:
    """`size` faults in turn, each while every dispatch waits with a new change."""
    return _try(size, seed, INDEXING)


def control(size: int, seed: int) -> Outcome:
    """No fault, but each worker writes the whole outbox, and no lease is confirmed."""
    return _try(0, seed + size, (*INDEXING, UNSHARED))


TRIAL = Trial(
    name="index-workers",
    promise="indexers of one outbox killed and frozen 30 s: 0 lost, 0 settled twice, a newer document never replaced",
    run=run,
    control=control,
    short=len(FAULTS),
    long=40,
)


def _try(size: int, seed: int, module: tuple[str, ...]) -> Outcome:
    if reason := postgres.why_not():
        return Outcome(0, 0, "", skipped=reason)
    faults = [FAULTS[number % len(FAULTS)] for number in range(size)]
    random.Random(seed).shuffle(faults)
    workers, frozen_s = (4, FROZEN_S) if size >= MANY else (2, 0.0)
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.running() as server,
        closing(Store(server.make_database())) as store,
    ):
        _bring_dispatches(Path(folder), store.url, seed)
        newsroom = IndexNewsroom(_write_config(Path(folder), store.url), store, server, seed, module)
        with working(newsroom, workers):
            newsroom.change_all()
            for fault in faults:
                newsroom.wait(newsroom.is_done)
                newsroom.change_all()
                newsroom.strike(fault, frozen_s=frozen_s)
                newsroom.change_all()  # newer than what a frozen one still holds
            newsroom.wait(newsroom.is_done)
        wrong = dict(read_faults(store.url))
    injected = max(1, size)
    figures = {"back (s)": median(newsroom.back_s), "back at most (s)": max(newsroom.back_s)} if size else {}
    return Outcome(
        injected,
        max(0, injected - sum(wrong.values())),
        f"{workers} indexers, changes {newsroom.changes}: lost {wrong['lost']}, settled twice {wrong['doubled']}",
        figures,
    )


def _bring_dispatches(folder: Path, url: str, seed: int) -> None:
    with Newsroom(folder, str(seed), url=url) as newsroom:
        newsroom.bring(STORIES)
        newsroom.group()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(TABLES)


def _write_config(folder: Path, url: str) -> Path:
    """A search server is named, as the outbox is shared only then; the noted index takes its place."""
    path = folder / "sources.toml"
    path.write_text(
        f'[settings]\ndatabase_url = "{url}"\ndata_dir = "{folder / "data"}"\n'
        '[settings.elasticsearch]\nurl = "http://127.0.0.1:9"\n[settings.scrub]\nenabled = false\n'
    )
    return path
