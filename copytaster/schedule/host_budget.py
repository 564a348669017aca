"""How often several sources of one host may be requested together. Pure decisions on values.

Each source with a range chooses its own interval, so ten of them may ask one host ten times as often as anyone meant. What
sources without a range need counts first; the others share the rest, and none is requested less often than its longest
interval says.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Beat:
    """How often a source is requested: its interval, and the longest one where its owner gave a range."""

    source: str
    host: str
    interval: timedelta
    longest: timedelta | None = None


def share_hosts(beats: Iterable[Beat], *, per_hour: float) -> dict[str, timedelta]:
    """The interval of each source whose host would otherwise get more than `per_hour` requests for its lists.

    The shortest interval is doubled again and again, so the busiest sources of a host stay the busiest; of equals the first
    by name. A host whose sources keep to their longest intervals may still get more: so its owner wants it.
    """
    by_host: dict[str, list[Beat]] = defaultdict(list)
    for beat in beats:
        by_host[beat.host].append(beat)
    return {
        source: interval
        for found in by_host.values()
        if any(beat.longest is not None for beat in found)
        for source, interval in _share(found, per_hour).items()
    }


def _share(beats: list[Beat], per_hour: float) -> dict[str, timedelta]:
    total = sum(HOUR / beat.interval for beat in beats)
    waiting = [(beat.interval, beat.source, beat.longest) for beat in beats if beat.longest is not None]
    heapq.heapify(waiting)
    slower: dict[str, timedelta] = {}
    while total > per_hour and waiting:
        interval, source, longest = heapq.heappop(waiting)
        doubled = min(interval * 2, longest)
        if doubled <= interval:
            continue
        slower[source] = doubled
        total += HOUR / doubled - HOUR / interval
        heapq.heappush(waiting, (doubled, source, longest))
    return slower
