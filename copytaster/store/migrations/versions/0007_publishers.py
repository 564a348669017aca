"""The publisher that a copy claims, and the dispatches to revise after a publisher was corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table. Existing stories keep their publisher until their page comes again."""
    op.add_column("stories", sa.Column("claimed_publisher", sa.String(length=255), nullable=True))
    op.create_table(
        "stale_dispatches",
        sa.Column("dispatch_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", name=op.f("pk_stale_dispatches")),
    )
