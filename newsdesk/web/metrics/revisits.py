"""The part of `/metrics` that says which stored pages are visited again, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

from copytaster.store.revisits import count_revisits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric
    from sqlalchemy import Connection


def describe_revisits(connection: Connection) -> Iterator[Metric]:
    """Pages that wait for a visit, those of them that are due, and what others showed instead of their story."""
    counts = count_revisits(connection, datetime.now(UTC))
    waiting = GaugeMetricFamily(
        "copytaster_revisits",
        "Pages of stored stories that will be visited again; due: now.",
        labels=["state"],
    )
    waiting.add_metric(["due"], counts.due)
    waiting.add_metric(["later"], counts.waiting - counts.due)
    yield waiting
    lost = GaugeMetricFamily(
        "copytaster_lost_pages",
        "Pages of stored stories that did not show them at their last visit, by what was found.",
        labels=["outcome"],
    )
    for outcome, number in counts.outcomes.items():
        lost.add_metric([outcome], number)
    yield lost
