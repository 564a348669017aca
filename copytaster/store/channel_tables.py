"""The tables of copy that comes from one publisher through several channels. See copytaster.store.channels."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Text

from copytaster.store.metadata import Id, table
from copytaster.store.moment import Moment

# The further channels of a story: the first one is in its own row.
story_channels = table(
    "story_channels",
    Column("story_id", Id, ForeignKey("stories.id"), primary_key=True),
    Column("source", String(128), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("identity", String(64), nullable=False),  # that a story of its own would have had
    Column("url", Text, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("shown", Boolean, nullable=False),  # its last text is a version
)
Index("ix_story_channels_identity", story_channels.c.identity)

# By what copy of another channel finds a story of the last days. Derived data.
channel_keys = table(
    "channel_keys",
    Column("key", String(64), primary_key=True),
    Column("story_id", Id, ForeignKey("stories.id"), primary_key=True),
    Column("at", Moment, nullable=False),
)
Index("ix_channel_keys_story_id", channel_keys.c.story_id)
Index("ix_channel_keys_at", channel_keys.c.at)
