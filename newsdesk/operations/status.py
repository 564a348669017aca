"""The state of every source and part, read from the store, so it is right whether the service runs or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copytaster.schedule.shares import FIRST
from copytaster.store import counts, leases, outbox, refusals, scrubs
from copytaster.store.revisits import RevisitCounts, count_revisits
from copytaster.store.service_health import ServicePart, read_service_parts
from copytaster.store.timeline import read_timeline
from newsdesk.operations.completeness import completeness_to_json, read_completeness
from newsdesk.operations.source_report import count_health, read_sources_report
from newsdesk.operations.workers_report import WorkerReport, read_workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from copytaster.store.engine import Store
    from copytaster.store.scrubs import Scrub
    from newsdesk.operations.source_report import SourceReport
    from settings import Settings
    from spiders.sources.config import Source


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """How many versions wait for grouping and dispatches for the index, and since when the oldest waits."""

    grouping: int
    index: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class QuarantineCounts:
    """How many pages that gave no story are stored for replay, and how many documents the index refused."""

    pages: int
    documents: int


@dataclass(frozen=True, slots=True)
class EpochStatus:
    """The store's epoch, and when it was last raised: the store was restored, or older than its index.

    Attributes:
        unknown: not empty while the index may hold documents that the store does not know: `pending`, or why they could
            not be removed.
    """

    number: int
    raised_at: datetime | None
    unknown: str


@dataclass(frozen=True, slots=True)
class ScrubState:
    """The scrub that is under way, the last one that came to its end, and how much damage is left."""

    running: Scrub | None
    last: Scrub | None
    damaged: int


@dataclass(frozen=True, slots=True)
class Status:
    """Everything; `completeness` as the API gives it; `totals` counts sources by state; `holder` is the process that runs the schedule, None if no process does."""

    sources: tuple[SourceReport, ...]
    totals: Mapping[str, int]
    completeness: Mapping[str, Any]
    waiting: WaitingCounts
    quarantine: QuarantineCounts
    revisits: RevisitCounts
    epoch: EpochStatus
    scrub: ScrubState
    parts: tuple[ServicePart, ...]
    holder: str | None
    renewed_at: datetime | None
    workers: tuple[WorkerReport, ...]


def read_status(store: Store, settings: Settings, sources: Iterable[Source]) -> Status:
    """Read the state at this moment."""
    with store.read() as connection:
        seen = leases.look_at(connection, FIRST)
        backlog = outbox.read_backlog(connection)
        timeline = read_timeline(connection)
        listed = tuple(sources)
        reports = read_sources_report(connection, settings.schedule, listed)
        complete = read_completeness(connection, settings.schedule, listed)
        return Status(
            sources=reports,
            totals=count_health(reports),
            completeness=completeness_to_json(complete),
            waiting=WaitingCounts(counts.count_ungrouped(connection), backlog.waiting, backlog.oldest),
            quarantine=QuarantineCounts(refusals.count_replayable(connection), backlog.quarantined),
            revisits=count_revisits(connection, datetime.now(UTC)),
            epoch=EpochStatus(timeline.epoch, timeline.raised_at, timeline.unknown),
            scrub=ScrubState(
                scrubs.read_unfinished(connection),
                scrubs.read_last(connection),
                scrubs.count_open(connection),
            ),
            parts=tuple(read_service_parts(connection)),
            holder=(seen.holder or None) if seen else None,
            renewed_at=leases.renewed_at(connection, FIRST),
            workers=read_workers(connection),
        )
