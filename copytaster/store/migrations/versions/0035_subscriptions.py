"""Searches whose matches are sent, and what was sent of each."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.metadata import Id
from copytaster.store.moment import Moment

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables."""
    op.create_table(
        "subscriptions",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("view_id", Id, nullable=True),
        sa.Column("search", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("owners", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("feed_key", sa.String(length=64), nullable=False),
        sa.Column("digest_minutes", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("since_version", Id, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", Moment(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("paused_at", Moment(), nullable=True),
        sa.Column("paused_why", sa.Text(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["view_id"], ["views.id"], name=op.f("fk_subscriptions_view_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("feed_key", name=op.f("uq_subscriptions_feed_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_subscriptions_view_id"), "subscriptions", ["view_id"])
    op.create_table(
        "subscription_facts",
        sa.Column("id", Id, nullable=False),
        sa.Column("subscription_id", Id, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("dispatch_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_subscription_facts_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_facts")),
        sa.UniqueConstraint("subscription_id", "key", name=op.f("uq_subscription_facts_subscription_id_key")),
        sqlite_autoincrement=True,
    )
    waits = sa.text("sent_at IS NULL AND is_told")
    op.create_index(
        "ix_subscription_facts_waiting",
        "subscription_facts",
        ["subscription_id", "id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index(
        "ix_subscription_facts_dispatch", "subscription_facts", ["subscription_id", "dispatch_id"]
    )
