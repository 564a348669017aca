"""Earlier readings of versions, and when a version was read again."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add a table, and a column that is null in every version that was never read again."""
    op.add_column("versions", sa.Column("read_at", Moment(), nullable=True))
    op.create_table(
        "readings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("earlier", sa.JSON(), nullable=False),
        sa.Column("settled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_readings_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_readings_version_id"), "readings", ["version_id"])
    op.create_index(
        "ix_readings_unsettled",
        "readings",
        ["version_id"],
        sqlite_where=sa.text("NOT settled"),
        postgresql_where=sa.text("NOT settled"),
    )
