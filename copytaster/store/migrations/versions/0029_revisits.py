"""When the page of each story is requested again."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.metadata import Id
from copytaster.store.moment import Moment

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "revisits",
        sa.Column("story_id", Id, nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("entry", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("since", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_revisits_story_id_stories")),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_revisits")),
    )
    op.create_index("ix_revisits_due", "revisits", ["source", "due_at"])
    op.create_index("ix_revisits_asked", "revisits", ["host", "asked_at"])
