"""The books in which something is unaccounted for. The store adds them up: thousands of sources have a book each hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select

from copytaster.store.books import INFLOWS, Book, read_books
from copytaster.store.tables import books, in_transit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

MOST = 1000  # books that are read to say what is wrong


def find_unbalanced(connection: Connection, *, since: datetime, until: datetime) -> tuple[list[Book], int]:
    """The books of the periods that begin in [since, until] that do not balance and whose runs have ended, and how many there are.

    Of more than a thousand that do not balance, the first.
    """
    chosen = (books.c.hour >= since, books.c.hour <= until)
    place = (books.c.hour, books.c.source)
    differs = or_(*_list_differences())
    summed = select(case((differs, 1), else_=0).label("differs")).where(*chosen).group_by(*place).subquery()
    count, wrong = connection.execute(select(func.count(), func.sum(summed.c.differs))).one()
    queries = [
        select(in_transit.c.hour, in_transit.c.source)
        .where(in_transit.c.hour >= since, in_transit.c.hour <= until)
        .distinct()
    ]  # what is under way is in no book: whoever has some is looked at closely
    if wrong:
        queries.append(select(*place).where(*chosen).group_by(*place).having(differs).order_by(*place))
    suspected = {tuple(row) for query in queries for row in connection.execute(query.limit(MOST))}
    found = [
        one
        for hour, source in sorted(suspected)
        for one in read_books(connection, since=hour, until=hour, source=source)
    ]
    return [one for one in found if one.unaccounted and not one.under_way], count


def _differs(came: Mapping[tuple[str, str], int], gate: str) -> Any:
    """What came to a gate, (gate, reason) -> times counted, is not all that ended there."""
    number = case(
        *((_at(*place), times * books.c.number) for place, times in came.items()),
        (books.c.gate == gate, -books.c.number),
        else_=0,
    )
    return func.sum(number) != 0


def _at(gate: str, reason: str) -> Any:
    return (books.c.gate == gate) & (books.c.reason == reason)


def _list_differences() -> Iterator[Any]:
    for gate in ("found", "grouped"):  # where nothing stops
        yield func.sum(case((_at(gate, ""), 0), (books.c.gate == gate, books.c.number), else_=0)) != 0
    for before, gate in (
        ("found", "fetched"),
        ("fetched", "parsed"),
        ("parsed", "stored"),
        ("stored", "indexed"),
    ):
        side = {(INFLOWS[gate], ""): 1} if gate in INFLOWS else {}
        yield _differs({(before, ""): 1, **side}, gate)
