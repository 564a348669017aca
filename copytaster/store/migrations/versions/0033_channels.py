"""Stories that come through several channels of their publisher."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.metadata import Id
from copytaster.store.moment import Moment

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "story_channels",
        sa.Column("story_id", Id, nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("first_seen_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_channels_story_id_stories")
        ),
        sa.PrimaryKeyConstraint("story_id", "source", name=op.f("pk_story_channels")),
    )
    op.create_index("ix_story_channels_identity", "story_channels", ["identity"])
    op.create_table(
        "channel_keys",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("story_id", Id, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_channel_keys_story_id_stories")),
        sa.PrimaryKeyConstraint("key", "story_id", name=op.f("pk_channel_keys")),
    )
    op.create_index("ix_channel_keys_story_id", "channel_keys", ["story_id"])
    op.create_index("ix_channel_keys_at", "channel_keys", ["at"])
