"""Intervals that follow the habits of sources."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the interval that was chosen, of sources with a range."""
    op.add_column("source_habits", sa.Column("interval_s", sa.Integer(), nullable=True))
