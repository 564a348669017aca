"""The column type of a moment: aware, and kept in UTC on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Write UTC without a zone; refuse a moment without a zone."""
        return None if value is None else _tell_utc(value)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return an aware moment."""
        return None if value is None else value.replace(tzinfo=UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """`process_bind_param` as a function of one argument: several times as fast on SQLite, whose moments are text."""
        return _spell if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """`process_result_value` as a function of one argument."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


_WITHOUT_ZONE = len("2026-11-28 10:00:00.000000")


def _tell_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"moment without a zone: {moment!r}")
    return moment.astimezone(UTC).replace(tzinfo=None)


def _spell(moment: datetime | None) -> str | None:
    """The text of a moment."""
    if moment is None:
        return None
    if moment.tzinfo is UTC:  # as nearly all
        return _spell_utc(moment)
    return _tell_utc(moment).isoformat(" ", "microseconds")


@lru_cache(maxsize=4096)
def _spell_utc(moment: datetime) -> str:
    """The same in UTC. A batch writes most moments several times.

    Only these are kept: in other zones two moments of the hour that comes twice are equal.
    """
    return moment.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


def _read(spelled: str | None) -> datetime | None:
    # With the zone in the text it takes a quarter of the time; lists of sources read tens of thousands.
    return None if spelled is None else datetime.fromisoformat(f"{spelled}+00:00")
