"""What the pages of each host have in common."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "page_templates",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drifted_at", Moment(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("lessons", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_page_templates")),
    )
