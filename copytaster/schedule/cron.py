"""Cron expressions as sources.toml takes them: five fields, weekdays by name. `timetable.py` computes when they are due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from copytaster.errors import nearest

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OFTEN, _NEAR_MINUTES = 3, 180
_PART = re.compile(r"(\*|[a-z]{1,12}|\d{1,4})(?:-([a-z]{1,12}|\d{1,4}))?(?:/(\d{1,4}))?")


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, MONTHS),
    _Field("weekday", 0, 6, WEEKDAYS),
)


def check_cron(text: str) -> str:
    """A cron expression in one canonical spelling: lower case, single blanks.

    Forms that libraries read differently are refused: weekday numbers (0 is Sunday here, Monday there), steps
    of weekdays, ranges that wrap, and a day of the month together with a weekday (and here, or there).

    Raises:
        ValueError: the expression cannot be read; the message names the field and a form that works.
    """
    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"cron needs five fields (minute hour day month weekday), got {len(parts)}; e.g. '30 6 * * mon-fri'"
        )
    for field, part in zip(_FIELDS, parts, strict=True):
        for item in part.split(","):
            _check_item(field, item)
    if parts[2] != "*" and parts[4] != "*":
        raise ValueError(
            "cron names a day of the month and a weekday; libraries disagree on it, name only one"
        )
    return " ".join(parts)


def is_polling(expression: str) -> bool:
    """True if a rule repeats within hours, however its fields are spelled: at least thrice a day, mostly within 3 hours.

    A rule with other times names them because they matter.
    """
    minutes, hours = (
        _expand(field, part) for field, part in zip(_FIELDS[:2], expression.lower().split()[:2], strict=True)
    )
    times = sorted(60 * hour + minute for hour in hours for minute in minutes)
    gaps = sorted(late - early for early, late in pairwise(times))
    return len(times) >= _OFTEN and gaps[len(gaps) // 2] <= _NEAR_MINUTES


def _expand(field: _Field, text: str) -> set[int]:
    """The values that a checked field stands for."""
    values: set[int] = set()
    for item in text.split(","):
        found = _PART.fullmatch(item)
        if found is None:
            raise ValueError(f"{field.name} {item!r} cannot be read")
        start, end, step = found.groups()
        first = field.first if start == "*" else int(start)
        last = field.last if start == "*" else int(end or start)
        values.update(range(first, last + 1, int(step or 1)))
    return values


def _check_item(field: _Field, item: str) -> None:
    found = _PART.fullmatch(item)
    if found is None:
        raise ValueError(f"{field.name} {item!r} cannot be read; e.g. '30 6 * * mon-fri'")
    start, end, step = found.groups()
    if step is not None:
        _check_step(field, item, step, is_range=start == "*" or end is not None)
    if start == "*":
        if end is not None:
            raise ValueError(f"{field.name} {item!r} cannot be read; '*' has no end")
        return
    first = _number(field, start)
    if end is not None and _number(field, end) < first:
        raise ValueError(f"{field.name} {item!r} runs backwards; name both parts with a comma")


def _check_step(field: _Field, item: str, step: str, *, is_range: bool) -> None:
    if field.names is WEEKDAYS:
        raise ValueError(f"weekday {item!r} has a step; name the days, e.g. 'mon,wed,fri'")
    if not is_range or not 0 < int(step) <= field.last:
        raise ValueError(f"{field.name} {item!r} has no usable step; e.g. '*/15'")


def _number(field: _Field, text: str) -> int:
    if field.names is WEEKDAYS and text.isdigit():
        raise ValueError(f"weekday {text!r} is a number and libraries disagree on 0; write mon, tue, ... sun")
    if text in field.names:
        return field.names.index(text) + field.first
    if not text.isdigit():
        raise ValueError(f"{field.name} {text!r} is no {field.name}" + _suggest(field, text))
    if not field.first <= int(text) <= field.last:
        raise ValueError(f"{field.name} {text} is not within {field.first}-{field.last}")
    return int(text)


def _suggest(field: _Field, text: str) -> str:
    return (
        f", {nearest(text, field.names)}" if field.names else f", it goes from {field.first} to {field.last}"
    )
