"""Totals of the ledger, so that nobody counts its rows, and the hours into which old rows are folded."""

import sqlalchemy as sa
from alembic import op

from copytaster.store.moment import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RUNNING = sa.text("outcome = 'running'")


def upgrade() -> None:
    """Add two tables and three indexes, and count the rows that are there, for the last time."""
    op.create_table(
        "run_totals",
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "outcome", name=op.f("pk_run_totals")),
    )
    op.create_table(
        "run_hours",
        sa.Column("hour", Moment(), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("runs", "found", "fetched", "stored", "unchanged", "dropped", "errors")
        ),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "source", "outcome", name=op.f("pk_run_hours")),
    )
    op.create_index("ix_runs_newest", "runs", ["source", "outcome", "id"])
    op.create_index("ix_runs_running", "runs", ["id"], sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_index(op.f("ix_refusals_run_id"), "refusals", ["run_id"])
    op.execute(
        "INSERT INTO run_totals (source, outcome, runs)"
        " SELECT source, outcome, count(*) FROM runs GROUP BY source, outcome"
    )
