"""The tables of digests: what everything that is kept should be, and what scrubs found."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text

from copytaster.store.metadata import Id, table
from copytaster.store.moment import Moment

# A digest beside each row of each other table, on SQLite; and of each document that the index holds, on every database.
seals = table(
    "seals",
    Column("kind", String(32), primary_key=True),  # the table; `documents` for the index
    Column("key", Text, primary_key=True),  # empty: every row of the table has a seal
    Column("digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# One row per scrub. The newest without an end is under way, and goes on from its position.
scrubs = table(
    "scrubs",
    Column("id", Id, primary_key=True),
    Column("trigger", String(16), nullable=False),  # schedule, command
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("step", String(64), nullable=False),
    Column("position", Text),  # within the step, as JSON
    Column("checked", BigInteger, nullable=False, default=0),
    Column("unknown", BigInteger, nullable=False, default=0),  # had no digest yet, and got one
    Column("damaged", Integer, nullable=False, default=0),
    Column("repaired", Integer, nullable=False, default=0),
)

# What scrubs found damaged: open until it is repaired or accepted.
damages = table(
    "damages",
    Column("kind", String(32), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("scrub_id", Id, nullable=False),  # that found it last
    Column("found_at", Moment, nullable=False),  # first
    Column("headline", Text),
    Column("what", Text, nullable=False),
    Column("dispatch_id", String(32), index=True),  # that shows it
    Column("state", String(16), nullable=False),  # open, repaired
    Column("done", Text, nullable=False),  # by the scrub, or what a person does next
    Column("ended_at", Moment),
)
