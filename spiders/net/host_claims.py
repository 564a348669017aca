"""Holds the claims of the hosts that this process requests, so that other processes leave them alone meanwhile.

A claim lasts from the moment before it was requested, by this process's own elapsed time: a process that was frozen for
longer has to claim again before its next request.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import CopytasterError
from copytaster.process_id import this_process
from copytaster.store.host_claims import CLAIM_S, Claim, claim_host, forget_ended

if TYPE_CHECKING:
    from copytaster.store.engine import Store

MARGIN = 0.2  # of a claim's time: so long before its end it is renewed, and a request that has begun is sent meanwhile
LOOK_S = 0.5  # between two tries while another process has the host

log = structlog.get_logger(__name__)


class HostClaims:
    """The claims of one process, kept while a request to the host is under way. Used from one event loop.

    Args:
        store: a file is crawled by one process: no claim is needed then.
        holder: the id of this process, see `copytaster.process_id`.
        claim_s: how long a claim lasts without being renewed.
    """

    def __init__(self, store: Store, *, holder: str | None = None, claim_s: float = CLAIM_S) -> None:
        self._store = store
        self._claim_s = claim_s
        self._holder = holder or this_process()
        self._good_until: dict[str, float] = {}
        self._taken_at: dict[str, float] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._under_way: Counter[str] = Counter()
        self._keeping: dict[str, asyncio.Task[None]] = {}
        if store.is_server:
            with store.write() as connection:
                forget_ended(connection)

    def holds(self, host: str) -> bool:
        """True while this process may request the host."""
        return not self._store.is_server or time.monotonic() < self._good_until.get(host, 0.0)

    def taken_at(self, host: str) -> float:
        """When this process got the host from another one, on the monotonic clock; long ago if it never did."""
        return self._taken_at.get(host, -math.inf)

    def begin(self, host: str) -> None:
        """Keep the claim of the host from now on, once there is one."""
        self._under_way[host] += 1
        if self._store.is_server and host not in self._keeping:
            self._keeping[host] = asyncio.get_running_loop().create_task(self._keep(host))

    def end(self, host: str) -> None:
        """Keep the claim no longer, unless another request is under way; it ends by itself."""
        self._under_way[host] -= 1
        if not self._under_way[host]:
            del self._under_way[host]
            if keeping := self._keeping.pop(host, None):
                keeping.cancel()

    async def _keep(self, host: str) -> None:
        while True:
            await self.hold(host)
            await asyncio.sleep(max(0.0, self._good_until[host] - time.monotonic()))

    async def hold(self, host: str) -> None:
        """Wait until this process may request the host."""
        while not self.holds(host):
            async with self._turns.setdefault(host, asyncio.Lock()):
                if self.holds(host):
                    return
                begun = time.monotonic()
                claim = await asyncio.to_thread(self._claim, host)
                if claim is Claim.REFUSED:
                    await asyncio.sleep(LOOK_S)
                    continue
                if claim is Claim.TAKEN:
                    self._taken_at[host] = time.monotonic()
                self._good_until[host] = begun + self._claim_s * (1 - MARGIN)

    def _claim(self, host: str) -> Claim:
        try:
            with self._store.write() as connection:
                return claim_host(connection, host, self._holder, seconds=self._claim_s)
        except CopytasterError as error:
            log.warning("host.not_claimed", host=host, why=str(error))
            return Claim.REFUSED
