"""One row a copy of a live dispatch, for SQL tools that take no arrays."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_SCORE = {
    "sqlite": "json_extract(f.evidence, '$.score')",
    "postgresql": "CAST(f.evidence ->> 'score' AS double precision)",
}
_OTHER = """SELECT 1 FROM versions other JOIN memberships o ON o.version_id = other.id
    WHERE other.story_id = v.story_id AND o.dispatch_id = m.dispatch_id AND other.number"""


def upgrade() -> None:
    """Add a view: the newest version of each story in each live dispatch, without any text under embargo."""
    score = _SCORE[op.get_bind().dialect.name]
    op.execute(f"""
        CREATE VIEW copies AS SELECT
            m.dispatch_id, canonical.agency, s.id AS story_id, s.publisher,
            COALESCE(s.family, s.publisher) AS owner, s.source, s.channel, s.url,
            CASE WHEN v.embargoed_until IS NULL THEN v.headline END AS headline, v.language,
            v.agency AS credited_agency,
            CASE WHEN m.altered_count > 0 THEN 'altered' ELSE f.relation END AS relation,
            CASE WHEN f.relation <> 'original' THEN {score} END AS similarity,
            carried.place + 1 AS agency_version, m.outdated AS is_outdated, m.altered_count AS altered_facts,
            first.published_at, first.seen_at, v.seen_at AS changed_at
        FROM memberships m
        JOIN versions v ON v.id = m.version_id
        JOIN stories s ON s.id = v.story_id
        JOIN dispatches d ON d.id = m.dispatch_id AND d.state = 'live'
        JOIN versions canonical ON canonical.id = d.canonical_id
        JOIN versions first ON first.story_id = v.story_id
        JOIN memberships f ON f.version_id = first.id AND f.dispatch_id = m.dispatch_id
        LEFT JOIN memberships carried ON carried.version_id = m.carries
        WHERE NOT EXISTS ({_OTHER} > v.number) AND NOT EXISTS ({_OTHER} < first.number)
    """)  # noqa: S608 - our own names
