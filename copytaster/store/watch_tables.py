"""The tables of the watch over sources: what they usually bring, what rings, and to whom it was told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Text

from copytaster.store.metadata import Id, partial_index, table
from copytaster.store.moment import Moment

# The hours in which a source was asked and which are not learned yet.
source_hours = table(
    "source_hours",
    Column("hour", Moment, primary_key=True),
    Column("source", String(128), primary_key=True),
    Column(
        "news", Integer, nullable=False
    ),  # bit 0 to 3: quarters of the hour in which it brought something new
)

# What is learned from them; see copytaster.habits.
source_habits = table(
    "source_habits",
    Column("source", String(128), primary_key=True),
    Column(
        "habits", LargeBinary, nullable=False
    ),  # little-endian float32: the row of each array, in their order
    Column("interval_s", Integer),  # chosen by them, of a source with a longest_interval
)

# What rings, and what rang.
alerts = table(
    "alerts",
    Column("id", Id, primary_key=True),
    Column("kind", String(32), nullable=False),  # source, part, index, damage, ...
    Column("subject", String(255), nullable=False),  # which one
    Column("text", Text, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),  # when it was last found
    Column("ended_at", Moment),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", String(255)),
    Column("acknowledged_why", Text),
    sqlite_autoincrement=True,  # people name alerts by their numbers
)
partial_index(
    "ix_alerts_open",
    alerts.c.kind,
    alerts.c.subject,
    unique=True,
    where=alerts.c.ended_at.is_(None),
)

# What has to be told of an alert on each way, and when it was.
alert_messages = table(
    "alert_messages",
    Column("id", Id, primary_key=True),
    Column("alert_id", Id, ForeignKey("alerts.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),  # mail, webhook
    Column("is_end", Boolean, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Moment),
    Column("error", Text),
)
partial_index(
    "ix_alert_messages_waiting",
    alert_messages.c.id,
    where=alert_messages.c.sent_at.is_(None),
)
