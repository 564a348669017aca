"""Turns at something scarce, such as a host or a parser: the most urgent one that waits is next, the oldest of these first."""

from __future__ import annotations

import asyncio
import heapq
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FEED, FRESH, BACKFILL = 0, 1, 2  # urgency of a request or a job


class Turns:
    """Hands out turns; used from one event loop.

    Args:
        size: turns at the same time.
    """

    def __init__(self, size: int) -> None:
        self._free = size
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return sum(not future.done() for _, _, future in self._queue)

    async def take(self, urgency: int) -> None:
        """Wait for a turn."""
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (urgency, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was handed over at the same moment
                self.give_back()
            raise

    def give_back(self) -> None:
        """End a turn."""
        while self._queue:
            _, _, turn = heapq.heappop(self._queue)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    @asynccontextmanager
    async def turn(self, urgency: int) -> AsyncIterator[None]:
        """A turn as long as the context lasts."""
        await self.take(urgency)
        try:
            yield
        finally:
            self.give_back()
