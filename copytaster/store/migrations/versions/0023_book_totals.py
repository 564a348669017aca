"""Sums of the books, which grow by the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, and sum what is booked."""
    op.create_table(
        "book_totals",
        sa.Column("gate", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gate", "reason", name=op.f("pk_book_totals")),
    )
    op.execute(
        "INSERT INTO book_totals (gate, reason, number) SELECT gate, reason, SUM(number) FROM books GROUP BY gate, reason"
    )
