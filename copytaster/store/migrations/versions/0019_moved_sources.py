"""Sources that have moved."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add from where and when a source moved. What moved before is found again when its address is next asked."""
    op.add_column("source_states", sa.Column("moved_from", sa.Text(), nullable=True))
    op.add_column("source_states", sa.Column("moved_at", Moment(), nullable=True))
