"""The processes that may request a host."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "host_claims",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_claims")),
    )
