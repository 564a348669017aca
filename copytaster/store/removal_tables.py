"""The tables of retention: what left the store, what must not come back, and what must not leave."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, LargeBinary, String, Text

from copytaster.store.metadata import Id, table
from copytaster.store.moment import Moment

# One row per removal by retention, with all its rows, until the grace period is over.
removals = table(
    "removals",
    Column("id", Id, primary_key=True),
    Column("dispatch_id", String(32), nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("purge_at", Moment, nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),  # rows by table as JSON, zstd
)

# Documents that the index must no longer hold: a dispatch's id, or `story-` and the number of a single story.
gone = table(
    "gone",
    Column("key", String(32), primary_key=True),
    Column("change", BigInteger, nullable=False, index=True),  # change number of the removal
    Column("removal_id", Id, index=True),  # null: taken down
    Column("at", Moment, nullable=False),
)

# Stories that were taken down. Their identities are not stored again; the record is kept for ever.
takedowns = table(
    "takedowns",
    Column("identity", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("dispatch_id", String(32)),
    Column("who", String(255), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# Dispatches that never leave, whatever the rules say, until somebody releases them.
holds = table(
    "holds",
    Column("id", Id, primary_key=True),
    Column("dispatch_id", String(32), nullable=False, index=True),
    Column("stories", JSON, nullable=False),  # its members on that day: held wherever they move
    Column("who", String(255), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("released_by", String(255)),
    Column("released_why", Text),
    Column("released_at", Moment),
)
