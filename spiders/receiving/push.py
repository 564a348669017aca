"""Copy that others push: requests hand it over and wait until it is committed."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING

from copytaster.errors import BusyError
from spiders.receiving.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copytaster.values import RawPage
    from spiders.receiving.items import KeptItem

WAITING = 100  # deliveries; after that a sender has to try again later


class PushReceiver:
    """A short queue between the threads of requests and the thread that stores."""

    def __init__(self) -> None:
        self._queue: deque[Delivery] = deque()
        self._ended: dict[str, Future[Sequence[KeptItem]]] = {}
        self._number = 0
        self._closed = False
        self._arrived = threading.Condition()

    def push(self, page: RawPage) -> Future[Sequence[KeptItem]]:
        """Hand over a page; the future ends after its commit.

        Raises:
            BusyError: too many deliveries wait, or the service is stopping.
        """
        with self._arrived:
            if self._closed or len(self._ended) >= WAITING:
                raise BusyError(
                    "the service is stopping" if self._closed else f"{WAITING} deliveries wait already",
                    resource="push",
                    hint="send it again in a moment",
                )
            self._number += 1
            name = str(self._number)
            ended: Future[Sequence[KeptItem]] = Future()
            self._ended[name] = ended
            self._queue.append(Delivery(name, page))
            self._arrived.notify()
        return ended

    def look(self) -> Sequence[Delivery]:
        """What was handed over since the last look."""
        with self._arrived:
            found = list(self._queue)
            self._queue.clear()
        return found

    def settle(self, delivery: Delivery, kept: Sequence[KeptItem]) -> None:
        """Answer the sender."""
        with self._arrived:
            ended = self._ended.pop(delivery.name, None)
        if ended is not None and not ended.done():
            ended.set_result(kept)

    def leave(self, delivery: Delivery) -> None:
        """Requests are whole: there is nothing to wait for."""

    def wait(self, seconds: float) -> None:
        """Return as soon as something is handed over."""
        with self._arrived:
            if not self._queue:
                self._arrived.wait(seconds)

    def close(self) -> None:
        """Let no sender wait for what will not be stored."""
        with self._arrived:
            self._closed = True
            waiting, self._ended = self._ended, {}
            self._queue.clear()
        for ended in waiting.values():
            ended.cancel()
