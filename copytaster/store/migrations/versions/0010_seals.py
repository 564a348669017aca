"""Digests beside rows and documents, the scrubs that compare them, and the damage they found."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment
from copytaster.store.tables import Id

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add three tables. The first scrub makes the digests of older rows."""
    op.create_table(
        "seals",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_seals")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scrubs",
        sa.Column("id", Id, nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("repaired", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scrubs")),
    )
    op.create_table(
        "damages",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("scrub_id", Id, nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("dispatch_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_damages")),
    )
    op.create_index(op.f("ix_damages_dispatch_id"), "damages", ["dispatch_id"])
