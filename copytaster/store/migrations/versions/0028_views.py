"""Searches that people keep under a name, and when they last opened them."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.metadata import Id
from copytaster.store.moment import Moment

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables."""
    op.create_table(
        "views",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("search", sa.JSON(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_views_owner"), "views", ["owner"])
    op.create_table(
        "view_visits",
        sa.Column("view_id", Id, nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["view_id"], ["views.id"], name=op.f("fk_view_visits_view_id")),
        sa.PrimaryKeyConstraint("view_id", "who", name=op.f("pk_view_visits")),
    )
