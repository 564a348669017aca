"""The tables that watch over grouping: what each day's versions became, and what people said of joins drawn at random."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, String

from copytaster.store.metadata import Id, table
from copytaster.store.moment import Moment

# See copytaster.store.group_days.
group_days = table(
    "group_days",
    Column("day", String(10), primary_key=True),  # UTC
    Column(
        "outcome", String(64), primary_key=True
    ),  # a rule by which versions joined; founded; merged: dispatches
    Column("number", BigInteger, nullable=False),
)

# See copytaster.store.reviews. No foreign key: an answer outlives the copy that it was given about.
reviews = table(
    "reviews",
    Column("version_id", Id, primary_key=True, autoincrement=False),
    Column("other_id", Id, nullable=False),  # that the first was compared with: what represented its dispatch
    Column("dispatch_id", String(32), nullable=False),
    Column("is_right", Boolean, nullable=False),
    Column("who", String(255), nullable=False),
    Column("at", Moment, nullable=False),
)
