"""The part of `/metrics` that says how much of the data folder's disk is free; it needs no store, which a full disk stops."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client.core import Metric


def describe_space(folder: Path | None) -> Iterator[Metric]:
    """Free bytes; nothing where there is no folder."""
    if folder is None:
        return
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # the folder is gone: the store says so
        return
    yield GaugeMetricFamily(
        "copytaster_disk_free_bytes", "Bytes free on the disk of the data folder.", value=free
    )
