"""Dispatches from before lineage was kept are told of by the service, newest first, a batch at a time."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note up to which version nothing was told; a new store has none."""
    op.execute(
        "INSERT INTO installation (name, value) "
        "SELECT 'lineage_below', CAST(MAX(version_id) + 1 AS VARCHAR(20)) FROM memberships "
        "HAVING MAX(version_id) IS NOT NULL"
    )
