"""How busy the crawl is: what `/metrics` says of places, due sources that wait, and the delay of starts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

STARTS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class ShareLoad:
    """The load of the sources of one scheduler."""

    places: int = 0
    busy: int = 0
    slow: int = 0
    waiting: int = 0


@dataclass(slots=True)
class CrawlLoad:
    """The load of the process that crawls; all zero on standby.

    Attributes:
        places: crawls that may run at once.
        busy: places that are held, `slow` of them by slow sources.
        waiting: due sources for which no place is free.
        parse_waiting: pages and feeds that wait for a parser, by lane.
        delays_s: of the latest starts: from the planned time to the first request.
    """

    places: int = 0
    busy: int = 0
    slow: int = 0
    waiting: int = 0
    parse_waiting: dict[str, int] = field(default_factory=dict)
    delays_s: deque[float] = field(default_factory=lambda: deque(maxlen=STARTS_KEPT))

    def change(self, before: ShareLoad, after: ShareLoad) -> None:
        """Count what one scheduler notes in the place of what it noted before."""
        self.places += after.places - before.places
        self.busy += after.busy - before.busy
        self.slow += after.slow - before.slow
        self.waiting += after.waiting - before.waiting

    def delay_s(self, share: float) -> float:
        """The delay that this share of the latest starts did not exceed; 0 before the first."""
        delays = sorted(self.delays_s)
        return delays[min(len(delays) - 1, int(len(delays) * share))] if delays else 0.0
