"""The candidate index, phrase counts and paragraphs as one row per batch. The first pass builds them again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the derived tables and create the table of batches."""
    for table in ("bands", "postings", "gram_counts", "paragraphs"):
        op.drop_table(table)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "traces",
        sa.Column("id", number, nullable=False),
        sa.Column("recipe_id", number, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("seen_until", sa.BigInteger(), nullable=False),
        sa.Column("history_from", number, nullable=False),
        sa.Column("history_place", sa.Integer(), nullable=False),
        sa.Column("versions", sa.LargeBinary(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("phrases", sa.LargeBinary(), nullable=False),
        sa.Column("paragraphs", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipes.id"], name=op.f("fk_traces_recipe_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traces")),
        sqlite_autoincrement=True,
    )
