"""The books: counts by gate and reason, and the versions that are not yet in the index."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables. The books begin now: what was stored before is not counted."""
    op.create_table(
        "books",
        sa.Column("hour", Moment(), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("gate", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "source", "gate", "reason", name=op.f("pk_books")),
    )
    op.create_table(
        "in_transit",
        sa.Column(
            "version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("hour", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_in_transit")),
    )
