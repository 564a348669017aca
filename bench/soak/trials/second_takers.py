"""Processes that grab the same work at once on one PostgreSQL: a due source, a stage, a host, a row of the outbox. One gets it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bench import postgres
from bench.soak.trial import Outcome, Trial
from copytaster.identity import name_dispatch
from copytaster.schedule.shares import INDEX_LEASES, SHARES
from copytaster.store import leases, ledger, outbox
from copytaster.store.engine import Store
from copytaster.store.host_claims import Claim, claim_host
from copytaster.store.ledger import DueTime
from copytaster.store.outbox import OutboxPart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    Take = Callable[[Store, int, str, threading.Barrier], bool]

TAKERS = 3
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def run(size: int, _seed: int) -> Outcome:
    """`size` rounds, each for a source, for the lease of a stage, for a host, and for a row of the outbox with its share."""
    takes = {"source": _take_source, "stage": _take_stage, "host": _take_host, "outbox row": _take_row}
    return _try(size, takes)


def control(size: int, _seed: int) -> Outcome:
    """A lease that is read first and written later, without a lock in between; a row of the outbox without its share."""
    return _try(min(size, 20), {"stage": _take_unlocked, "outbox row": _take_row_unshared})


TRIAL = Trial(
    name="second-takers",
    promise="three processes grab one source, one stage, one host, one outbox row at the same moment: second takers 0",
    run=run,
    control=control,
    short=30,
    long=10_000,
)


def _try(size: int, takes: Mapping[str, Take]) -> Outcome:
    if reason := postgres.why_not():
        return Outcome(0, 0, "", skipped=reason)
    begin = threading.Barrier(TAKERS)
    seconds, none = dict.fromkeys(takes, 0), 0
    with (
        postgres.running() as server,
        closing(Store(server.make_database())) as store,
        ThreadPoolExecutor(TAKERS) as takers,
    ):
        for number in range(size):
            for name, take in takes.items():
                grab = partial(_grab, take, store, number, begin)
                got = sum(takers.map(grab, (f"machine/x:{taker}:1" for taker in range(TAKERS))))
                seconds[name] += max(0, got - 1)
                none += not got
    return Outcome(
        size,
        max(0, size - sum(seconds.values()) - none),
        f"rounds {size}, takers {TAKERS}; second takers: "
        + ", ".join(f"{name} {number}" for name, number in seconds.items())
        + f"; taken by nobody {none}",
    )


def _grab(take: Take, store: Store, number: int, begin: threading.Barrier, holder: str) -> bool:
    begin.wait()
    return take(store, number, holder, begin)


def _take_source(store: Store, number: int, holder: str, _begin: threading.Barrier) -> bool:
    due = DueTime("harbour", NOW + timedelta(minutes=number))
    with store.write() as connection:
        return bool(ledger.open_runs(connection, [due], holder=holder, now=NOW))


def _take_stage(store: Store, number: int, holder: str, _begin: threading.Barrier) -> bool:
    with store.write() as connection:
        return leases.take(connection, f"group {number}", holder, now=NOW) is not None


def _take_host(store: Store, number: int, holder: str, _begin: threading.Barrier) -> bool:
    with store.write() as connection:
        return claim_host(connection, f"{number}.example", holder) is not Claim.REFUSED


def _take_row(store: Store, number: int, holder: str, begin: threading.Barrier) -> bool:
    """As an indexer does: take the share, read its rows, settle them under the lease; who comes second finds none."""
    part = _queue_row(store, number, begin)
    name = INDEX_LEASES[min(part.shares)]
    with store.write() as connection:
        lease = leases.take(connection, name, holder, now=NOW)
    if lease is None:
        return False
    with store.read() as connection:
        rows = outbox.take_due(connection, now=NOW, limit=9, part=part)
    with store.write() as connection:
        leases.confirm(connection, lease)
        outbox.remove_all_written(connection, [(row, row.change) for row in rows])
    with store.write() as connection:
        leases.let_go(connection, lease)
    return bool(rows)


def _take_row_unshared(store: Store, number: int, _holder: str, begin: threading.Barrier) -> bool:
    _queue_row(store, number, begin)
    with store.read() as connection:
        rows = outbox.take_due(connection, now=NOW, limit=9)
    begin.wait()
    with store.write() as connection:
        outbox.remove_all_written(connection, [(row, row.change) for row in rows])
    return bool(rows)


def _queue_row(store: Store, number: int, begin: threading.Barrier) -> OutboxPart:
    """Queue the row of a round, once; returns the share that it lies in."""
    name = name_dispatch("round", number)
    if begin.wait() == 0:
        with store.write() as connection:
            outbox.enqueue_many(connection, [(name, number + 1)], at=NOW)
    begin.wait()
    shares = (OutboxPart(frozenset({share}), SHARES) for share in range(SHARES))
    return next(part for part in shares if part.holds(name))


def _take_unlocked(store: Store, number: int, holder: str, begin: threading.Barrier) -> bool:
    name = f"group {number}"
    with store.read() as connection:
        is_free = leases.is_free(leases.look_at(connection, name))
    begin.wait()
    if is_free:
        with store.write() as connection:
            _overwrite(connection, name, holder)
    return is_free


def _overwrite(connection: Connection, name: str, holder: str) -> None:
    leases.take(connection, name, holder, now=NOW, stood_still=leases.look_at(connection, name))
