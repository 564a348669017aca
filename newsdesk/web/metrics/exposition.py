"""The text format of Prometheus, with a quick form for figures that every source has: ten of them for thousands of sources."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.utils import floatToGoString

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class SourceGauge(Metric):
    """A gauge of every source, kept as the lines that are printed: a sample as an object takes several times as long.

    Args:
        name: of the metric.
        text: its help, in one line.
        labels: the names of its labels, in alphabetical order.
    """

    def __init__(self, name: str, text: str, labels: Sequence[str] = ("source",)) -> None:
        super().__init__(name, text, "gauge")
        self._labelnames = tuple(labels)
        self.lines: list[str] = []

    def add(self, labels: str, value: float) -> None:
        """Add a sample; `labels` as they are printed, see `source_label`."""
        self.lines.append(f"{self.name}{{{labels}}} {_spell(repr(float(value)))}\n")


@lru_cache(maxsize=65_536)
def source_label(source: str) -> str:
    """The label that names a source, as it is printed."""
    escaped = source.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    return f'source="{escaped}"'


@lru_cache(maxsize=65_536)
def _spell(number: str) -> str:
    """A number as the library prints it; most are those of the scrape before."""
    return str(floatToGoString(float(number)))  # type: ignore[no-untyped-call]


class _Family:
    """One metric, as the library wants it."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterator[Metric]:
        yield self._metric


def print_metrics(metrics: Iterable[Metric]) -> bytes:
    """Every metric in Prometheus' text format, in order."""
    return b"".join(map(_print, metrics))


def _print(metric: Metric) -> bytes:
    head = generate_latest(_Family(metric))
    return head + "".join(metric.lines).encode() if isinstance(metric, SourceGauge) else head
