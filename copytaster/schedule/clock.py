"""Where the schedule's time comes from."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Wall clock time; somebody may set it at any moment."""

    def steady(self) -> float:
        """Elapsed seconds, also while the machine sleeps; nobody can set them."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Wall clock time in UTC."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds since the machine started, including sleep if the system counts it."""
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
