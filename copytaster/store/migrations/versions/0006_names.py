"""Tables renamed to the words that the code and the docs use. No row changes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RENAMED = {
    "kinships": "links",
    "rulings": "decisions",
    "ruled_versions": "decided_versions",
    "parts": "service_health",
}


def upgrade() -> None:
    """Rename four tables, one column in each of two, and the indexes that carry their names."""
    op.drop_index("ix_kinships_other_id", "kinships")
    op.drop_index("ix_kinships_untold", "kinships")
    op.drop_index("ix_ruled_versions_story_id", "ruled_versions")
    op.drop_index("ix_ruled_versions_version_id", "ruled_versions")
    for old, new in RENAMED.items():
        op.rename_table(old, new)
    # SQLite renames a column in place by this statement only; ALTER COLUMN would copy the table
    op.execute("ALTER TABLE links RENAME COLUMN told TO applied")
    op.execute("ALTER TABLE decided_versions RENAME COLUMN ruling_id TO decision_id")
    op.create_index("ix_links_other_id", "links", ["other_id"])
    op.create_index(
        "ix_links_unapplied",
        "links",
        ["version_id"],
        sqlite_where=sa.text("applied = 0"),
        postgresql_where=sa.text("NOT applied"),
    )
    op.create_index("ix_decided_versions_story_id", "decided_versions", ["story_id"])
    op.create_index("ix_decided_versions_version_id", "decided_versions", ["version_id"])
