"""A pace for long work beside a live service: after each piece it rests in proportion to what the piece took."""

from __future__ import annotations

import time

WHOLE = 100


class Pace:
    """Works `percent` of the time; 100 never rests."""

    def __init__(self, percent: int) -> None:
        self._ratio = WHOLE / percent - 1
        self._began = time.monotonic()

    def rest(self) -> None:
        """Rest after a piece of work. Call it where no transaction is open."""
        if self._ratio:
            time.sleep((time.monotonic() - self._began) * self._ratio)
        self._began = time.monotonic()
