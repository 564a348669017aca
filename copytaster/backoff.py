"""How long to wait before the next try after failures: values in, seconds out; callers do the waiting."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_DOUBLINGS = 16  # keeps the power small however many failures were counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Pauses that double with each failure.

    Attributes:
        first_s: seconds before the first retry.
        longest_s: no pause is longer.
        jitter: share of a pause that is drawn at random, 0 for plain doubling, 1 for full jitter: processes that
            failed together then retry apart.
    """

    first_s: float
    longest_s: float
    jitter: float = 0.0

    def limit_s(self, failures: int) -> float:
        """The longest pause after this many earlier failures: `first_s` after none, then twice as long each time."""
        return min(self.longest_s, self.first_s * 2.0 ** min(failures, _MOST_DOUBLINGS))

    def pause_s(self, failures: int, *, draw: Callable[[], float] = random.random) -> float:
        """The pause to make after this many earlier failures; `draw` gives a number from 0 to 1."""
        limit_s = self.limit_s(failures)
        return limit_s - limit_s * self.jitter * draw()
