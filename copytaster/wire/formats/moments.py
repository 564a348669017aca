"""Reads the moments that wire formats print: ISO 8601 in its long and its basic form, and those of mail."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_BASIC = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
)
_DAY_FIRST = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?")


def read_moment(text: str | None) -> datetime | None:
    """A moment in UTC, or None where the text is none. A moment without a zone counts as UTC."""
    printed = (text or "").strip()
    found = _BASIC.fullmatch(printed)
    try:
        if found:
            year, month, day, hour, minute, second, zone = found.groups()
            offset = "+00:00" if zone in (None, "Z", "UTC", "GMT") else f"{zone[:3]}:{zone[-2:]}"
            clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
            return datetime.fromisoformat(f"{year}-{month}-{day}T{clock}{offset}").astimezone(UTC)
        if found := _DAY_FIRST.fullmatch(printed):
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if not printed[:1].isalpha() or len(printed) > 60:
            return None
        moment = parsedate_to_datetime(printed)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
