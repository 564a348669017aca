"""The tables of subscriptions: searches whose matches are sent to people and programs, and what was sent of each."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from copytaster.store.metadata import Id, partial_index, table
from copytaster.store.moment import Moment

subscriptions = table(
    "subscriptions",
    Column("id", Id, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("view_id", Id, ForeignKey("views.id"), index=True),  # follows this view; null: its own search
    Column("search", JSON, nullable=False),  # as in views; empty where it follows a view
    Column("reasons", JSON, nullable=False),  # new, version, corrected, killed, owners
    Column("owners", Integer, nullable=False),  # how many owners are a reason
    Column("channel", String(16), nullable=False),  # feed, mail, webhook; each has a feed
    Column(
        "target", Text, nullable=False
    ),  # mail addresses, separated by commas, or the address of a webhook
    Column("secret", String(64), nullable=False),  # with which webhooks are signed
    Column("feed_key", String(64), nullable=False, unique=True),  # the address of its feed
    Column("digest_minutes", Integer, nullable=False),  # 0: at once
    Column("since", Moment, nullable=False),
    Column("since_version", Id, nullable=False),  # the last version that was grouped then: it is no news
    Column("position", BigInteger, nullable=False),  # the change up to which every dispatch was judged
    Column("owed", JSON, nullable=False),  # dispatches up to it that the index had refused
    Column("failures", Integer, nullable=False),  # of sending, in a row
    Column("not_before", Moment),  # the next try
    Column("error", Text),
    Column("paused_at", Moment),
    Column("paused_why", Text),
    Column("made_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

# What each subscription knows of a dispatch, each fact once: it is told, or was known when it first matched.
subscription_facts = table(
    "subscription_facts",
    Column("id", Id, primary_key=True),
    Column("subscription_id", Id, ForeignKey("subscriptions.id"), nullable=False),
    Column(
        "key", String(64), nullable=False
    ),  # new:DISPATCH, version:7, corrected:9, killed:9, owners:DISPATCH:10
    Column("dispatch_id", String(32), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("is_told", Boolean, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("message", BigInteger),  # the message that it belongs to, named by its first fact
    Column("sent_at", Moment),
    UniqueConstraint("subscription_id", "key"),
    sqlite_autoincrement=True,  # receivers know messages by the number of a fact
)
_WAITS = (subscription_facts.c.sent_at.is_(None)) & subscription_facts.c.is_told
partial_index(
    "ix_subscription_facts_waiting",
    subscription_facts.c.subscription_id,
    subscription_facts.c.id,
    where=_WAITS,
)
Index(
    "ix_subscription_facts_dispatch", subscription_facts.c.subscription_id, subscription_facts.c.dispatch_id
)
