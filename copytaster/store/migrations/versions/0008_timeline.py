"""The change number up to which documents may have gone to an index, by which a restored store is known."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

EPOCH_FACTOR = 2**40


def upgrade() -> None:
    """Note every change number given so far; a new store has given none."""
    op.execute(
        "INSERT INTO installation (name, value) "  # noqa: S608 - our own number
        f"SELECT 'change_sent', CAST(CAST(epoch.value AS BIGINT) * {EPOCH_FACTOR} + CAST(given.value AS BIGINT) "
        "AS VARCHAR(20)) FROM installation AS epoch, installation AS given "
        "WHERE epoch.name = 'epoch' AND given.name = 'change'"
    )
