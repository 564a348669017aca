"""The facts of a copy that differ from the text it carries."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Existing copies are compared when their dispatch changes."""
    op.add_column("memberships", sa.Column("altered_count", sa.Integer(), nullable=True))
    op.add_column("memberships", sa.Column("altered_facts", sa.JSON(none_as_null=True), nullable=True))
