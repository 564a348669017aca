"""The part of the outbox that this process writes: shares, each with a lease, as many as is fair among those that index.

On a search server that other machines write too, each share of the outbox has a lease of its own. The embedded index belongs
to one process at a time: then one lease stands for the whole outbox.
"""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError
from copytaster.schedule.shares import INDEX_LEASES
from copytaster.store.outbox import OutboxPart
from newsdesk.fair_part import FairPart
from newsdesk.roles import Role
from newsdesk.stage_lease import StageLease

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from copytaster.store.engine import Store

    Write = Callable[[Callable[[], bool], OutboxPart], int | None]

log = structlog.get_logger(__name__)


class OutboxShares:
    """Takes shares, gives back what is more than fair, and lets writing go on under those that it holds.

    Args:
        is_shared: whether other processes may write the same index.
        may_take: False while this process is on standby for all of it.
        on_taken: called on the loop when a share was taken.
    """

    def __init__(
        self,
        store: Store,
        *,
        is_shared: bool,
        may_take: Callable[[], bool] = lambda: True,
        on_taken: Callable[[], None] = lambda: None,
        holder: str | None = None,
    ) -> None:
        self._may_take = may_take
        self._part = FairPart(store, Role.INDEX)
        self._is_shared = is_shared
        names = INDEX_LEASES if is_shared else INDEX_LEASES[:1]
        self._leases = [self._make_lease(store, share, on_taken, holder) for share in range(len(names))]
        self._lock = Lock()
        self._used: frozenset[int] = frozenset()

    @property
    def held(self) -> frozenset[int]:
        """The shares that this process holds, as far as it knows."""
        return frozenset(share for share, lease in enumerate(self._leases) if lease.is_held)

    @property
    def holds_first(self) -> bool:
        """True if this process does what one process that indexes does for all."""
        return self._leases[0].is_held

    def note_change(self) -> None:
        """Look at the leases now: whether this process may take them may have changed. Call it on the loop."""
        for lease in self._leases:
            lease.wake.set()

    def stop(self) -> None:
        """Give back every share; `run` returns then."""
        for lease in self._leases:
            lease.stop()

    async def run(self) -> None:
        """Take shares and keep them until stopped."""
        looking = asyncio.create_task(self._part.follow(self.note_change)) if self._is_shared else None
        try:
            await asyncio.gather(*(lease.run() for lease in self._leases))
        finally:
            if looking is not None:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    def write(self, work: Write, should_end: Callable[[], bool]) -> int | None:
        """Do one slice of `work` on the shares that this process holds now; what was done, as `work` returns it.

        A slice ends early where a share is to be passed on; one whose shares were taken over is given up.
        """
        with self._lock:
            self._used = used = self._list_kept()
        try:
            if not used:
                return 0
            part = OutboxPart(used, len(self._leases))
            return work(lambda: should_end() or not used <= self._list_kept(), part)
        except BusyError as error:
            if used <= self.held:
                raise
            log.warning("share.taken_over", why=str(error))
            return 0
        finally:
            with self._lock:
                self._used = frozenset()

    def confirm(self, connection: Connection) -> None:
        """Keep others from taking the shares that are being written until this transaction ends.

        Raises:
            BusyError: this process no longer holds one of them; write nothing.
        """
        for share in sorted(self._used):
            self._leases[share].confirm(connection)

    def _make_lease(
        self, store: Store, share: int, on_taken: Callable[[], None], holder: str | None
    ) -> StageLease:
        return StageLease(
            store,
            INDEX_LEASES[share],
            may_take=lambda: self._may_hold(share),
            is_busy=lambda: self._is_used(share),
            on_taken=on_taken,
            holder=holder,
        )

    def _may_hold(self, share: int) -> bool:
        if not self._may_take():
            return False
        most = self._part.most if self._is_shared else 1
        held = self.held
        return sum(one < share for one in held) < most if share in held else len(held) < most

    def _list_kept(self) -> frozenset[int]:
        """The shares that are held and not to be passed on."""
        return frozenset(share for share in self.held if self._may_hold(share))

    def _is_used(self, share: int) -> bool:
        with self._lock:
            return share in self._used
