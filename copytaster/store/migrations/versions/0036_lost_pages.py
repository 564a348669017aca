"""Pages that wait for a visit, and those that were lost, are counted without reading the others."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two partial indexes."""
    waits, lost = sa.text("due_at IS NOT NULL"), sa.text("outcome NOT IN ('changed', 'unchanged')")
    op.create_index("ix_revisits_waiting", "revisits", ["due_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_revisits_lost", "revisits", ["outcome"], sqlite_where=lost, postgresql_where=lost)
