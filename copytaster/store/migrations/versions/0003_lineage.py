"""The agency's chain, what each copy carries, and which dispatches belong together."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and tables of lineage. Existing dispatches get theirs at the next revision."""
    op.add_column("memberships", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("memberships", sa.Column("carries", _ID, nullable=True))
    op.add_column(
        "memberships", sa.Column("outdated", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "kinships",
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("other_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("measure", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_kinships_version_id")),
        sa.ForeignKeyConstraint(["other_id"], ["versions.id"], name=op.f("fk_kinships_other_id")),
        sa.PrimaryKeyConstraint("version_id", "other_id", name=op.f("pk_kinships")),
    )
    op.create_index(op.f("ix_kinships_other_id"), "kinships", ["other_id"], unique=False)
    op.create_index(
        "ix_kinships_untold",
        "kinships",
        ["version_id"],
        unique=False,
        sqlite_where=sa.text("told = 0"),
        postgresql_where=sa.text("NOT told"),
    )
    op.create_table(
        "awaited",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", "version_id", name=op.f("pk_awaited")),
        sqlite_with_rowid=False,
    )
