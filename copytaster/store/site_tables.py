"""The tables of other people's sites: what a site says to all robots."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Text

from copytaster.store.metadata import table
from copytaster.store.moment import Moment

# The robots.txt of each site as last fetched, until a site was not requested for a month. See copytaster.store.robots.
robots = table(
    "robots",
    Column("origin", Text, primary_key=True),  # scheme://host:port
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zstd
    Column("etag", Text),
    Column("last_modified", Text),
    Column("fetched_at", Moment, nullable=False),  # or confirmed by a 304
    Column("expires_at", Moment, nullable=False),
)
