"""Facts about this installation: the epoch, the secret seed, and the change number every revision takes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Text, bindparam, cast, select

from copytaster.store.tables import installation
from copytaster.store.upsert import insert_or_ignore, insert_or_update

if TYPE_CHECKING:
    from sqlalchemy import Connection

EPOCH_FACTOR = 2**40
SEED_BITS = 63
COPYING = "copying"  # a fact of a store that is an unfinished copy of another one

_FACT = select(installation.c.value).where(installation.c.name == bindparam("fact"))
# One statement reads and raises: between two, another transaction could read the same number.
_RAISE = (
    installation.update()
    .where(installation.c.name == "change")
    .values(value=cast(cast(installation.c.value, BigInteger) + bindparam("count", type_=BigInteger), Text))
    .returning(installation.c.value)
)


def read_fact(connection: Connection, name: str) -> str | None:
    """The value kept under a name, or None."""
    return connection.scalar(_FACT, {"fact": name})


def keep_fact(connection: Connection, name: str, value: str) -> str:
    """Keep a value unless one exists; returns the kept value."""
    connection.execute(insert_or_ignore(connection, installation, {"name": name, "value": value}))
    kept = read_fact(connection, name)
    return value if kept is None else kept


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Keep a value in place of any other."""
    row = {"name": name, "value": value}
    connection.execute(insert_or_update(connection, installation, row, update=["value"]))


def drop_fact(connection: Connection, name: str) -> None:
    """Delete the value of a name."""
    connection.execute(installation.delete().where(installation.c.name == name))


def secret_seed(connection: Connection) -> int:
    """This installation's own seed, made once. Whoever knows the seed can craft texts that look alike."""
    return int(keep_fact(connection, "seed", str(secrets.randbits(SEED_BITS))))


def read_change(connection: Connection) -> int:
    """How many change numbers this epoch has given."""
    return int(read_fact(connection, "change") or 0)


def next_changes(connection: Connection, count: int) -> range:
    """`count` numbers in a row, larger than any given before: epoch * 2^40 + sequence. Call inside a write transaction.

    They never come from a clock: clocks go backwards. A restored backup raises the epoch, so its changes are the newest.
    """
    values = {"count": count}
    last = connection.scalar(_RAISE, values)
    if last is None:
        keep_fact(connection, "change", "0")
        last = connection.execute(_RAISE, values).scalar_one()
    # Only now, as the row above makes this transaction wait for one that raises the epoch.
    epoch = int(read_fact(connection, "epoch") or keep_fact(connection, "epoch", "1"))
    first = epoch * EPOCH_FACTOR + int(last) - count + 1
    return range(first, first + count)
