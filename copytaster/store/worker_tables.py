"""The table of the processes that run the service: a row while one lives."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, String

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
