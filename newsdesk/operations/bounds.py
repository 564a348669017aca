"""The bounds of a span of time as people write them: a day, a moment, or so long ago."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from copytaster.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAYS = {"today": 0, "yesterday": 1}
UNITS = {"min": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}  # minutes
_AGO = re.compile(r"([1-9][0-9]{0,3})\s?(min|h|d|w)")


def moves(text: str) -> bool:
    """True for a bound that goes along with the clock, such as `24h`."""
    return text in DAYS or _AGO.fullmatch(text) is not None


def read_bound(
    name: str, text: str, zone: ZoneInfo, *, end: bool = False, now: datetime | None = None
) -> datetime | None:
    """A day (its start, or its end), a moment, or a time ago (`90min`, `24h`, `7d`, `2w`); None for an empty text.

    `today` and `yesterday` are days, in the zone; a moment without a zone is UTC.

    Raises:
        UsageError: it is none of these.
    """
    if not text:
        return None
    moment = (now or datetime.now(UTC)).replace(second=0, microsecond=0)  # within a minute all mean the same
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return moment - timedelta(minutes=int(ago[1]) * UNITS[ago[2]])
    try:
        if text in DAYS:
            return _find_midnight(moment.astimezone(zone).date() - timedelta(days=DAYS[text]), zone, end=end)
        if len(text) == len("2016-02-24"):
            return _find_midnight(date.fromisoformat(text), zone, end=end)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"not a day or moment: {text[:80]!r}",
            resource=name,
            hint="e.g. 2016-02-24, 2016-02-24T12:00:00Z, today, or 24h for 24 hours ago (min, h, d, w)",
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _find_midnight(day: date, zone: ZoneInfo, *, end: bool) -> datetime:
    day += timedelta(days=1 if end else 0)
    return datetime(day.year, day.month, day.day, tzinfo=zone)
