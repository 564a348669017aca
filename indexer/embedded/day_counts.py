"""Hits by day in any zone but UTC, whose days are labels (`indexer.embedded.facets`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from indexer.result_page import order_counts
from indexer.search import FacetCount

if TYPE_CHECKING:
    from collections.abc import Iterable

# Every zone's offset is a multiple of a quarter of an hour, so that no quarter of an hour holds two days.
QUARTER_S = 900


def count_days(moments: Iterable[int], timezone: str) -> tuple[FacetCount, ...]:
    """Hits a day, the latest days first; moments in seconds since 1970, `timezone` an IANA name."""
    import numpy as np

    zone = ZoneInfo(timezone)
    quarters, counts = np.unique(np.fromiter(moments, dtype=np.int64) // QUARTER_S, return_counts=True)
    days: dict[str, int] = {}
    for quarter, count in zip(quarters.tolist(), counts.tolist(), strict=True):
        day = datetime.fromtimestamp(quarter * QUARTER_S, zone).date().isoformat()
        days[day] = days.get(day, 0) + count
    return order_counts("day", (FacetCount(day, count) for day, count in days.items()))
