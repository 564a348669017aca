"""The part of `/metrics` that counts the processes of the service by role, and says how far each role is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

from copytaster.schedule.shares import CRAWL_LEASES, INDEX_LEASES
from newsdesk.operations.workers_report import read_workers
from newsdesk.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric
    from sqlalchemy import Connection


def describe_workers(connection: Connection) -> Iterator[Metric]:
    """Processes that live and that are silent, the shares they hold, and the lag, all by role."""
    workers = read_workers(connection)
    numbers = GaugeMetricFamily(
        "copytaster_workers", "Processes of the service by role: live, or silent.", labels=["role", "state"]
    )
    lags = GaugeMetricFamily(
        "copytaster_role_lag_seconds",
        "The longest lag of a process that works in a role: of starts, of grouping, of the index.",
        labels=["role"],
    )
    shares = GaugeMetricFamily(
        "copytaster_shares",
        "Shares of the hosts and of the outbox that processes of a machine hold, by role.",
        labels=["role", "host"],
    )
    for role, names in {Role.CRAWL: CRAWL_LEASES, Role.INDEX: INDEX_LEASES}.items():
        for host in sorted({worker.host for worker in workers if role in worker.roles}):
            held = [name for worker in workers if worker.host == host for name in worker.holds]
            shares.add_metric([role, host], sum(name in names for name in held))
    for role in Role:
        mine = [worker for worker in workers if role in worker.roles]
        silent = sum(worker.is_silent for worker in mine)
        numbers.add_metric([role, "live"], len(mine) - silent)
        numbers.add_metric([role, "silent"], silent)
        known = [worker.lag_s[role] for worker in mine if role in worker.lag_s]
        if known:
            lags.add_metric([role], max(known))
    yield from (numbers, shares, lags)
