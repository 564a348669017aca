"""What senders say beside the text: kind of copy, embargo, terms of use, note to editors, a wire format's record."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment
from copytaster.store.tables import Id

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table of copy under embargo. Versions of before keep NULL: what their files said was not kept."""
    op.add_column("versions", sa.Column("kind", sa.String(length=32), nullable=True))
    op.add_column("versions", sa.Column("embargoed_until", Moment(), nullable=True))
    op.add_column("versions", sa.Column("usage_terms", sa.Text(), nullable=True))
    op.add_column("versions", sa.Column("editors_note", sa.Text(), nullable=True))
    op.add_column("versions", sa.Column("wire", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "embargoes",
        sa.Column("id", Id, nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=255), nullable=False),
        sa.Column("family", sa.String(length=255), nullable=True),
        sa.Column("publisher_by_host", sa.Boolean(), nullable=False),
        sa.Column("agency", sa.String(length=128), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("story", sa.LargeBinary(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embargoes")),
        sa.UniqueConstraint("identity", name=op.f("uq_embargoes_identity")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_embargoes_until"), "embargoes", ["until"])
