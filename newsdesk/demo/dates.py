"""Days and dates in the demo's copy: fills in `{day}`, `{day-1}`, `{date+2}` from the moment of filing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_PLACEHOLDER = re.compile(r"\{(day|date)([+-]\d{1,3})?\}")

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
}
_MONTHS = {
    "en": ["Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "ar": [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
}
_DATE = {"en": "{month} {day}", "de": "{day}. {month}", "ar": "{day} {month}"}


def write_date(moment: datetime, language: str) -> str:
    """The date as a dateline prints it: `Feb 24`, `24. Februar`, `24 فبراير`."""
    return _DATE[language].format(month=_MONTHS[language][moment.month - 1], day=moment.day)


def fill_dates(text: str, filed_at: datetime, language: str) -> str:
    """Replace the placeholders in `text`; `{day-1}` is the weekday before `filed_at`."""

    def word(match: re.Match[str]) -> str:
        moment = filed_at + timedelta(days=int(match[2] or 0))
        return _DAYS[language][moment.weekday()] if match[1] == "day" else write_date(moment, language)

    return _PLACEHOLDER.sub(word, text)
