"""Several real crawl workers on one PostgreSQL, which a trial kills, freezes and cuts off from their store."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.errors import CopytasterError
from copytaster.schedule.shares import CRAWL_LEASES
from copytaster.store.leases import list_holders
from copytaster.store.ledger import list_running
from copytaster.store.tables import runs, stories, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.postgres import Postgres
    from bench.soak.crawl_hosts import CrawlHosts
    from copytaster.store.engine import Store

DELAY_S = 0.5  # between two requests to a host
PATIENCE_S = 300.0
LOOK_S = 0.1
GUARDED = ("-m", "newsdesk")
UNGUARDED = ("-m", "bench.soak.unfenced_service")


class CrawlNewsroom:
    """Workers of the role `crawl`; of another one in a subclass.

    Args:
        module: how Python starts one.

    Attributes:
        back_s: how long after each fault others, or the same ones, held every share again.
    """

    role = "crawl"
    leases: Sequence[str] = CRAWL_LEASES

    def __init__(
        self, config: Path, store: Store, server: Postgres, seed: int, module: Sequence[str] = GUARDED
    ) -> None:
        self._config, self._store, self._server, self._module = config, store, server, module
        self._chance = random.Random(seed)
        self._workers: list[subprocess.Popen[bytes]] = []
        self.back_s: list[float] = []

    def start(self) -> None:
        """Start a worker more."""
        command = [sys.executable, *self._module, "run", "--role", self.role, "--config", str(self._config)]
        self._workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    def strike(self, fault: str, *, frozen_s: float) -> None:
        """Put one fault in while sources are under way, and wait until every share is held again."""
        self.wait(self.is_busy)
        getattr(self, f"_{fault}")(frozen_s)

    def _kill(self, _frozen_s: float) -> None:
        worker = self._choose()
        self._workers.remove(worker)
        worker.kill()
        worker.wait()
        self._wait_for_others(worker.pid)
        self.start()

    def _kill_crawl(self, _frozen_s: float) -> None:
        """Only the crawl process of a worker."""
        for pid in list_descendants(self._choose().pid)[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _freeze(self, frozen_s: float) -> None:
        """A worker with all its processes, until others work on what it held, and at least for so long."""
        worker = self._choose()
        pids = [worker.pid, *list_descendants(worker.pid)]
        begun = time.monotonic()
        _signal_all(pids, signal.SIGSTOP)
        try:
            self._wait_for_others(worker.pid)
            time.sleep(max(0.0, frozen_s - (time.monotonic() - begun)))
        finally:
            _signal_all(pids, signal.SIGCONT)

    def _restart(self, _frozen_s: float) -> None:
        begun = time.monotonic()
        self._server.restart()
        self.wait(lambda: len(self._find_holders()) == len(self.leases))
        self.back_s.append(time.monotonic() - begun)

    def _choose(self) -> subprocess.Popen[bytes]:
        """A worker that holds shares: a fault in any other one tries nothing."""
        self.wait(lambda: len(self._find_holders()) == len(self.leases))
        holding = set(self._find_holders().values())
        return self._chance.choice([worker for worker in self._workers if worker.pid in holding])

    def _wait_for_others(self, struck: int) -> None:
        begun = time.monotonic()
        self.wait(
            lambda: len(held := self._find_holders()) == len(self.leases) and struck not in held.values()
        )
        self.back_s.append(time.monotonic() - begun)

    def wait_for_shares(self, workers: int) -> None:
        """Wait until so many workers hold shares."""
        self.wait(lambda: len(set(self._find_holders().values())) == workers)

    def _find_holders(self) -> dict[str, int]:
        with self._store.read() as connection:
            held = list_holders(connection)
        return {name: int(held[name].split(":")[1]) for name in self.leases if name in held}

    @property
    def pids(self) -> list[int]:
        """Every process of every worker."""
        return [pid for one in self._workers for pid in (one.pid, *list_descendants(one.pid))]

    def is_busy(self) -> bool:
        """Whether work is under way, which a fault would interrupt."""
        with self._store.read() as connection:
            return bool(list_running(connection))

    def wait(self, condition: Callable[[], bool]) -> None:
        """Look at the store again and again, also while it cannot be reached."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(CopytasterError):
                if condition():
                    return
            time.sleep(LOOK_S)
        raise TimeoutError(f"not within {PATIENCE_S:g} s")

    def close(self) -> None:
        """Let every worker finish."""
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            try:
                worker.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                worker.kill()


@contextmanager
def working(newsroom: CrawlNewsroom, workers: int) -> Iterator[None]:
    """So many workers, until the block ends."""
    try:
        for _ in range(workers):
            newsroom.start()
        newsroom.wait_for_shares(workers)
        yield
    finally:
        newsroom.close()


def write_sources(folder: Path, hosts: CrawlHosts, url: str, *, delay_s: float = DELAY_S) -> Path:
    """Sources of every feed, due again and again."""
    path = folder / "sources.toml"
    listed = "".join(
        f'[[source]]\nname = "port-{feed}"\npublisher = "Port {feed}"\nkind = "feed"\ninterval = "2s"\n'
        f'url = "{hosts.address_of(feed)}"\n'
        for feed in range(hosts.feeds)
    )
    path.write_text(
        f'[settings]\ndatabase_url = "{url}"\ndata_dir = "{folder / "data"}"\n'
        f'[settings.crawl]\nallow_addresses = ["127.0.0.0/8"]\ndelay_s = {delay_s}\n'
        f"[settings.schedule]\nshortest_interval_s = 2\ndrain_s = 5\n{listed}"
    )
    return path


def read_stored(store: Store) -> tuple[set[str], int, int]:
    """Addresses of the stories, how many versions there are beyond one a story, and runs of a source that overlapped."""
    with store.read() as connection:
        urls = connection.execute(select(stories.c.url)).scalars().all()
        number = len(connection.execute(select(versions.c.id)).all())
        ended = connection.execute(
            select(runs.c.source, runs.c.started_at, runs.c.ended_at)
            .where(runs.c.started_at.is_not(None), runs.c.ended_at.is_not(None))
            .order_by(runs.c.source, runs.c.started_at)
        ).all()
    overlapping = sum(
        one.source == after.source and after.started_at < one.ended_at
        for one, after in itertools.pairwise(ended)
    )
    return set(urls), number - len(urls), overlapping


def list_descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, path.read_text(encoding="ascii").split()):
                found += [child, *list_descendants(child)]
    return found


def _signal_all(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
