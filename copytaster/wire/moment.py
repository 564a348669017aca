"""Reads a printed or written moment: ISO 8601, RFC 5322, home-made forms, month names of many languages, zone names.

What is not printed is not invented: a moment without a zone says so, and so does a mere day.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from copytaster.late_pattern import late_pattern
from copytaster.wire.months import read_date
from copytaster.wire.tables import read_table

_MAX_CHARS = 160
_COMPACT = late_pattern(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?\s?(Z|[+-]\d{4})?$")
_EPOCH = late_pattern(r"(\d{9,10})(\d{3})?$")
_ISO = late_pattern(r"(?<!\d)(\d{4})([-/.])\s?(\d{1,2})\2\s?(\d{1,2})(?!\d)")
_NUMERIC = late_pattern(r"(?<![\d:])(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?![\d:])")
_AMERICAN = late_pattern(
    r"^,?\s\d{1,2}:\d\d\s?[AaPp]\.?[Mm]\.?\s[ECMP][DS]?T\b"
)  # a clock of the United States
_HYPHENS = late_pattern(r"(?<=\d)-(?=[^\W\d_])|(?<=[^\W\d_])-(?=\d)")
_WORD_START = late_pattern(r"(?<![^\W_])[^\W_]")
_NOON = r"a\.?\s?m\b\.?|p\.?\s?m\b\.?|π\.?μ\.?|μ\.?μ\.?|上午|下午|午前|午後|오전|오후|[صم](?!\w)"
_TIME = late_pattern(
    rf"(?<![\d.:+-])(?:({_NOON})\s?)?(\d{{1,2}})(?:(?:\s?[:.]\s?|\s?[hH時时点點시]\s?)(\d{{2}})(?!\d)(?::(\d{{2}}))?)"
    rf"(?:[.,]\d{{1,9}})?(?:分|분)?\s?({_NOON})?(?:\s?(?:Uhr|hrs?|uur)\b)?",
    re.IGNORECASE,
)
_HOUR = late_pattern(
    rf"(?<![\d.:+-])(?:({_NOON})\s?)?(\d{{1,2}})()()\s?({_NOON}|Uhr\b|h\b|時|时|点|點|시)", re.IGNORECASE
)
_SIGNALS = late_pattern(
    r"(?<![\d.:+-])()([01]\d|2[0-3])([0-5]\d)()()(?=\s(?:GMT|UTC|[A-Z]{2,3}T)\b)"
)  # 1015 GMT
_OFFSET = late_pattern(r"\s?(?:\(?(?:UTC|GMT)\s?)?([+\u2212-])(\d{1,2})(?::?(\d{2}))?(?!\d)")
_ZONE_NAME = late_pattern(r"[\s(]{0,3}((?:[A-Za-z]{3,12}/[A-Za-z_]{3,20})|[A-Za-zА-Яа-я]{1,5})\b")
_AFTERNOON = ("p", "μ.μ", "μμ", "下午", "午後", "오후", "م")
_NOON_HOUR = 12
_LAST_MONTH = 12
_BUDDHIST = (2400, 543)
_ZONES = {name: fields["offset"][0] for name, fields in read_table("zones").items()}


class Moment(NamedTuple):
    """A moment as printed.

    Attributes:
        at: aware, in UTC; a local time whose zone is unknown is taken for UTC.
        zone: as `+03:00`; None where none is printed.
        is_day: only the day is printed, or a midnight that stands for no time.
    """

    at: datetime
    zone: str | None
    is_day: bool


def read_moment(
    text: str,
    *,
    day_first: bool | None = None,
    latest: datetime | None = None,
    recent: timedelta = timedelta(),
) -> Moment | None:
    """The first moment in a short text; None if there is none, or only one without a year.

    Args:
        text: at most 160 characters of it are read.
        day_first: whether `05/11/2026` begins with the day; None: unknown, then such a date is not read.
        latest: aware; of two months that a name can mean, the last one before it is read.
        recent: so far back from `latest`, a day without a year is read, too.
    """
    text = _plain(text)
    try:
        return _read(text, day_first, latest, recent)
    except (ValueError, OverflowError):
        return None


def name_offset(offset: timedelta) -> str:
    """An offset from UTC as `+03:00`."""
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _plain(text: str) -> str:
    """One line with ASCII digits and without marks of direction."""
    text = " ".join(text[: 2 * _MAX_CHARS].split())[:_MAX_CHARS]
    if text.isascii():
        return text
    kept = (char for char in text if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in kept)


def _read(text: str, day_first: bool | None, latest: datetime | None, recent: timedelta) -> Moment | None:
    if compact := _COMPACT.match(text):
        numbers = (int(part) for part in compact.groups(default="0")[:6])
        local = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001
        return _at(local, (compact[7] or "",), has_time=bool(compact[4]))
    if seconds := _EPOCH.match(text):
        return Moment(datetime.fromtimestamp(int(seconds[1]), UTC), "+00:00", is_day=False)
    found = _find_day(text, day_first, latest, recent)
    if found is None:
        return None
    year, month, day, start, end = found
    for part in (text[end:], text[:start]):
        if time := (_TIME.search(part) or _HOUR.search(part) or _SIGNALS.search(part)):
            hour, minute, second = _read_clock(time)
            return _at(
                datetime(year, month, day, hour, minute, second),  # noqa: DTZ001
                (part[time.end() :], text[end:]),
                has_time=True,
            )
    return _at(datetime(year, month, day), (), has_time=False)  # noqa: DTZ001


def _find_day(
    text: str, day_first: bool | None, latest: datetime | None, recent: timedelta
) -> tuple[int, int, int, int, int] | None:
    """(year, month, day, start, end) of the first date with a year, or with one that can be told."""
    if iso := _ISO.search(text):
        return _western(int(iso[1])), int(iso[3]), int(iso[4]), *iso.span()
    numeric = _NUMERIC.search(text)
    text = _HYPHENS.sub(" ", text)
    for start in _WORD_START.finditer(text):
        if numeric and start.start() >= numeric.start():
            break
        printed = read_date(text, start.start())
        if printed and printed.day and printed.year and printed.months:
            year = _western(printed.year)
            month = _choose_month(printed.months, year, latest)
            return year, month, printed.day, start.start(), printed.end
        if printed and printed.day and printed.months and latest and recent:
            near = _recent_year(printed.months[0], printed.day, latest, recent)
            return (near, printed.months[0], printed.day, start.start(), printed.end) if near else None
    if numeric is None:
        return None
    first, second, year = int(numeric[1]), int(numeric[3]), int(numeric[4])
    year += 2000 if len(numeric[4]) == 2 else 0
    dotted = numeric[2] == "." and _AMERICAN.search(text[numeric.end() :]) is None
    by_day = True if dotted or first > _LAST_MONTH else day_first
    by_day = False if second > _LAST_MONTH or (numeric[2] == "." and not dotted) else by_day
    if by_day is None and first != second:
        return None
    day, month = (first, second) if by_day else (second, first)
    return _western(year), month, day, *numeric.span()


def _recent_year(month: int, day: int, latest: datetime, recent: timedelta) -> int | None:
    """The year in which this day is at most so far back; a day ahead is one of another zone."""
    years = (latest.year + 1, latest.year, latest.year - 1)
    fitting = (year for year in years if day <= monthrange(year, month)[1])
    first, last = latest - recent, latest + timedelta(days=1)
    return next((year for year in fitting if first <= datetime(year, month, day, tzinfo=UTC) <= last), None)


def _choose_month(months: tuple[int, ...], year: int, latest: datetime | None) -> int:
    past = [month for month in months if latest and (year, month) <= (latest.year, latest.month)]
    return max(past) if past else months[0]


def _western(year: int) -> int:
    return year - _BUDDHIST[1] if year > _BUDDHIST[0] else year


def _read_clock(time: re.Match[str]) -> tuple[int, int, int]:
    hour, minute, second = int(time[2]), int(time[3] or 0), int(time[4] or 0)
    half = (time[1] or time[5] or "").lower().replace(" ", "")
    if re.fullmatch(_NOON, half, re.IGNORECASE) and 1 <= hour <= _NOON_HOUR:
        hour = hour % _NOON_HOUR + (_NOON_HOUR if half.startswith(_AFTERNOON) else 0)
    return hour, minute, second


def _at(local: datetime, behind: tuple[str, ...], *, has_time: bool) -> Moment:
    """The moment of a local time, naive here, with the zone that stands behind it, else behind the date."""
    is_day = not has_time or (local.hour, local.minute, local.second) == (0, 0, 0)
    offsets = (_find_offset(text, local) for text in behind if has_time)
    offset = next((found for found in offsets if found is not None), None)
    if offset is None:
        return Moment(local.replace(tzinfo=UTC), None, is_day)
    return Moment((local - offset).replace(tzinfo=UTC), name_offset(offset), is_day)


def _find_offset(behind: str, local: datetime) -> timedelta | None:
    if found := _OFFSET.match(behind):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return None if offset > timedelta(hours=15) else offset if found[1] == "+" else -offset
    name = _ZONE_NAME.match(behind)
    if name is None:
        return None
    known = _ZONES.get(name[1].upper()) or (name[1] if "/" in name[1] else None)
    if known is None:
        return None
    if "/" not in known:
        parsed = timezone(timedelta(hours=float(known)))
        return parsed.utcoffset(None)
    try:
        return local.replace(tzinfo=ZoneInfo(known)).utcoffset()
    except (OSError, KeyError):  # no data of zones on this machine, or no such zone
        return None
