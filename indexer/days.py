"""Whole days as a search names them: `2026`, `2026-11`, `2026-11-20`, or two of these with `..` between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from copytaster.errors import QueryError

MONTHS = 12
_DAYS = re.compile(r"((?:19|2[0-9])[0-9]{2})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days of `@timestamp`, from the first to the last; an end that is None is open."""

    first: date | None
    last: date | None

    def bounds(self, timezone: str) -> tuple[datetime | None, datetime | None]:
        """Its first moment and the first moment after it, in a zone."""
        zone = ZoneInfo(timezone)
        begin, after = self.first, self.last and self.last + timedelta(days=1)
        return _midnight(begin, zone), _midnight(after, zone)


def read_span(text: str) -> Span:
    """A day, month or year, or two of these with `..` between, of which one may be missing.

    Raises:
        QueryError: it is none of these.
    """
    first, dots, last = text.partition("..")
    try:
        begin = _read_days(first)[0] if first else None
        end = _read_days(last)[1] if last else None if dots else _read_days(first)[1]
    except (ValueError, OverflowError) as error:
        raise QueryError(
            f"not a day, month or year: {text[:40]!r}",
            resource="query",
            hint="e.g. time:2026-11-20, time:2026-11 or time:2026-11-18..2026-11-20",
        ) from error
    return Span(begin, end)


def _read_days(text: str) -> tuple[date, date]:
    """The first and the last day of a day, month or year."""
    found = _DAYS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    first = date(year or 0, month or 1, day or 1)
    if day:
        return first, first
    after = first.replace(year=first.year + 1) if not month or month == MONTHS else first
    after = after if not month else after.replace(month=month % MONTHS + 1)
    return first, after - timedelta(days=1)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=zone)
