"""What each person set for the desk."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "preferences",
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_preferences")),
    )
