"""What the runs of a source say about it."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables. Sources have no health until their next run; rows of earlier runs keep NULL."""
    for name in ("new", "usable", "fruitless"):
        op.add_column("runs", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("not_modified", sa.Boolean(), nullable=True))
    op.create_table(
        "source_health",
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("health", sa.String(length=32), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("fruitless", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("first_run_at", Moment(), nullable=False),
        sa.Column("last_new_at", Moment(), nullable=True),
        sa.Column("wall", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_health")),
    )
    op.create_table(
        "source_days",
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("longest_gap_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_source_days")),
    )
