"""The service backfills dispatches grouped before lineage existed, newest first, in batches."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Record up to which version lineage is missing; a new store has no such version."""
    op.execute(
        "INSERT INTO installation (name, value) "
        "SELECT 'lineage_below', CAST(MAX(version_id) + 1 AS VARCHAR(20)) FROM memberships "
        "HAVING MAX(version_id) IS NOT NULL"
    )
