"""Counting hits by day in a zone; in UTC the labels do it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from indexer.search import MAX_FACET_VALUES, FacetCount

if TYPE_CHECKING:
    from collections.abc import Iterable

QUARTER_S = (
    900  # every zone's offset is a multiple of a quarter of an hour, so that no quarter holds two days
)


def count_days(moments: Iterable[int], timezone: str) -> tuple[FacetCount, ...]:
    """Hits a day, the latest days first; moments in seconds since 1970, `timezone` an IANA name."""
    zone = ZoneInfo(timezone)
    quarters, counts = np.unique(np.fromiter(moments, dtype=np.int64) // QUARTER_S, return_counts=True)
    days: dict[str, int] = {}
    for quarter, count in zip(quarters.tolist(), counts.tolist(), strict=True):
        day = datetime.fromtimestamp(quarter * QUARTER_S, zone).date().isoformat()
        days[day] = days.get(day, 0) + count
    latest = sorted(days, reverse=True)[:MAX_FACET_VALUES]
    return tuple(FacetCount(day, days[day]) for day in latest)
