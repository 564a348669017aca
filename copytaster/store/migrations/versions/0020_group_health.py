"""What the versions of each day became, and answers about joins drawn at random."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.metadata import Id
from copytaster.store.moment import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables. Days are counted from now on: the store does not say when dispatches merged before."""
    op.create_table(
        "group_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "outcome", name=op.f("pk_group_days")),
    )
    op.create_table(
        "reviews",
        sa.Column("version_id", Id, autoincrement=False, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("dispatch_id", sa.String(length=32), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_reviews")),
    )
