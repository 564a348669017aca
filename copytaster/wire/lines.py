"""One line in, JSON-able data out: what `copytaster wire dateline|headline|credit` prints."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from copytaster.values import to_json
from copytaster.wire.credit import find_credit
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.headline import parse_headline
from copytaster.wire.months import iso_date, read_date

_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:T.*)?")
_YEAR = re.compile(r"(?:19|20)\d\d")


def read_context_date(text: str) -> date | None:
    """A story's date as people write it: `2016-02-24`, a time behind it, `20160224`, `February 24, 2016`, `2016`.

    A year alone means its middle, which gives every day of that year this year. None for anything else.
    """
    text = text.strip()
    compact = _COMPACT.fullmatch(text)
    try:
        if _YEAR.fullmatch(text):
            return date(int(text), 7, 2)
        if compact:
            return date(*(int(part) for part in compact.groups()))
        return datetime.fromisoformat(text).date()
    except ValueError:
        printed = read_date(text[:60], 0)
        iso = iso_date(printed, None) if printed and printed.year else None
        return date.fromisoformat(iso) if iso else None


def dateline_line(line: str, context_date: date | None = None) -> dict[str, Any]:
    """`{"dateline": {...} | None, "rest": text}` of one opening; a date after a tab is that line's own context."""
    opening, tab, context = line.rstrip("\r\n").rpartition("\t")
    own = read_context_date(context) if tab else None
    if not tab or (own is None and context.strip()):
        opening = line.rstrip("\r\n")
    dateline, rest = parse_dateline(opening, context_date=own or context_date)
    return {"dateline": to_json(dateline), "rest": rest}


def headline_line(line: str) -> dict[str, Any]:
    """`{"headline": text, "markers": [...]}` of one headline."""
    headline = parse_headline(line.rstrip("\r\n"))
    return {"headline": headline.headline, "markers": to_json(headline.markers)}


def credit_line(line: str) -> dict[str, Any]:
    """`{"agency", "confidence", "evidence"}` of one text."""
    credit = find_credit(body=line.rstrip("\r\n"))
    return {"agency": credit.agency, "confidence": credit.confidence, "evidence": to_json(credit.evidence)}
