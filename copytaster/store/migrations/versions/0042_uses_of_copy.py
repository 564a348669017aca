"""What each copy makes of its agency's text; the view of copies shows it, and all times and credit as the documents do."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_SCORE = {
    "sqlite": "json_extract(f.evidence, '$.score')",
    "postgresql": "CAST(f.evidence ->> 'score' AS double precision)",
}
# A publisher's time counts where it is at most five minutes later than our own of the same copy; SQLite's are text.
_LATEST = {
    "sqlite": "strftime('%Y-%m-%d %H:%M', x.seen_at, '+5 minutes') || substr(x.seen_at, 17)",
    "postgresql": "x.seen_at + INTERVAL '5 minutes'",
}
_MINUTES = {
    "sqlite": "ROUND((julianday({0}) - julianday({1})) * 1440, 2)",
    "postgresql": "CAST(ROUND(EXTRACT(EPOCH FROM {0} - {1}) / 60, 2) AS double precision)",
}
_OTHER = """SELECT 1 FROM versions other JOIN memberships o ON o.version_id = other.id
    WHERE other.story_id = v.story_id AND o.dispatch_id = m.dispatch_id AND other.number"""


def upgrade() -> None:
    """Add the columns, and give the view the rest. Existing copies are measured when their dispatch changes."""
    op.add_column("memberships", sa.Column("share_kept", sa.Float(), nullable=True))
    op.add_column("memberships", sa.Column("credit", sa.String(8), nullable=True))
    op.add_column("dispatches", sa.Column("agency", sa.Text(), nullable=True))
    op.execute("UPDATE dispatches SET agency = (SELECT agency FROM versions WHERE id = canonical_id)")
    op.execute("DROP VIEW copies")
    name = op.get_bind().dialect.name
    claims = " UNION ALL ".join(
        f"SELECT x.{column} AS at FROM versions x JOIN memberships y ON y.version_id = x.id "  # noqa: S608 - our own names
        f"WHERE x.story_id = v.story_id AND y.dispatch_id = m.dispatch_id AND x.{column} <= {_LATEST[name]}"
        for column in ("published_at", "updated_at")
    )
    minutes = _MINUTES[name].format("published_at", "MIN(published_at) OVER (PARTITION BY dispatch_id)")
    op.execute(f"""
        CREATE VIEW copies AS SELECT found.*, {minutes} AS minutes_behind FROM (
        SELECT
            m.dispatch_id, d.agency, s.id AS story_id, s.publisher,
            COALESCE(s.family, s.publisher) AS owner, s.source, s.channel, s.url,
            CASE WHEN v.embargoed_until IS NULL THEN v.headline END AS headline, v.language,
            v.agency AS credited_agency,
            COALESCE(m.credit, CASE
                WHEN d.agency IS NULL THEN 'unknown'
                WHEN v.agency = d.agency AND v.agency_confidence >= 0.5 THEN 'kept'
                ELSE 'removed' END) AS credit,
            CASE WHEN m.altered_count > 0 THEN 'altered' ELSE f.relation END AS relation,
            CASE WHEN f.relation <> 'original' THEN {_SCORE[name]} END AS similarity,
            m.share_kept, carried.place + 1 AS agency_version, m.outdated AS is_outdated,
            m.altered_count AS altered_facts,
            (SELECT MIN(claim.at) FROM ({claims}) claim) AS published_at,
            first.seen_at, v.seen_at AS changed_at, s.last_seen_at AS checked_at
        FROM memberships m
        JOIN versions v ON v.id = m.version_id
        JOIN stories s ON s.id = v.story_id
        JOIN dispatches d ON d.id = m.dispatch_id AND d.state = 'live'
        JOIN versions first ON first.story_id = v.story_id
        JOIN memberships f ON f.version_id = first.id AND f.dispatch_id = m.dispatch_id
        LEFT JOIN memberships carried ON carried.version_id = m.carries
        WHERE NOT EXISTS ({_OTHER} > v.number) AND NOT EXISTS ({_OTHER} < first.number)
        ) found
    """)  # noqa: S608 - our own names
