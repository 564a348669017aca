"""The tables of other people's sites: what a site says to all robots, and what its pages have in common."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Text

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

# One row for each host of which pages were read whole; see spiders.parsing.lessons. It holds no text of a page.
page_templates = table(
    "page_templates",
    Column("host", String(255), primary_key=True),
    Column("publisher", Text, nullable=False),  # of the last page
    Column("state", String(16), nullable=False),  # learning, trusted, pinned
    Column("version", Integer, nullable=False),
    Column("drifted_at", Moment),  # when many pages in a row were last found unlike the taught ones
    Column("updated_at", Moment, nullable=False),
    Column("lessons", JSON, nullable=False),
)
