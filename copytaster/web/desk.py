"""What the desk reads from: one store, one index, one zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from spiders.sources import Sources


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that pages and API read; none is written to."""

    store: Store
    index: SearchIndex
    sources: Sources
    zone: ZoneInfo
