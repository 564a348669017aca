"""Runs one stage of the service in its event loop: wakes when copy waits, retries after errors, finishes at a stop."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from copytaster.backoff import Backoff
from copytaster.errors import BusyError, CopytasterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.service_health import PartName
    from newsdesk.operations.health import Health

LOOK_EVERY_S = 1.0  # for what other processes stored, and for postponed documents
BACKOFF = Backoff(first_s=1.0, longest_s=60.0, jitter=0.5)
REST_S = 3.0  # after an error, whatever comes in
LAST_PASS_S = 2.0  # for what is left at a stop
PASS_S = 10.0  # of indexing, after which the worker looks at the lease again

log = structlog.get_logger(__name__)


class StageWorker:
    """Repeats a stage's work whenever something waits for it, and once more when it is finished.

    Args:
        name: the part of the service under which health is kept.
        work: does one slice, in a thread, until its `should_end` says True; gives back how much was done, None where
            all that waits was postponed.
        may_work: False on standby, where the process that holds the lease does the work.
        on_done: called after each slice that did something.
        prepare: called in a thread on standby, again and again, until its `should_end` says True.
    """

    def __init__(
        self,
        name: PartName,
        work: Callable[[Callable[[], bool]], int | None],
        *,
        health: Health,
        may_work: Callable[[], bool],
        on_done: Callable[[], None] = lambda: None,
        prepare: Callable[[Callable[[], bool]], None] | None = None,
    ) -> None:
        self.name = name
        self._prepare = prepare
        self.wake = asyncio.Event()
        self.last = asyncio.Event()  # set: the next pass is the last
        self._may_end = True
        self._work = work
        self._health = health
        self._may_work = may_work
        self._on_done = on_done

    def finish(self, *, is_ours: bool = True) -> None:
        """Make the next pass the last one; `run` returns after it. Without `is_ours` as if this were one on standby."""
        self._may_end = is_ours
        self.last.set()
        self.wake.set()

    async def run(self) -> None:
        """Work until `finish` is called.

        An error is kept in the service health and retried, at ever longer intervals. New copy shortens the interval,
        though never below three seconds.
        """
        failures = 0
        while True:
            is_last = self.last.is_set()
            rest_s, pause_s = 0.0, LOOK_EVERY_S
            try:
                if self._may_work() or (is_last and self._may_end):
                    is_done = await self._work_off()
                    if is_done or not failures:  # postponing everything does not end a failure
                        await asyncio.to_thread(self._health.note, self.name)
                        failures = 0
                elif self._prepare is not None and not is_last:
                    await asyncio.to_thread(self._prepare, self._is_wanted)
            except Exception as error:  # noqa: BLE001 - kept and retried
                if isinstance(error, BusyError) and not self._may_work():  # another process goes on with it
                    log.warning("part.passed_on", part=self.name, why=str(error))
                else:
                    pause_s = await self._note_failure(error, failures)
                    rest_s = min(pause_s, REST_S)
                    failures += 1
            if is_last:
                return
            await _wait(self.last, rest_s)
            await _wait(self.wake, pause_s - rest_s)
            self.wake.clear()

    async def _note_failure(self, error: Exception, failures: int) -> float:
        """Log an error and keep it in the service health; returns the pause before the next try."""
        retry_s = BACKOFF.limit_s(failures)
        if isinstance(error, CopytasterError):  # it says what is wrong without a traceback
            log.error("part.failed", part=self.name, error=str(error), retry_s=retry_s)
        else:
            log.error("part.failed", part=self.name, retry_s=retry_s, exc_info=error)
        await asyncio.to_thread(self._health.note, self.name, error)
        return BACKOFF.pause_s(failures)

    def _is_wanted(self) -> bool:
        """True once a standby has better things to do than to prepare."""
        return self.last.is_set() or self._may_work()

    async def _work_off(self) -> bool:
        """Work until nothing is left, a stop comes or the last pass is over; False if all that waits was postponed."""
        loop, is_last = asyncio.get_running_loop(), self.last.is_set()
        end = loop.time() + LAST_PASS_S if is_last else math.inf
        while done := await asyncio.to_thread(self._work, self._limit_slice()):
            self._on_done()
            if loop.time() >= end or (self.last.is_set() and not is_last):  # the last pass is still to come
                return True
            if not (is_last or self._may_work()):  # another process goes on
                return True
        return done is not None

    def _limit_slice(self) -> Callable[[], bool]:
        """A `should_end` for a slice that begins now: True at a stop, and in time to look at the lease again."""
        is_last = self.last.is_set()
        end = time.monotonic() + (LAST_PASS_S if is_last else PASS_S)
        return lambda: time.monotonic() >= end or (self.last.is_set() and not is_last)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
