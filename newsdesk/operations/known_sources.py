"""What several reports need to know of every source, read once: its rule, up to when it was handled, how it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.store import schedules
from copytaster.store.source_hours import read_intervals
from copytaster.store.sources import SourceState, read_states
from scheduler import read_timetable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from copytaster.schedule.timetable import Rule
    from settings import ScheduleSettings
    from spiders.sources.config import Source


@dataclass(frozen=True, slots=True)
class KnownSources:
    """The configured sources, in the order of the file, and what the store has of them by name.

    Attributes:
        timetable: the rule of each source that falls due.
        handled: up to when the due times of each are in the ledger.
        states: of those that were ever tried or paused.
    """

    listed: tuple[Source, ...]
    timetable: Mapping[str, Rule]
    handled: Mapping[str, datetime]
    states: Mapping[str, SourceState]

    def state_of(self, source: str) -> SourceState:
        """The state of a source; the defaults for one that was never tried nor paused."""
        return self.states.get(source, SourceState())


def read_known(connection: Connection, schedule: ScheduleSettings, sources: Iterable[Source]) -> KnownSources:
    """What is known at this moment."""
    listed = tuple(sources)
    return KnownSources(
        listed,
        read_timetable(listed, schedule, read_intervals(connection)),
        schedules.read_handled(connection),
        read_states(connection),
    )
