"""Wire to desk of all sources and all time, kept as it is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table with what the days have added up to so far."""
    op.create_table(
        "latency_totals",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_latency_totals")),
    )
    op.execute(
        "INSERT INTO latency_totals (bucket, number, seconds)"
        " SELECT bucket, SUM(number), SUM(seconds) FROM latencies GROUP BY bucket"
    )
