"""Tables of the processes that run the service: a row while one lives, the leases and hosts they hold, and how their parts work."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, String, Text

from copytaster.store.metadata import table
from copytaster.store.moment import Moment

workers = table(
    "workers",
    Column("holder", String(128), primary_key=True),  # as in leases and runs
    Column("roles", String(64), nullable=False),  # with commas
    Column("version", String(64), nullable=False),  # of the program
    Column("since", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),  # by the database's clock
    Column("clock_s", Float, nullable=False),  # seconds by which its own clock is ahead of the database's
    Column("load", JSON, nullable=False),  # of its crawls; empty without any
)

# The health of the service's parts. Work that one process does at a time has one row, whoever does it; what each
# machine does for itself has a row for each.
service_health = table(
    "service_health",
    Column("part", String(32), primary_key=True),
    Column("host", String(64), primary_key=True),  # empty: one process at a time
    Column("last_success_at", Moment),
    Column("last_error_at", Moment),
    Column("last_error", Text),
    Column("failures", Integer, nullable=False, default=0),  # in a row
)

# Which process may act alone: name -> holder, with a token that grows at every take-over.
leases = table(
    "leases",
    Column("name", String(64), primary_key=True),
    Column("holder", String(128), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("beats", BigInteger, nullable=False, default=0),  # grows while the holder lives
    Column("renewed_at", Moment, nullable=False),  # for people to read; it decides nothing
)

# Which process may request a host; see copytaster.store.host_claims.
host_claims = table(
    "host_claims",
    Column("host", Text, primary_key=True),  # with its port
    Column("holder", String(128), nullable=False),
    Column("until", Moment, nullable=False),  # by the database's clock
)
