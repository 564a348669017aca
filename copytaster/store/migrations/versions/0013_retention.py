"""What left the store, what was taken down, what is held; and indexes by which rows leave without a scan."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment
from copytaster.store.tables import Id

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEPT = sa.text("removed_at IS NULL")
INDEXES = (
    ("versions", "raw_page_id"),
    ("refusals", "raw_page_id"),
    ("dispatches", "founder_id"),
    ("dispatches", "canonical_id"),
    ("dispatches", "last_seen_at"),
    ("dispatches", "merged_into"),
)


def upgrade() -> None:
    """Add four tables, one column and seven indexes. Nothing leaves."""
    op.create_table(
        "removals",
        sa.Column("id", Id, nullable=False),
        sa.Column("dispatch_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("purge_at", Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removals")),
    )
    op.create_table(
        "gone",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("removal_id", Id, nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_gone")),
    )
    op.create_table(
        "takedowns",
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("dispatch_id", sa.String(length=32), nullable=True),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_takedowns")),
    )
    op.create_table(
        "holds",
        sa.Column("id", Id, nullable=False),
        sa.Column("dispatch_id", sa.String(length=32), nullable=False),
        sa.Column("stories", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("released_by", sa.String(length=255), nullable=True),
        sa.Column("released_why", sa.Text(), nullable=True),
        sa.Column("released_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.add_column("raw_pages", sa.Column("removed_at", Moment(), nullable=True))
    op.create_index("ix_raw_pages_kept", "raw_pages", ["id"], sqlite_where=KEPT, postgresql_where=KEPT)
    new = (
        ("removals", "dispatch_id"),
        ("removals", "purge_at"),
        ("gone", "change"),
        ("gone", "removal_id"),
        ("holds", "dispatch_id"),
    )
    for table, column in (*new, *INDEXES):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
