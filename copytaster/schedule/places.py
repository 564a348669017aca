"""How many sources are crawled at once, and which of the due ones begin next. No I/O; the caller gives the time.

A crawl that waits for a host costs memory only, so there are many places. Slow sources (their last run took long, or the
present one does) hold at most half of them: however many hang, the others find a place at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copytaster.store.ledger import DueTime

SLOW_S = 20.0  # of one run


class Places:
    """The places of one crawl process.

    Args:
        total: crawls at once.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._begun: dict[str, float] = {}
        self._slow: set[str] = set()

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return max(0, self.total - len(self._begun))

    def count_slow(self, now_s: float) -> int:
        """Places that slow sources hold."""
        begun = list(self._begun.items())  # at once: planning counts in a thread of its own
        return sum(source in self._slow or now_s - since > SLOW_S for source, since in begun)

    def admit(self, dues: Iterable[DueTime], now_s: float) -> frozenset[str]:
        """The sources that may begin now: the longest due first, slow ones in their half only."""
        free, slow_free = self.free, self.total // 2 - self.count_slow(now_s)
        admitted = set()
        for due in sorted(dues, key=lambda due: (due.due_at, due.source)):
            if not free:
                break
            if due.source in self._slow:
                if slow_free <= 0:
                    continue
                slow_free -= 1
            free -= 1
            admitted.add(due.source)
        return frozenset(admitted)

    def take(self, source: str, now_s: float) -> None:
        """Note that a crawl of the source begins."""
        self._begun[source] = now_s

    def give_back(self, source: str, now_s: float) -> None:
        """Note that the crawl of the source has ended; how long it took says whether the source is slow."""
        if now_s - self._begun.pop(source, now_s) > SLOW_S:
            self._slow.add(source)
        else:
            self._slow.discard(source)
