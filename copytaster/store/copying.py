"""Copy every row of a store into an empty one on another database, resumable at any kill, and compare the two.

Each batch is one transaction of the target, which also notes where the next one begins. Values are the database's own:
the text of JSON is copied as it is. Both stores have the schema of this program.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Column,
    LargeBinary,
    MetaData,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    make_url,
    select,
    tuple_,
)
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError
from sqlalchemy.types import TypeDecorator

from copytaster.errors import StoreError, UsageError
from copytaster.store.installation import COPYING, read_fact, set_fact
from copytaster.store.numbering import is_numbering, read_last_number, set_last_number
from copytaster.store.tables import installation, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import BindParameter, ColumnElement, Connection, Select
    from sqlalchemy.engine import Row

    from copytaster.store.engine import Store

    Progress = Callable[[int, int], None]  # rows done, rows in all

ROWS, PAGES = 2000, 100  # rows of a batch; of a table that keeps bytes
STEP = "copied:"  # before the name of a table: how far its copy is
_DIGEST_BITS = 128
# State of processes and of one file: the seals are digests of SQLite's own rows, made as the rows are written.
_LEFT_OUT = {"seals", "leases", "service_health", "workers"}
TABLES = tuple(table for table in metadata.sorted_tables if table.name not in _LEFT_OUT | {installation.name})


class _JsonText(TypeDecorator[str]):
    """The text of a column of JSON, which no database changes on the way."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindparam: BindParameter[Any]) -> ColumnElement[Any]:
        return cast(bindparam, JSON(none_as_null=True))

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(column, Text)

    def coerce_compared_value(self, _op: Any, _value: Any) -> Any:
        return self


class _SqliteJsonText(_JsonText):
    """The same on SQLite, which keeps JSON as text; a cast to JSON would make a number of it."""

    cache_ok = True

    def bind_expression(self, bindparam: BindParameter[Any]) -> ColumnElement[Any]:
        return bindparam


@dataclass(frozen=True, slots=True)
class TableDigest:
    """What a table holds: its rows, and the sum of their digests, whatever their order."""

    rows: int
    digest: str


def show_database(url: str) -> str:
    """The URL of a database without its password.

    Raises:
        UsageError: it is none.
    """
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        raise UsageError(
            "this is no database URL",
            resource=url,
            hint="e.g. postgresql+psycopg://USER@HOST/DATABASE, or sqlite:////var/lib/copytaster/store.sqlite",
        ) from None


def is_started(connection: Connection) -> bool:
    """True if the store is the target of a copy that is not finished."""
    return read_fact(connection, COPYING) is not None


def is_empty(connection: Connection) -> bool:
    """True if no table that would be copied has a row."""
    return all(connection.execute(select(1).select_from(table).limit(1)).first() is None for table in TABLES)


def copy_rows(source: Store, target: Store, on_progress: Progress = lambda _done, _total: None) -> None:
    """Copy what is not copied yet. The target is empty, or one whose copy was cut off.

    Raises:
        StoreError: the source is not as it was when the copy began, or a row does not fit the target's database.
    """
    with source.read() as connection:
        counts = _count(connection)
        begun = json.dumps({"change": read_fact(connection, "change"), **counts}, sort_keys=True)
    with target.write() as connection:
        noted = read_fact(connection, COPYING)
        if noted is None:
            set_fact(connection, COPYING, begun)
    if noted not in {None, begun}:
        raise explain_change("since the copy began")
    total, done = sum(counts.values()), 0
    for table in TABLES:
        for count in _copy_table(source, target, table):
            on_progress(done + count, total)
        done += counts[table.name]


def compare(
    source: Store, target: Store, on_progress: Progress = lambda _done, _total: None
) -> tuple[dict[str, TableDigest], list[str]]:
    """What each table of the source holds, and the names of those in which the target differs."""
    with source.read() as one, target.read() as other:
        total = 2 * sum(_count(one).values())
        counted = _Counted(on_progress, total)
        ours = {table.name: _digest(one, table, counted) for table in TABLES}
        theirs = {table.name: _digest(other, table, counted) for table in TABLES}
    return ours, sorted(name for name in ours if ours[name] != theirs[name])


def finish(source: Store, target: Store) -> None:
    """Make the target a store of its own right: its facts, and the numbers that its tables give next."""
    with source.read() as connection:
        facts = [
            row._asdict() for row in connection.execute(select(installation)) if not is_numbering(row.name)
        ]
        numbers = {table: read_last_number(connection, table) for table in TABLES if _is_numbered(table)}
    with target.write() as connection:
        connection.execute(delete(installation))
        if facts:  # a store that never grouped has none
            connection.execute(insert(installation), facts)
        for table, number in numbers.items():
            set_last_number(connection, table, number)


def explain_change(when: str) -> StoreError:
    """The error of a source that changed."""
    return StoreError(
        f"the store that is copied changed {when}",
        hint="stop everything that writes it, and copy it into another empty database",
    )


def _is_numbered(table: Table) -> bool:
    return table.autoincrement_column is not None


def _count(connection: Connection) -> dict[str, int]:
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES}


def _copy_table(source: Store, target: Store, table: Table) -> Iterator[int]:
    """Copy a table in the order of its keys; the rows that are there after each batch."""
    with target.read() as connection:
        step = json.loads(read_fact(connection, STEP + table.name) or '{"rows": 0, "after": null}')
    ours, theirs = _of(table, source), _of(table, target)
    keeps_bytes = any(isinstance(column.type, LargeBinary) for column in table.columns)
    limit = PAGES if keeps_bytes else ROWS
    while True:
        with source.read() as connection:
            rows = connection.execute(_after(ours, step["after"]).limit(limit)).all()
        if not rows:
            return
        after = [getattr(rows[-1], key.name) for key in table.primary_key]
        step = {"rows": step["rows"] + len(rows), "after": after}
        with target.write() as connection:
            _insert(connection, theirs, [row._asdict() for row in rows])
            set_fact(connection, STEP + table.name, json.dumps(step, default=datetime.isoformat))
        yield step["rows"]


def _after(table: Table, position: Sequence[Any] | None) -> Select[Any]:
    """The rows after a position, in the order of the keys."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys)
    if position is None:
        return query
    return query.where(tuple_(*keys) > tuple_(*map(_read_key, keys, position)))


def _read_key(column: Column[Any], value: Any) -> Any:
    is_moment = column.type.python_type is datetime and isinstance(value, str)
    return datetime.fromisoformat(value) if is_moment else value


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    statement = insert(table)
    try:
        with connection.begin_nested():
            connection.execute(statement, rows)
    except (DataError, IntegrityError):
        for row in rows:
            _insert_one(connection, table, row)


def _insert_one(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    try:
        with connection.begin_nested():
            connection.execute(insert(table), row)
    except (DataError, IntegrityError) as error:
        key = ", ".join(str(row[column.name]) for column in table.primary_key)
        said = str(error.orig).strip().splitlines()[0]
        raise StoreError(
            f"a row does not fit the other database: {said}",
            resource=f"{table.name} {key}",
            hint="`copytaster takedown` or retention takes a story out; nothing of the store was changed",
        ) from error


class _Counted:
    """Reports rows as they pass."""

    def __init__(self, on_progress: Progress, total: int) -> None:
        self._report, self._total, self._done = on_progress, total, 0

    def add(self, rows: int) -> None:
        self._done += rows
        self._report(self._done, self._total)


def _digest(connection: Connection, table: Table, counted: _Counted) -> TableDigest:
    count = total = 0
    query = select(_make_plain(table, connection.dialect.name))
    for rows in _slices(connection.execution_options(yield_per=ROWS).execute(query), ROWS):
        total += sum(map(_digest_row, rows))
        count += len(rows)
        counted.add(len(rows))
    return TableDigest(count, f"{total % 2**_DIGEST_BITS:032x}")


def _digest_row(row: Row[Any]) -> int:
    plain = [blake2b(value).hexdigest() if isinstance(value, bytes) else value for value in row]
    return int.from_bytes(
        blake2b(repr(plain).encode(errors="surrogatepass"), digest_size=_DIGEST_BITS // 8).digest()
    )


def _slices(rows: Iterable[Row[Any]], size: int) -> Iterator[list[Row[Any]]]:
    iterator = iter(rows)
    while found := list(islice(iterator, size)):
        yield found


def _of(table: Table, store: Store) -> Table:
    return _make_plain(table, store.engine.dialect.name)


@cache
def _make_plain(table: Table, dialect: str) -> Table:
    """The table with its JSON as text."""
    kind = _SqliteJsonText if dialect == "sqlite" else _JsonText
    columns = [
        Column(
            column.name,
            kind() if isinstance(column.type, JSON) else column.type,
            primary_key=column.primary_key,
        )
        for column in table.columns
    ]
    return Table(table.name, MetaData(), *columns)
