"""The state of sources for people: how the last attempt ended, and whether someone paused the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.store.chosen import of_sources
from copytaster.store.tables import source_states
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class SourceState:
    """The state of a source. One that was never tried nor paused has the defaults."""

    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    not_before: datetime | None = None
    paused_at: datetime | None = None
    paused_why: str | None = None
    moved_to: str | None = None
    read_at: datetime | None = None
    moved_from: str | None = None

    @property
    def is_paused(self) -> bool:
        """True until someone resumes the source."""
        return self.paused_at is not None


def read_states(connection: Connection, sources: Collection[str] | None = None) -> dict[str, SourceState]:
    """The states of these sources, or of all, as far as they were ever tried or paused."""
    columns = [source_states.c[name] for name in SourceState.__slots__]
    query = select(source_states.c.source, *columns).order_by(source_states.c.source)
    rows = connection.execute(of_sources(query, source_states.c.source, sources)).all()
    return {row[0]: SourceState(*row[1:]) for row in rows}


def read_state(connection: Connection, source: str) -> SourceState:
    """The state of one source."""
    columns = [source_states.c[name] for name in SourceState.__slots__]
    row = connection.execute(select(*columns).where(source_states.c.source == source)).one_or_none()
    return SourceState() if row is None else SourceState(*row)


def pause(connection: Connection, source: str, *, at: datetime, why: str | None = None) -> bool:
    """Stop collecting from a source. Returns False if it was already paused: moment and reason do not change."""
    if read_state(connection, source).is_paused:
        return False
    values = {"source": source, "paused_at": at, "paused_why": why, "validators_lie": False, "failures": 0}
    connection.execute(
        insert_or_update(connection, source_states, values, update=("paused_at", "paused_why"))
    )
    return True


def resume(connection: Connection, source: str) -> bool:
    """Collect from a source again and reset its failures. Returns False if it was not paused."""
    chosen = (source_states.c.source == source) & source_states.c.paused_at.is_not(None)
    values = {"paused_at": None, "paused_why": None, "failures": 0, "not_before": None}
    return bool(connection.execute(source_states.update().where(chosen).values(**values)).rowcount)
