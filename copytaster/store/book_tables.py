"""The tables of the books: what passed each gate, the versions still under way, and the times that no list showed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, String, Text

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

# The sums of `books` over all hours and sources, for figures that are read at each scrape.
book_totals = table(
    "book_totals",
    Column("gate", String(16), primary_key=True),
    Column("reason", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False),
)

# Versions that are stored and not yet in the index, with the source and the hour that they are booked under. No foreign key:
# a version that is lost leaves its row, and so a difference in the books.
in_transit = table(
    "in_transit",
    Column("version_id", Id, primary_key=True, autoincrement=False),
    Column("source", String(128), nullable=False),
    Column("hour", Moment, nullable=False),
    Column("answered_at", Moment),  # when the answer came that brought it; NULL where nobody knows
)

# How many versions were searchable how long after that: one row for each day, source and bucket that has any. See
# copytaster.store.latencies.
latencies = table(
    "latencies",
    Column("day", Moment, primary_key=True),
    Column("source", String(128), primary_key=True),
    Column("bucket", Integer, primary_key=True),  # its number in BOUNDS_S; one more: longer than all
    Column("number", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),  # their sum
)

# The same of all sources and all time: nobody adds up the days.
latency_totals = table(
    "latency_totals",
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
)

# Times of which a source's list was never seen: no entry of the list before was in the next one. See copytaster.store.holes.
holes = table(
    "holes",
    Column("id", Id, primary_key=True),
    Column("source", String(128), nullable=False, index=True),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Column("closed_at", Moment),
    Column("closing", Text),  # what could be had, and what not
)
