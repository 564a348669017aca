"""The books in which something is unaccounted for. The store adds them up: thousands of sources have a book each hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select

from copytaster.store.books import INFLOWS, Book, read_books
from copytaster.store.tables import books, in_transit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

MOST = 1000  # books that are read to say what is wrong


def count_books(connection: Connection, *, since: datetime, until: datetime) -> int:
    """The books of the periods that begin in [since, until]."""
    found = (
        select(books.c.hour, books.c.source).where(books.c.hour >= since, books.c.hour <= until).distinct()
    )
    return int(connection.scalar(select(func.count()).select_from(found.subquery())) or 0)


def list_unbalanced(connection: Connection, *, since: datetime, until: datetime) -> list[Book]:
    """Those among them that do not balance and whose runs have ended; of more than a thousand, the first."""
    place = (books.c.hour, books.c.source)
    wrong = select(*place).where(books.c.hour >= since, books.c.hour <= until).group_by(*place)
    under_way = select(in_transit.c.hour, in_transit.c.source).where(
        in_transit.c.hour >= since, in_transit.c.hour <= until
    )
    # what is under way is in no book: whoever has some is looked at closely
    suspected = sorted(
        {
            (hour, source)
            for query in (
                wrong.having(or_(*_DIFFERENCES)).order_by(*place).limit(MOST),
                under_way.distinct().limit(MOST),
            )
            for hour, source in connection.execute(query)
        }
    )
    found = [
        one
        for hour, source in suspected
        for one in read_books(connection, since=hour, until=hour, source=source)
    ]
    return [one for one in found if one.unaccounted and not one.under_way]


def _add(gate: str, reason: str | None = None) -> Any:
    """The entries at a gate that ended there for this reason, by default for any."""
    chosen = books.c.gate == gate
    if reason is not None:
        chosen &= books.c.reason == reason
    return func.coalesce(func.sum(case((chosen, books.c.number), else_=0)), 0)


def _came(gate: str, before: str) -> Any:
    """What came to a gate: what passed the one before, and what joined from the side."""
    passed = _add(before, "")
    return passed + _add(INFLOWS[gate], "") if gate in INFLOWS else passed


_DIFFERENCES = (
    *(_add(gate) != _add(gate, "") for gate in ("found", "grouped")),  # where nothing stops
    *(
        _came(gate, before) != _add(gate)
        for before, gate in (
            ("found", "fetched"),
            ("fetched", "parsed"),
            ("parsed", "stored"),
            ("stored", "indexed"),
        )
    ),
)
