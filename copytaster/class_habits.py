"""How long a source may be silent while its own habits are not known. Imports no NumPy: every command that lists sources does this."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SHORTEST = timedelta(hours=1)  # no silence below rings

_CLASS_HOURS = (8.0, 48.0)  # expected interval while nothing is known: on weekdays, at weekends
_CLASS_RUNS = 3  # intervals of its schedule, where those are longer
_SATURDAY = 5


def count_class_intervals(since: datetime, now: datetime, interval: timedelta | None) -> float:
    """How many expected intervals a source of which nothing is known has been silent, by the interval of its schedule."""
    own = _CLASS_RUNS * (interval or timedelta(0)) / timedelta(hours=1)
    weekday, weekend = (max(hours, own) for hours in _CLASS_HOURS)
    total, moment = 0.0, since.astimezone(UTC)
    while moment < now:
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        end = min(now, midnight)
        total += (end - moment) / timedelta(hours=1) / (weekday if moment.weekday() < _SATURDAY else weekend)
        moment = end
    return total
