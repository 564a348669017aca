"""The version of the learned template with which a page was read, kept with its story."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that is null in every version of before."""
    op.add_column("versions", sa.Column("template_version", sa.Integer(), nullable=True))
