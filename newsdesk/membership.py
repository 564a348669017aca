"""Enters this process among the workers of the service, and refuses one that does not fit the store or its clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError, ConfigurationError, CopytasterError
from copytaster.process_id import find_host, this_process
from copytaster.store import workers
from copytaster.store.schema import read_revisions
from copytaster.store.service_health import keep_only_hosts
from copytaster.store.workers import BEAT_S, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection

    from copytaster.schedule.load import CrawlLoad
    from copytaster.store.engine import Store
    from newsdesk.roles import Role

MOST_CLOCK_S = 10.0  # by which a clock may differ from the database's

log = structlog.get_logger(__name__)


class Membership:
    """Keeps the row of this process in the table of workers.

    Args:
        load: of its crawls; kept with each beat.
        is_checked: whether version and clock have to fit: other processes share the work.
        on_refused: called on the loop with the reason when they no longer do.
        now: the clock of this machine.
    """

    def __init__(
        self,
        store: Store,
        roles: Collection[Role],
        load: CrawlLoad,
        *,
        is_checked: bool,
        on_refused: Callable[[CopytasterError], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._roles = tuple(sorted(roles))
        self._load = load
        self._is_checked = is_checked
        self._on_refused = on_refused
        self._now = now
        self._since = now()

    def beat(self) -> None:
        """Enter this process, or note that it lives.

        Raises:
            ConfigurationError: the schema of the store is another than this program's.
            BusyError: the clock of this machine differs too much from the database's.
        """
        with self._store.write() as connection:
            ahead_s = self._measure_clock(connection)
            if self._is_checked:
                _require_version(connection)
                _require_clock(ahead_s)
            workers.forget_silent(connection)
            workers.keep_worker(connection, self._describe(ahead_s))
            keep_only_hosts(connection, {find_host(one.holder) for one in workers.list_workers(connection)})

    def _measure_clock(self, connection: Connection) -> float:
        before = self._now()
        there = workers.read_clock(connection)
        return ((before - there) + (self._now() - there)).total_seconds() / 2

    def _describe(self, ahead_s: float) -> Worker:
        load = self._load
        crawls = {"busy": load.busy, "waiting": load.waiting, "delay_s": round(load.delay_s(0.95), 3)}
        has_crawls = "crawl" in self._roles
        return Worker(
            this_process(),
            self._roles,
            version("copytaster"),
            self._since,
            clock_s=round(ahead_s, 3),
            load=crawls if has_crawls else {},
        )

    async def run(self) -> None:
        """Give a beat every few seconds until cancelled or refused."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await asyncio.to_thread(self.beat)
            except (ConfigurationError, BusyError) as error:
                if not self._is_checked:  # the store is busy
                    continue
                log.error("worker.refused", why=str(error))  # noqa: TRY400 - it says what is wrong
                self._on_refused(error)
                return
            except Exception as error:  # noqa: BLE001 - the parts that use the store say so
                log.warning("worker.no_beat", why=str(error))

    def leave(self) -> None:
        """Take the row out; never raises."""
        try:
            with self._store.write() as connection:
                workers.remove_worker(connection, this_process())
        except CopytasterError as error:
            log.warning("worker.not_removed", why=str(error))


def _require_version(connection: Connection) -> None:
    current, known = read_revisions(connection)
    if current != known:
        raise ConfigurationError(
            f"the store has schema {current} and this program schema {known}",
            resource="store",
            hint="run the same version of Copytaster everywhere",
        )


def _require_clock(ahead_s: float) -> None:
    if abs(ahead_s) > MOST_CLOCK_S:
        way = "ahead of" if ahead_s > 0 else "behind"
        raise BusyError(
            f"the clock of this machine is {abs(ahead_s):.0f} s {way} the database's",
            resource="clock",
            hint=f"set it, for instance by NTP; {MOST_CLOCK_S:g} s are allowed",
        )
