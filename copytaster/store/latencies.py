"""Wire to desk: how long a version takes from the answer that brought it until searches find it, by source and day.

Kept as counts in buckets, so that a day of a source takes some rows, however much it brings. Of a version that was read
again, or came by hand, nobody knows when it came: it is not counted.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from copytaster.store.tables import latencies, latency_totals
from copytaster.store.upsert import insert_or_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

BOUNDS_S = (
    0.5,
    1,
    2,
    3,
    5,
    7.5,
    10,
    15,
    20,
    30,
    60,
    120,
    300,
    900,
    3600,
    14_400,
    86_400,
)  # longest of each bucket
DAYS = 2  # the present day and the one before: what is told of a source


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the answer to the index, of `versions`; read from buckets, so right to within a bucket."""

    versions: int
    p50_s: float
    p95_s: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by bucket (`BOUNDS_S` and one for all that is longer), and the sum of all in seconds."""

    numbers: Sequence[int]
    seconds: float


def note_latencies(
    connection: Connection, arrived: Iterable[tuple[str, datetime | None]], *, found_at: datetime
) -> None:
    """Count versions that searches find from `found_at` on: (source, when the answer came); those without a moment are left out."""
    summed: dict[tuple[str, int], tuple[int, float]] = {}
    for source, answered_at in arrived:
        if answered_at is None:
            continue
        seconds = max(
            0.0, (found_at - answered_at).total_seconds()
        )  # a clock that was set back gives no time
        key = source, bisect_left(BOUNDS_S, seconds)
        number, total = summed.get(key, (0, 0.0))
        summed[key] = number + 1, total + seconds
    _add(connection, _day_of(found_at), summed)


def read_latencies(connection: Connection, now: datetime) -> dict[str, Latency]:
    """The latency of each source, today and yesterday (UTC); sources of which nothing is known are left out."""
    since = _day_of(now) - timedelta(days=DAYS - 1)
    return {
        source: Latency(sum(found.numbers), quantile(found, 0.5), quantile(found, 0.95))
        for source, found in _read(connection, latencies.c.day >= since).items()
    }


def read_histogram(connection: Connection) -> Histogram:
    """All sources of all time together: its counts never fall."""
    numbers, seconds = [0] * (len(BOUNDS_S) + 1), 0.0
    for row in connection.execute(select(latency_totals)):
        numbers[row.bucket] = int(row.number)
        seconds += float(row.seconds)
    return Histogram(numbers, seconds)


def quantile(found: Histogram, share: float) -> float:
    """The seconds within which this share ends, spread evenly over its bucket; at most the longest bound."""
    wanted, below = share * sum(found.numbers), 0
    for number, (start, end) in zip(found.numbers, zip((0, *BOUNDS_S), BOUNDS_S, strict=False), strict=False):
        if number and below + number >= wanted:
            return round(start + (end - start) * (wanted - below) / number, 2)
        below += number
    return float(BOUNDS_S[-1])


def forget_days(connection: Connection, *, before: datetime) -> None:
    """Remove the days before a moment; the histogram keeps their counts."""
    connection.execute(latencies.delete().where(latencies.c.day < _day_of(before)))


def _read(connection: Connection, which: Any) -> dict[str, Histogram]:
    numbers: dict[str, list[int]] = {}
    seconds: dict[str, float] = {}
    keys = (latencies.c.source, latencies.c.bucket)
    query = select(*keys, func.sum(latencies.c.number), func.sum(latencies.c.seconds)).where(which)
    for source, bucket, number, total in connection.execute(query.group_by(*keys)).all():
        numbers.setdefault(source, [0] * (len(BOUNDS_S) + 1))[bucket] = int(number)
        seconds[source] = seconds.get(source, 0.0) + float(total)
    return {source: Histogram(found, seconds[source]) for source, found in numbers.items()}


def _add(connection: Connection, day: datetime, summed: Mapping[tuple[str, int], tuple[int, float]]) -> None:
    rows = [
        {"day": day, "source": source, "bucket": bucket, "number": number, "seconds": seconds}
        for (source, bucket), (number, seconds) in sorted(summed.items())
    ]
    if rows:
        add = ["number", "seconds"]
        totals = [{name: row[name] for name in ("bucket", *add)} for row in rows]
        connection.execute(insert_or_add(connection, latencies, add=add), rows)
        connection.execute(insert_or_add(connection, latency_totals, add=add), totals)


def _day_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
