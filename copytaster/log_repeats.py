"""Counts log lines that come again and again, instead of printing them."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.light_structlog import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import EventDict, WrappedLogger

SHOWN = 5  # identical lines in one window
WINDOW_S = 60.0
MOST_KINDS = 1_000  # different lines that are remembered


@dataclass(slots=True)
class _Kind:
    since: float
    shown: int = 0
    repeated: int = 0
    event: EventDict | None = None  # the last one that was not written


class RepeatCounter:
    """A processor that lets the first `SHOWN` identical events of a minute pass and counts the others.

    Identical are events that agree in level, name and every value; only the timestamp may differ. At the end of the
    minute, and at the end of the process, the event is written once more with `repeated` and `within_s`.

    Args:
        write: writes such an event.
        clock: seconds, for tests.
    """

    def __init__(
        self, write: Callable[[EventDict], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._kinds: dict[bytes, _Kind] = {}
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        """The event, where it is to be written.

        Raises:
            DropEvent: it was counted.
        """
        key = _make_key(event)
        now = self._clock()
        with self._lock:
            self._end_windows(now)
            kind = self._kinds.setdefault(key, _Kind(now))
            if kind.shown < SHOWN:
                kind.shown += 1
                return event
            kind.repeated += 1
            kind.event = event
            self._wait_for_end()
        raise structlog.DropEvent

    def flush(self) -> None:
        """Write every count, and begin anew."""
        with self._lock:
            kinds, self._kinds = list(self._kinds.values()), {}
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            for kind in kinds:
                self._tell(kind, self._clock())

    def _end_windows(self, now: float) -> None:
        """Forget what began a window ago; the oldest stands first."""
        for key, kind in list(self._kinds.items()):
            if now - kind.since < WINDOW_S and len(self._kinds) < MOST_KINDS:
                return
            del self._kinds[key]
            self._tell(kind, now)

    def _tell(self, kind: _Kind, now: float) -> None:
        if kind.event is not None:
            self._write({**kind.event, "repeated": kind.repeated, "within_s": round(now - kind.since)})

    def _wait_for_end(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(WINDOW_S, self._on_timer)
            self._timer.daemon = True
            self._timer.start()

    def _on_timer(self) -> None:
        with self._lock:
            self._timer = None
            self._end_windows(self._clock())
            if any(kind.repeated for kind in self._kinds.values()):
                self._wait_for_end()


def _make_key(event: EventDict) -> bytes:
    """A hash of the whole event, also of what is cut off when it is written; without its time."""
    pairs = sorted((name, str(value)) for name, value in event.items() if name != "timestamp")
    return hashlib.blake2b(repr(pairs).encode("utf-8", "surrogatepass"), digest_size=16).digest()
