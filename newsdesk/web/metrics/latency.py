"""Wire to desk in `/metrics`: a histogram of all sources together, and two quantiles of each."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client.core import HistogramMetricFamily

from copytaster.store.latencies import BOUNDS_S, read_histogram, read_latencies
from newsdesk.web.metrics.exposition import SourceGauge, source_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric
    from sqlalchemy import Connection


def describe_latencies(connection: Connection) -> Iterator[Metric]:
    """Sources of which nothing was timed today or yesterday have no quantiles."""
    found = read_histogram(connection)
    bounds = [*(str(float(bound)) for bound in BOUNDS_S), "+Inf"]
    yield HistogramMetricFamily(
        "copytaster_wire_to_desk_seconds",
        "From the answer that brought a version until searches find it.",
        buckets=list(zip(bounds, accumulate(found.numbers), strict=True)),
        sum_value=found.seconds,
    )
    family = SourceGauge(
        "copytaster_source_wire_to_desk_seconds",
        "The same of each source, of the versions of today and yesterday (UTC).",
        labels=["quantile", "source"],
    )
    for source, latency in sorted(read_latencies(connection, datetime.now(UTC)).items()):
        label = source_label(source)
        family.add(f'quantile="0.5",{label}', latency.p50_s)
        family.add(f'quantile="0.95",{label}', latency.p95_s)
    yield family
