"""The lease of a stage that one process works on at a time; every other process that has the role is on standby."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from copytaster.errors import BusyError
from copytaster.schedule.lease_keeper import LeaseKeeper
from copytaster.store import leases

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.leases import Lease

LEASE_S = 5.0  # another process takes over after so long without a renewal
LOOK_S = LEASE_S / 5


class StageLease:
    """Takes the lease `name` whenever this process may, and keeps it until the process stops.

    Args:
        may_take: False while another process is to have it; a lease that is held is given back then.
        is_busy: True while work goes on under the lease, which is not given back meanwhile.
        on_taken: called on the loop when the lease was taken.
        holder: the id of this process, see `copytaster.process_id`.

    Attributes:
        wake: set it when `may_take` may have changed.
        has_looked: True once it is known which process holds the lease.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        *,
        may_take: Callable[[], bool] = lambda: True,
        is_busy: Callable[[], bool] = lambda: False,
        on_taken: Callable[[], None] = lambda: None,
        holder: str | None = None,
    ) -> None:
        self.name = name
        self.wake = asyncio.Event()
        self._keeper = LeaseKeeper(store, name, lease_s=LEASE_S, holder=holder)
        self.may_take = may_take
        self._is_busy = is_busy
        self._on_taken = on_taken
        self._lease: Lease | None = None
        self._is_stopped = False
        self.has_looked = False

    @property
    def is_held(self) -> bool:
        """True if this process holds the lease, as far as it knows."""
        return self._lease is not None

    def confirm(self, connection: Connection) -> None:
        """Keep others from taking the lease until this transaction ends. Safe to call from any thread.

        Raises:
            BusyError: this process does not hold it, or no longer does; write nothing.
        """
        lease = self._lease
        if lease is None:
            raise BusyError(
                "this process does not hold it", resource=f"lease {self.name}", hint="it waits for its turn"
            )
        try:
            leases.confirm(connection, lease)
        except BusyError:
            self._lease = None
            raise

    def stop(self) -> None:
        """Give the lease back; `run` returns then."""
        self._is_stopped = True
        self.wake.set()

    async def run(self) -> None:
        """Take the lease, renew it while this process may hold it, and repeat, until stopped."""
        while not self._is_stopped:
            lease = await self._keeper.try_to_take(may_take=self.may_take())
            if lease is not None:
                self._lease = lease
                self.has_looked = True
                self._on_taken()
                await self._hold(lease)
                self._lease = None
                await self._keeper.release(lease)
            else:
                self.has_looked = self.has_looked or self._keeper.sees_other
                await self._pause()

    async def _hold(self, lease: Lease) -> None:
        renewing = asyncio.create_task(self._keeper.renew_until_lost(lease))
        try:
            while not (self._is_stopped or renewing.done()) and self.is_held:
                if not (self.may_take() or self._is_busy()):
                    break
                await self._pause()
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.wake.wait(), LOOK_S)
        self.wake.clear()
