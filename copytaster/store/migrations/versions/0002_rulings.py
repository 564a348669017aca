"""Tables of manual decisions."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of manual decisions."""
    op.create_table(
        "rulings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("undone_by", sa.String(length=255), nullable=True),
        sa.Column("undone_why", sa.Text(), nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
    )
    op.create_table(
        "ruled_versions",
        sa.Column("ruling_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("story_id", _ID, nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("was_in", sa.String(length=32), nullable=False),
        sa.Column("now_in", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["ruling_id"], ["rulings.id"], name=op.f("fk_ruled_versions_ruling_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_ruled_versions_version_id")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_ruled_versions_story_id")),
        sa.PrimaryKeyConstraint("ruling_id", "version_id", name=op.f("pk_ruled_versions")),
    )
    op.create_index(op.f("ix_ruled_versions_story_id"), "ruled_versions", ["story_id"], unique=False)
    op.create_index("ix_ruled_versions_version_id", "ruled_versions", ["version_id"], unique=False)
