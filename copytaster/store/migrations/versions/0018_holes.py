"""When the list of each source was last read whole, and the holes that no later run closes."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and a table. A source was read whole when its last whole run ended."""
    op.add_column("source_states", sa.Column("read_at", Moment(), nullable=True))
    op.execute("UPDATE source_states SET read_at = last_success_at")
    op.create_table(
        "holes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("start", Moment(), nullable=False),
        sa.Column("end", Moment(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holes")),
    )
    op.create_index(op.f("ix_holes_source"), "holes", ["source"])
