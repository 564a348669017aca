"""Takes one lease, renews it and gives it back. When it may be taken is decided in `copytaster.store.leases`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from copytaster.errors import BusyError
from copytaster.light_structlog import structlog
from copytaster.process_id import this_process
from copytaster.schedule.clock import SystemClock
from copytaster.store import leases
from copytaster.store.sessions import end_sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from copytaster.schedule.clock import Clock
    from copytaster.store.engine import Store
    from copytaster.store.leases import Lease, LeaseSighting

log = structlog.get_logger(__name__)


class LeaseKeeper:
    """Takes and renews the lease `name` for one process.

    Args:
        lease_s: another process takes over after so long without a renewal.
        note: called in a thread with the error when the store cannot be reached.
        holder: the id of this process, see `copytaster.process_id`.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        *,
        lease_s: float,
        clock: Clock | None = None,
        note: Callable[[Exception | None], None] = lambda _error: None,
        holder: str | None = None,
    ) -> None:
        self._store = store
        self._name = name
        self._lease_s = lease_s
        self._clock = clock or SystemClock()
        self._note = note
        self._holder = holder or this_process()
        self.look_s = lease_s / 5
        self._seen: LeaseSighting | None = None
        self._since = self._clock.steady()

    @property
    def sees_other(self) -> bool:
        """True if another process held the lease at the last look."""
        return self._seen is not None and self._seen.holder != leases.NOBODY

    async def try_to_take(self, *, may_take: bool = True) -> Lease | None:
        """Take the lease if it is free or its holder is silent; None while it is not. Call it every `look_s`.

        Without `may_take` only look: so that the silence of a holder is known by the time that this process may.
        """
        is_silent = self._clock.steady() - self._since >= self._lease_s
        silent = self._seen if is_silent else None
        try:
            lease, sight = await asyncio.to_thread(self._try_to_take, silent, may_take=may_take)
        except Exception as error:
            log.exception("lease.unreachable", lease=self._name)
            await asyncio.to_thread(self._note, error)
            return None
        if lease is not None:
            log.info("lease.taken", lease=self._name, number=lease.token)
            self._seen = None
            return lease
        if sight != self._seen:
            if may_take and sight and (self._seen is None or sight.holder != self._seen.holder):
                log.info("lease.standby", lease=self._name, holder=sight.holder)
            self._seen, self._since = sight, self._clock.steady()
        return None

    def _try_to_take(
        self, silent: LeaseSighting | None, *, may_take: bool
    ) -> tuple[Lease | None, LeaseSighting | None]:
        with self._store.read() as connection:  # a frozen holder may have locked the row
            seen = leases.look_at(connection, self._name)
            if not may_take or not leases.is_free(seen, silent):
                return None, seen
            if seen is not None and seen.holder != leases.NOBODY:
                self._end_sessions(connection, seen.holder)
        with self._store.write() as connection:
            lease = leases.take(
                connection, self._name, self._holder, now=self._clock.now(), stood_still=silent
            )
            return lease, leases.look_at(connection, self._name)

    def _end_sessions(self, connection: Connection, holder: str) -> None:
        """End what a silent holder has open in the database: it may hold locks for as long as it is frozen."""
        ended = end_sessions(connection, holder) if holder != self._holder else 0
        if ended:
            log.warning("lease.sessions_ended", lease=self._name, holder=holder, sessions=ended)

    async def renew_until_lost(self, lease: Lease) -> None:
        """Renew the lease; ends when it is lost, or may be lost because no renewal succeeded in time."""
        last = self._clock.steady()
        while self._clock.steady() - last < self._lease_s:
            await asyncio.sleep(self.look_s)
            try:
                await asyncio.to_thread(self._renew, lease)
                last = self._clock.steady()
            except BusyError as error:
                log.warning("lease.lost", lease=self._name, why=str(error))
                return
            except Exception:
                log.exception("lease.renew_failed", lease=self._name)
        log.warning("lease.lost", lease=self._name, why="it could not be renewed in time")

    def _renew(self, lease: Lease) -> None:
        with self._store.write() as connection:
            leases.renew(connection, lease, now=self._clock.now())

    async def release(self, lease: Lease) -> None:
        """Let others take it at once."""
        try:
            await asyncio.to_thread(self._let_go, lease)
        except Exception:
            log.exception("lease.release_failed", lease=self._name)

    def _let_go(self, lease: Lease) -> None:
        with self._store.write() as connection:
            leases.let_go(connection, lease)
