"""How long versions take from the answer that brought them to the index."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and a table. Of what is under way now nobody knows when it came."""
    op.add_column("in_transit", sa.Column("answered_at", Moment(), nullable=True))
    op.create_table(
        "latencies",
        sa.Column("day", Moment(), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("day", "source", "bucket", name=op.f("pk_latencies")),
    )
