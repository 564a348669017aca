"""Month and weekday names in the languages that agencies write in, and printed dates -> ISO text."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from copytaster.late_pattern import late_pattern
from copytaster.wire.letters import MARKS, fold
from copytaster.wire.tables import read_table

LAST_DAY = 31
_LAST_MONTH = 12
_TABLE = {entry: fields["names"] for entry, fields in read_table("months").items()}
_WEEKDAYS = frozenset(fold(word) for word in _TABLE["weekdays"])


def _month_table() -> dict[str, tuple[int, ...]]:
    table: dict[str, tuple[int, ...]] = {}
    for number in range(1, _LAST_MONTH + 1):
        for name in _TABLE[str(number)]:
            key = fold(name)
            if number not in table.get(key, ()):
                table[key] = (*table.get(key, ()), number)
    return table


# Two-word Levantine names: the first word alone does not say which month it is.
_LEVANTINE = {
    "كانون": {"الثاني": 1, "الأول": 12, "الاول": 12},
    "تشرين": {"الأول": 10, "الاول": 10, "الثاني": 11},
}

_MONTH_KEYS = _month_table()
_WORD = rf"(?:[^\W\d_]|[{MARKS}]){{2,16}}"
_JOIN = "[ \t\xa0]{0,2}"
_OF = r"(?:de[ ]|di[ ]|do[ ]|del[ ]|d['’])?"
_YEAR = r"(?:[,.]?[ ]{0,2}(?:de[ ]|del[ ])?((?:19|20)\d\d)(?!\d)(?:[ ]?(?:г(?:ода)?|р)?\.)?)?"
_DAY_MONTH = late_pattern(
    rf"(\d{{1,2}})(?!\d)(?:st|nd|rd|th|er|re|ère|º|ª|°)?\.?{_JOIN}{_OF}({_WORD})\.?(?:[ /]({_WORD}))?{_YEAR}"
)
_MONTH_DAY = late_pattern(
    rf"(?<![^\W\d_])(?<![{MARKS}])({_WORD})\.?{_JOIN}(\d{{1,2}})(?!\d)(?:st|nd|rd|th|ST|ND|RD|TH)?{_YEAR}"
)
_YEAR_MONTH_DAY = late_pattern(rf"((?:19|20)\d\d)\.?{_JOIN}({_WORD})\.?{_JOIN}(\d{{1,2}})(?!\d)\.?")
_NUMERIC = late_pattern(r"(\d{1,2})([./-])(\d{1,2})(?:\2((?:19|20)\d\d|\d\d)(?!\d)|\.|(?![\d./-]))")
_ISO = late_pattern(r"((?:19|20)\d\d)([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
_CJK = late_pattern(r"(?:((?:19|20)\d\d)\s?[年년]\s?)?(?:(\d{1,2})\s?[月월]\s?)?(\d{1,2})\s?[日일]")
_LATE_YEAR = late_pattern(rf"\.?{_YEAR}")
_MONTH_ALONE = late_pattern(rf"(?<![^\W\d_])(?<![{MARKS}])({_WORD})\.?(?:[ ]((?:19|20)\d\d)(?!\d))?")
_WEEKDAY = late_pattern(
    rf"(?<![^\W\d_])(?<![{MARKS}])(?:\(({_WORD}(?:-feira)?)\)|({_WORD}(?:-feira)?))\.?,?[ ]?"
)


class PrintedDate(NamedTuple):
    """A date found in a text; `months` has several numbers where a name means different months in two languages."""

    months: tuple[int, ...]
    day: int | None
    year: int | None
    end: int


def months_of(word: str) -> tuple[int, ...]:
    """The month numbers a word can mean; empty for other words."""
    return _MONTH_KEYS.get(fold(word), ())


def is_weekday(word: str) -> bool:
    """Whether a word names a day of the week, or today or yesterday."""
    plain = word.isascii() and word.isalnum()  # as nearly all: `fold` would only take up its cache
    return (word.lower() if plain else fold(word)) in _WEEKDAYS


def read_date(text: str, start: int) -> PrintedDate | None:
    """The date printed at `start`, a weekday before it skipped; None if there is none."""
    position = _skip_weekday(text, start)
    for read in (
        _read_cjk,
        _read_iso,
        _read_year_first,
        _read_day_first,
        _read_month_first,
        _read_numeric,
        _read_month_alone,
    ):
        found = read(text, position)
        if found is not None:
            return found._replace(end=_skip_weekday(text, found.end, before=", "))
    return None


def _skip_weekday(text: str, start: int, before: str = "") -> int:
    position = start
    if before:
        while position < len(text) and text[position] in before and position - start < 2:
            position += 1
    found = _WEEKDAY.match(text, position)
    if found and is_weekday(found.group(1) or found.group(2)):
        return found.end() if not before else len(text[: found.end()].rstrip(" ,"))
    return start


def _dated(months: tuple[int, ...], day: int, year: int | None, end: int) -> PrintedDate | None:
    return PrintedDate(months, day, year, end) if months and 1 <= day <= LAST_DAY else None


def _read_cjk(text: str, start: int) -> PrintedDate | None:
    found = _CJK.match(text, start)
    if not found:
        return None
    year, month, day = found.groups()
    months = (int(month),) if month and 1 <= int(month) <= _LAST_MONTH else ()
    return (
        PrintedDate(months, int(day), int(year) if year else None, found.end())
        if 1 <= int(day) <= LAST_DAY
        else None
    )


def _read_iso(text: str, start: int) -> PrintedDate | None:
    found = _ISO.match(text, start)
    if not found or not 1 <= int(found.group(3)) <= _LAST_MONTH:
        return None
    return _dated((int(found.group(3)),), int(found.group(4)), int(found.group(1)), found.end())


def _read_year_first(text: str, start: int) -> PrintedDate | None:
    found = _YEAR_MONTH_DAY.match(text, start)
    if not found:
        return None
    return _dated(months_of(found.group(2)), int(found.group(3)), int(found.group(1)), found.end())


def _read_day_first(text: str, start: int) -> PrintedDate | None:
    found = _DAY_MONTH.match(text, start)
    if not found:
        return None
    day, name, second, year = found.groups()
    months, end = months_of(name), found.end()
    levantine = _LEVANTINE.get(name, {}).get(second or "")
    if levantine:
        months = (levantine,)
    elif second and not months_of(
        second
    ):  # the word after the month is not a second name of it: give it back
        end, year = found.end(2), None
        again = _LATE_YEAR.match(text, end)
        if again and again.group(1):
            end, year = again.end(), again.group(1)
        elif end < len(text) and text[end] == ".":
            end += 1
    return _dated(months, int(day), int(year) if year else None, end)


def _read_month_first(text: str, start: int) -> PrintedDate | None:
    found = _MONTH_DAY.match(text, start)
    if not found:
        return None
    return _dated(
        months_of(found.group(1)),
        int(found.group(2)),
        int(found.group(3)) if found.group(3) else None,
        found.end(),
    )


def _read_numeric(text: str, start: int) -> PrintedDate | None:
    found = _NUMERIC.match(text, start)
    if not found:
        return None
    first, second, year = int(found.group(1)), int(found.group(3)), found.group(4)
    if not year and not (found.group(2) == "/" or found.group().endswith(".")):
        return None  # `1.5` and `2-1` are figures
    day, month = (first, second) if second <= _LAST_MONTH else (second, first)
    full_year = (int(year) if len(year) == 4 else 2000 + int(year)) if year else None
    return _dated((month,), day, full_year, found.end()) if 1 <= month <= _LAST_MONTH else None


def _read_month_alone(text: str, start: int) -> PrintedDate | None:
    found = _MONTH_ALONE.match(text, start)
    if not found or not months_of(found.group(1)):
        return None
    return PrintedDate(
        months_of(found.group(1)), None, int(found.group(2)) if found.group(2) else None, found.end()
    )


def iso_date(printed: PrintedDate, context: date | None) -> str | None:
    """`2016-02-24`, the year nearest to `context` where none is printed; `--02-24` without either.

    None where no day is printed, where no month can be known, or where the calendar has no such day.
    """
    if printed.day is None:
        return None
    months = printed.months or (_months_near(context) if context else ())
    if context is None or printed.year is not None:
        month = months[0] if months else None
        if month is None or not _valid(printed.year or 2000, month, printed.day):
            return None
        return (
            f"{printed.year}-{month:02}-{printed.day:02}"
            if printed.year
            else f"--{month:02}-{printed.day:02}"
        )
    years = range(max(1, context.year - 4), min(9999, context.year + 4) + 1)
    candidates = [
        date(year, month, printed.day)
        for year in years
        for month in months
        if _valid(year, month, printed.day)
    ]
    if not candidates:
        return None
    return min(candidates, key=lambda day: (abs(day - context), day.year != context.year)).isoformat()


def _months_near(context: date) -> tuple[int, ...]:
    near = (context - timedelta(days=20), context, context + timedelta(days=20))
    return tuple({day.month: None for day in near})


def _valid(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
