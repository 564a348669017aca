"""The tables of what gave no version: copy under embargo, and pages and entries that were refused."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, String, Text

from copytaster.store.metadata import Id, table
from copytaster.store.moment import Moment

# Stories under embargo, whole: nothing else of the store, and nothing of the index, has their text before the hour.
embargoes = table(
    "embargoes",
    Column("id", Id, primary_key=True),
    Column("identity", String(64), nullable=False, unique=True),  # of the story
    Column("source", String(128), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("publisher", String(255), nullable=False),
    Column("family", String(255)),
    Column("publisher_by_host", Boolean, nullable=False),
    Column("agency", String(128)),
    Column("kind", String(32)),
    Column("language", String(16)),
    Column("until", Moment, index=True),  # null: its hour cannot be read
    Column("received_at", Moment, nullable=False),
    Column("story", LargeBinary, nullable=False),  # zstd of its JSON
    Column("page", LargeBinary, nullable=False),  # zstd of address, headers and bytes
    sqlite_autoincrement=True,  # never gives the number of a released story again
)

# A page, file or entry that gave no story, with the reason; the raw page is kept for replay.
refusals = table(
    "refusals",
    Column("id", Id, primary_key=True),
    Column("source", String(128), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("raw_page_id", Id, ForeignKey("raw_pages.id"), index=True),
    Column("run_id", Id, ForeignKey("runs.id"), index=True),
    Column("at", Moment, nullable=False),
)
