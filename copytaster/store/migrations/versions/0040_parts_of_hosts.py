"""The health of parts that each machine has for itself, by machine.

The rows of before are dropped: the service writes each again within seconds of its start.
"""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table with another key."""
    op.drop_table("service_health")
    op.create_table(
        "service_health",
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("last_success_at", Moment(), nullable=True),
        sa.Column("last_error_at", Moment(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("part", "host", name=op.f("pk_service_health")),
    )
