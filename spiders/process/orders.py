"""What the parent writes to the crawl process, one JSON line each: a start, then runs, lists of sources, and the end."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from copytaster.process_id import this_process
from spiders.sources.transfer import sources_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copytaster.store.leases import Lease
    from settings import Settings
    from spiders.sources.config import Sources


def start_order(settings: Settings, sources: Sources) -> dict[str, Any]:
    """The first line: who the parent is, its settings without its keys to a search server, and its list of sources."""
    return {
        "holder": this_process(),
        "settings": settings.model_dump(mode="json", exclude={"elasticsearch"}),
        "sources": sources_to_json(sources),
    }


def runs_order(
    runs: Mapping[str, int | None],
    slices_s: Mapping[str, float] | None = None,
    leases: Mapping[str, Lease] | None = None,
) -> dict[str, Any]:
    """Crawl these sources: run ids by source, how long each run may read back-fill, and the lease that planned it."""
    kept = {source: asdict(lease) for source, lease in (leases or {}).items()}
    return {"runs": dict(runs), "slices_s": dict(slices_s or {}), "leases": kept}


def sources_order(sources: Sources) -> dict[str, Any]:
    """Use another list of sources from now on."""
    return {"sources": sources_to_json(sources)}


END_ORDER: dict[str, Any] = {"end": True}  # crawl what was ordered, then end
