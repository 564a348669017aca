"""One rebuild at a time: its holder renews the lease, and whoever sees no renewal for long enough takes it over."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import BusyError
from copytaster.process_id import this_process
from copytaster.store import leases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copytaster.store.engine import Store
    from copytaster.store.leases import Lease, LeaseSighting

log = structlog.get_logger(__name__)

LEASE = "rebuild"


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How often a holder renews its lease, and after how long without renewal another takes it over."""

    beat_s: float = 3.0
    silent_s: float = 15.0


class RebuildLease:
    """The lease while it is held, renewed by a thread of its own; see `hold_rebuild_lease`."""

    def __init__(self, store: Store, lease: Lease, times: LeaseTimes) -> None:
        self._store = store
        self._lease = lease
        self._times = times
        self._done = threading.Event()
        self._beats = threading.Thread(target=self._beat, name="rebuild-lease", daemon=True)
        self._beats.start()

    def check(self) -> None:
        """Call before every step that must not happen under another holder.

        Raises:
            BusyError: another process has taken over, as this one was silent too long.
        """
        with self._store.write() as connection:
            leases.check(connection, self._lease)

    def let_go(self) -> None:
        """Free the lease, unless another process has taken it over."""
        self._done.set()
        self._beats.join()
        with self._store.write() as connection:
            leases.let_go(connection, self._lease)

    def _beat(self) -> None:
        while not self._done.wait(self._times.beat_s):
            try:
                with self._store.write() as connection:
                    leases.renew(connection, self._lease, now=datetime.now(UTC))
            except BusyError as error:
                log.warning("rebuild.lease_lost", why=str(error))
                return
            except Exception:
                log.exception("rebuild.lease_unrenewed")


@contextmanager
def hold_rebuild_lease(store: Store, times: LeaseTimes | None = None) -> Iterator[RebuildLease]:
    """Hold the lease of rebuilds.

    A lease whose holder is known to be gone is taken at once. A lease held elsewhere is watched: a renewal means that
    its holder lives; none for `times.silent_s` seconds of this process's monotonic clock means that it is dead, or must
    act as if it were.

    Raises:
        BusyError: another rebuild is under way.
    """
    times = times or LeaseTimes()
    lease = RebuildLease(store, _win(store, times), times)
    try:
        yield lease
    finally:
        lease.let_go()


def _win(store: Store, times: LeaseTimes) -> Lease:
    lease, seen = _try(store, None)
    since = time.monotonic()
    if lease is None and seen is not None:
        log.info("rebuild.lease_watched", holder=seen.holder, seconds=times.silent_s)
    while lease is None:
        threading.Event().wait(min(times.beat_s, times.silent_s) / 2)
        silent = seen if time.monotonic() - since >= times.silent_s else None
        lease, sight = _try(store, silent)
        if lease is None and sight != seen:
            raise BusyError("another rebuild is under way", resource="rebuild", hint="wait until it is done")
    return lease


def _try(store: Store, silent: LeaseSighting | None) -> tuple[Lease | None, LeaseSighting | None]:
    with store.write() as connection:
        seen = leases.look_at(connection, LEASE)
        now = datetime.now(UTC)
        return leases.take(connection, LEASE, this_process(), now=now, stood_still=silent), seen
