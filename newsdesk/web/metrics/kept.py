"""The answers of `/metrics`, kept where they are dear: a scrape costs next to nothing whatever the store holds."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import GaugeMetricFamily

from copytaster.errors import CopytasterError
from newsdesk.web.metrics.exposition import print_metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client.core import Metric

QUICK_S = 0.05  # of CPU: an answer that takes less is made anew each time
SHARE = 0.05  # of one core that the dear ones may take
LONGEST_S = 120.0  # for which an answer is given again, at most

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """An answer: when it was begun, on the monotonic clock, and the CPU seconds that it took."""

    body: bytes
    at: float
    cost_s: float


class KeptAnswer:
    """Gives the last answer while the next one is made in the background, once they are dear.

    Prometheus sees figures of the scrape before then; `copytaster_metrics_age_seconds` says how old they are.

    Args:
        make: makes an answer.
        quick_s: of CPU; an answer that takes less is never given twice. By default `QUICK_S`.
    """

    def __init__(self, make: Callable[[], bytes], *, quick_s: float | None = None) -> None:
        self._make = make
        self._quick_s = QUICK_S if quick_s is None else quick_s
        self._made: Made | None = None
        self._making = threading.Lock()

    def read(self) -> bytes:
        """The newest answer, and its age."""
        made = self._made
        age_s = time.monotonic() - made.at if made else 0.0
        if made is None or made.cost_s <= self._quick_s or age_s > LONGEST_S:
            with self._making:
                made = self._renew()
        elif age_s > made.cost_s / SHARE and self._making.acquire(blocking=False):
            threading.Thread(target=self._renew_aside, name="metrics", daemon=True).start()
        return made.body + print_metrics([describe_age(time.monotonic() - made.at)])

    def _renew_aside(self) -> None:
        try:
            self._renew()
        except CopytasterError as error:  # the next scrape finds the store away, and says so
            log.warning("metrics.not_renewed", error=str(error))
        finally:
            self._making.release()

    def _renew(self) -> Made:
        at, spent = time.monotonic(), time.thread_time()
        body = self._make()
        self._made = Made(body, at, time.thread_time() - spent)
        return self._made


def describe_age(age_s: float) -> Metric:
    """How old the figures of an answer are."""
    text = "How old the figures of the store are: those that are dear to read are given again."
    return GaugeMetricFamily("copytaster_metrics_age_seconds", text, value=age_s)
