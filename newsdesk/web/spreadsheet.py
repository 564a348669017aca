"""CSV that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # with which a spreadsheet takes a text for a formula


def write_sheet(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under a line of headings. A text that a spreadsheet would run as a formula begins with an apostrophe.

    Each text is in quotation marks: a spreadsheet that divides at semicolons or tabs would begin a cell in its middle.
    """
    out = io.StringIO()
    csv.writer(out).writerow(columns)
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_disarm(value) for value in row] for row in rows)
    return out.getvalue()


def _disarm(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else value
