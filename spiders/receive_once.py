"""One pass over sources whose copy arrives by itself: what waits now is taken in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from copytaster.store.engine import Store
from spiders.kinds import RECEIVERS
from spiders.publishers import Publishers
from spiders.receiving.reception import Reception
from spiders.sandbox.start import make_parsers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from settings import Settings
    from spiders.run_report import RunReport
    from spiders.sources.config import Source, Sources

LOOKS = 3  # in a row that find nothing end the pass: a file has to be seen twice
LOOK_S = 0.3


def receive_once(
    sources: Sequence[Source],
    *,
    configured: Sources,
    settings: Settings,
    on_stored: Callable[[], None] = lambda: None,
) -> list[RunReport]:
    """Take in what waits at these sources, one after the other; returns a report each, as a crawl does."""
    wanted = [source for source in sources if source.kind in RECEIVERS]
    if not wanted:
        return []
    publishers = Publishers(configured)
    with closing(Store(settings.store_url)) as store, closing(make_parsers(settings)) as parsers:
        return [
            _drain(
                Reception(
                    source,
                    RECEIVERS[source.kind](source, settings.crawl),
                    store=store,
                    parsers=parsers,
                    publishers=publishers,
                    on_stored=on_stored,
                    trigger="command",
                )
            )
            for source in wanted
        ]


def _drain(reception: Reception) -> RunReport:
    idle = 0
    with closing(reception.receiver):
        reception.open_row()
        while idle < LOOKS and reception.is_open:
            idle = 0 if reception.take() else idle + 1
            if idle:
                reception.receiver.wait(LOOK_S)
        return reception.close_row() or reception.last_report
