"""The tables of what people do and keep."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, String, Text

from copytaster.store.metadata import Id, table
from copytaster.store.moment import Moment

# Everything that a person wrote, in the transaction that wrote it. Rows are only added; see copytaster.store.audit.
audit = table(
    "audit",
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String(255), nullable=False),
    Column("what", String(64), nullable=False),  # decision.split, takedown, view.change, ...
    Column("subject", String(255), nullable=False),  # a dispatch, a story, a view
    Column("detail", Text, nullable=False),  # the reason given, or what changed
    Column("origin", String(255), nullable=False),  # an address and a token, or the command line
    sqlite_autoincrement=True,
)
Index("ix_audit_who", audit.c.who)

# Searches that people keep under a name; see newsdesk.operations.desk_views for what is in `search`.
views = table(
    "views",
    Column("id", Id, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("owner", String(255), nullable=False, index=True),
    Column("is_shared", Boolean, nullable=False),
    Column("search", JSON, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,  # an address that somebody kept never shows another view
)

# When each person last opened a view.
view_visits = table(
    "view_visits",
    Column("view_id", Id, ForeignKey("views.id"), primary_key=True),
    Column("who", String(255), primary_key=True),
    Column("at", Moment, nullable=False),
)

# What each person set for the desk; see newsdesk.operations.preferences for what is in `chosen`.
preferences = table(
    "preferences",
    Column("who", String(255), primary_key=True),
    Column("chosen", JSON, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
