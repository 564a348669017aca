"""Relations between dispatches that tell one another's news, and by what they find each other."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add both tables. Versions of the last hours are read by the first pass that looks for relations."""
    op.create_table(
        "relations",
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("other_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("encoder", sa.String(length=64), nullable=False),
        sa.Column("encoder_version", sa.String(length=64), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_relations_version_id")),
        sa.ForeignKeyConstraint(["other_id"], ["versions.id"], name=op.f("fk_relations_other_id")),
        sa.PrimaryKeyConstraint("version_id", "other_id", name=op.f("pk_relations")),
    )
    op.create_index(op.f("ix_relations_other_id"), "relations", ["other_id"], unique=False)
    op.create_table(
        "telling_traces",
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("encoder", sa.String(length=64), nullable=False),
        sa.Column("lead", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_telling_traces_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_telling_traces")),
    )
    op.create_index(op.f("ix_telling_traces_at"), "telling_traces", ["at"], unique=False)
