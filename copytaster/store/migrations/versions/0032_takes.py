"""Up to which version whoever used a text has acknowledged its corrections."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.metadata import Id
from copytaster.store.moment import Moment

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns."""
    op.add_column("marks", sa.Column("acknowledged_to", Id, nullable=True))
    op.add_column("marks", sa.Column("acknowledged_at", Moment(), nullable=True))
