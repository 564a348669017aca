"""The table of earlier readings: what the parser of an earlier day, or another configuration, made of a page."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, String, false

from copytaster.store.metadata import Id, partial_index, table
from copytaster.store.moment import Moment

# One row each time a version was read again; see copytaster.store.readings.
readings = table(
    "readings",
    Column("id", Id, primary_key=True),
    Column("version_id", Id, ForeignKey("versions.id"), nullable=False, index=True),
    Column("read_at", Moment, nullable=False),  # when it was read again
    Column("reader", String(64), nullable=False),  # the release that read it
    Column(
        "earlier", JSON, nullable=False
    ),  # the columns of the version that this changed, as they were before
    Column("settled", Boolean, nullable=False, default=False, server_default=false()),  # grouped again since
    sqlite_autoincrement=True,  # never gives the number of a deleted row again
)
partial_index(
    "ix_readings_unsettled",
    readings.c.version_id,
    where=~readings.c.settled,
)
