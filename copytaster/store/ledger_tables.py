"""The tables of the run ledger: a row a due time, and what is left of rows once they are folded."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Text

from copytaster.store.metadata import Id, partial_index, table
from copytaster.store.moment import Moment

# One row per due time.
runs = table(
    "runs",
    Column("id", Id, primary_key=True),
    Column("source", String(128), nullable=False),
    Column("trigger", String(16), nullable=False),  # schedule, catch-up, command
    Column("due_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("outcome", String(16), nullable=False),  # running, ran, partial, failed, skipped, missed
    Column("why", Text),
    Column("found", Integer, nullable=False, default=0),
    Column("fetched", Integer, nullable=False, default=0),
    Column("stored", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column(
        "new", Integer
    ),  # stories stored for the first time; these four are NULL in rows of earlier releases
    Column("usable", Integer),  # pages read that gave a story
    Column("fruitless", Integer),  # entries met for the first time that gave none
    Column("not_modified", Boolean),
    Column("dropped", JSON, nullable=False, default=dict),  # reason -> count
    Column("errors", JSON, nullable=False, default=dict),  # reason -> count
    Column("seconds", Float),
    Column("peak_bytes", BigInteger),
    Column("holder", String(128)),  # the process that runs it
)
# A scheduled due time has one row, whichever process enters it. Commands have a row each.
partial_index(
    "ix_runs_source_due_at",
    runs.c.source,
    runs.c.due_at,
    unique=True,
    where=runs.c.trigger != "command",
)
Index("ix_runs_latest", runs.c.source, runs.c.id)
Index("ix_runs_newest", runs.c.source, runs.c.outcome, runs.c.id)  # the newest of each kind without a scan
partial_index(
    "ix_runs_running",
    runs.c.id,
    where=runs.c.outcome == "running",
)

# How many due times of each source ever ended in each way: counted as rows are written, never by reading them.
run_totals = table(
    "run_totals",
    Column("source", String(128), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("runs", BigInteger, nullable=False),
)

# What is left of rows that retention folded: one row a source, hour and outcome.
run_hours = table(
    "run_hours",
    Column("hour", Moment, primary_key=True),  # in which the due times lay
    Column("source", String(128), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("found", Integer, nullable=False),
    Column("fetched", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("dropped", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
)

# Up to which moment each source's due times are in the ledger, and the rule that gave them.
schedules = table(
    "schedules",
    Column("source", String(128), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("handled_until", Moment, nullable=False),
)
