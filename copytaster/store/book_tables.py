"""The tables of the books: how many entries passed or stopped at each gate, and the versions still under way."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String

from copytaster.store.metadata import Id, table
from copytaster.store.moment import Moment

# One row for each hour, source, gate and reason; retention folds hours into days. See copytaster.store.books.
books = table(
    "books",
    Column("hour", Moment, primary_key=True),
    Column("source", String(128), primary_key=True),
    Column("gate", String(16), primary_key=True),
    Column("reason", String(64), primary_key=True),  # empty: passed
    Column("number", BigInteger, nullable=False),
)

# Versions that are stored and not yet in the index, with the source and the hour that they are booked under. No foreign key:
# a version that is lost leaves its row, and so a difference in the books.
in_transit = table(
    "in_transit",
    Column("version_id", Id, primary_key=True, autoincrement=False),
    Column("source", String(128), nullable=False),
    Column("hour", Moment, nullable=False),
)
