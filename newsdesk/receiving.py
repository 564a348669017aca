"""Watches the places where copy arrives by itself, while this process holds the lease: one thread a source."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import structlog

from copytaster.backoff import Backoff
from copytaster.errors import BusyError
from copytaster.store.sources import read_state
from spiders.kinds import RECEIVERS
from spiders.publishers import Publishers
from spiders.receiving.push import PushReceiver
from spiders.receiving.reception import Reception
from spiders.sandbox.start import make_parsers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from concurrent.futures import Future

    from copytaster.store.engine import Store
    from copytaster.values import RawPage
    from newsdesk.operations.health import Health
    from settings import Settings
    from spiders.receiving.delivery import Receiver
    from spiders.receiving.items import KeptItem
    from spiders.sandbox.pool import ParsingPool
    from spiders.sources.config import Source, Sources

LOOK_S = 0.25  # between two looks: a file is seen twice before it is read, and picked up within a second
STANDBY_S = 1.0
STOP_S = 10.0  # for the deliveries that are being taken in at a stop
BACKOFF = Backoff(first_s=1.0, longest_s=30.0)

log = structlog.get_logger(__name__)


class Receiving:
    """Runs a watch for every enabled source whose copy arrives by itself.

    Args:
        store: where copy goes.
        settings: budgets of parsing.
        health: keeps the part `receive`, which fails while a watch fails.
        kinds: those watched here.
        may_work: whether this process is the one that takes in copy of a source; False on standby.
        on_stored: called from a thread after each commit that brought new versions.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        health: Health,
        *,
        kinds: Collection[str],
        may_work: Callable[[Source], bool],
        on_stored: Callable[[], None],
    ) -> None:
        self._store, self._settings, self._health = store, settings, health
        self._kinds, self._may_work, self._on_stored = kinds, may_work, on_stored
        self._watches: dict[Source, _Watch] = {}
        self._desks: dict[Source, Receiver] = {}
        self._parsers: ParsingPool | None = None
        self._lock = threading.Lock()

    def follow(self, sources: Sources) -> None:
        """Watch exactly the enabled sources of this list."""
        wanted = {one for one in sources.enabled() if one.kind in self._kinds}
        for source in self._watches.keys() - wanted:
            self._watches.pop(source).stop()
        publishers = Publishers(sources)
        for source in wanted - self._watches.keys():
            self._watches[source] = _Watch(source, self, publishers)
            self._watches[source].start()

    def push(self, name: str, page: RawPage) -> Future[Sequence[KeptItem]]:
        """Hand over a page that was pushed for a source; the future ends after its commit.

        Raises:
            BusyError: this process is on standby or stopping, the source is off, or too much waits.
        """
        source = next((one for one in self._watches if one.name == name and one in self._desks), None)
        receiver = self._desks.get(source) if source is not None else None
        if source is None or not isinstance(receiver, PushReceiver) or not self._may_work(source):
            raise BusyError(
                "this service is on standby, or the source is off or paused",
                resource=name,
                hint="send it again, to the service that works",
            )
        return receiver.push(page)

    def close(self) -> None:
        """Finish what is being taken in, and end every watch."""
        watches = list(self._watches.values())
        self._watches.clear()
        for watch in watches:
            watch.stop()
        for watch in watches:
            watch.join(STOP_S)
        if self._parsers is not None:
            self._parsers.close()

    def parsers(self) -> ParsingPool:
        """The workers that all watches share, started with the first of them."""
        with self._lock:
            if self._parsers is None:
                self._parsers = make_parsers(self._settings)
            return self._parsers

    def work(self, source: Source, publishers: Publishers, stopped: threading.Event) -> None:
        """Take in what arrives at a source until `stopped`; raises what goes wrong."""
        receiver = RECEIVERS[source.kind](source, self._settings.crawl)
        with closing(receiver):
            reception = Reception(
                source,
                receiver,
                store=self._store,
                parsers=self.parsers(),
                publishers=publishers,
                on_stored=self._on_stored,
            )
            try:
                while not stopped.is_set():
                    if not self._may_work(source) or self._is_paused(source):
                        self._desks.pop(source, None)
                        reception.close_row()
                        self._health.note("receive")  # what failed before is the work of another process now
                        stopped.wait(STANDBY_S)
                        continue
                    self._desks[source] = receiver
                    if not reception.take():
                        self._health.note("receive")
                        receiver.wait(LOOK_S)
            finally:
                self._desks.pop(source, None)
                with suppress(Exception):  # the store may be what failed
                    reception.close_row()

    def note_failure(self, error: Exception) -> None:
        """Note that a watch failed."""
        self._health.note("receive", error)

    def _is_paused(self, source: Source) -> bool:
        with self._store.read() as connection:
            return read_state(connection, source.name).is_paused


class _Watch(threading.Thread):
    """Keeps one source watched, also after errors."""

    def __init__(self, source: Source, receiving: Receiving, publishers: Publishers) -> None:
        super().__init__(name=f"receive-{source.name}", daemon=True)
        self._source, self._receiving, self._publishers = source, receiving, publishers
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Finish soon; see `join`."""
        self._stopped.set()

    def run(self) -> None:
        """Watch until stopped; after an error again, at ever longer intervals."""
        failures = 0
        while not self._stopped.is_set():
            try:
                self._receiving.work(self._source, self._publishers, self._stopped)
                failures = 0
            except Exception as error:
                retry_s = BACKOFF.pause_s(failures)
                log.exception("receive.failed", source=self._source.name, retry_s=retry_s)
                self._receiving.note_failure(error)
                self._stopped.wait(retry_s)
                failures += 1
