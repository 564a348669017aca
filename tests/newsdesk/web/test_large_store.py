"""Pages that an editor opens all day cost the same however much the store holds: by the plan of each of their statements."""

import re

import pytest
from sqlalchemy import event

WALK = re.compile(r"SCAN (versions|stories|memberships|dispatches|raw_pages|marks|audit|runs|entries)\b(.*)")
# Two of these hold only what waits or runs; the third is read from its newest end, for one row.
FEW = ("ix_versions_waiting", "ix_runs_running", "ix_dispatches_change")
PAGES = (
    "/",
    "/?q=quay",
    "/?sort=relevance&page=2",
    "/api/v1/dispatches",
    "/api/v1/completeness",
    "/live?after=0",
    "/readyz",
)


@pytest.fixture
def plan(desk):
    """A function: the plans of every statement that answers a request."""
    if desk.store.engine.dialect.name != "sqlite":
        pytest.skip("the plans are SQLite's")
    desk.keep()
    desk.settle()

    def read(path):
        statements = []

        def note(_connection, _cursor, statement, parameters, *_more):
            if statement.lstrip().startswith(("SELECT", "WITH")):
                statements.append((statement, parameters))

        event.listen(desk.store.engine, "before_cursor_execute", note)
        assert desk.browser.get(path).status_code == 200
        event.remove(desk.store.engine, "before_cursor_execute", note)
        assert statements
        with desk.store.read() as connection:
            explained = [
                connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                for statement, parameters in statements
            ]
            return [row.detail for plan in explained for row in plan]

    return read


def list_walks(plans):
    """Walks through a table that grows with every story."""
    return [plan for plan in plans if WALK.match(plan) and not any(index in plan for index in FEW)]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_walks_through_the_store(plan, path):
    assert list_walks(plan(path)) == []


def test_a_walk_is_seen(plan, desk):
    with desk.store.read() as connection:
        joined = "SELECT count(*) FROM versions JOIN memberships ON memberships.version_id = versions.id"
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {joined}")
        assert list_walks(row.detail for row in rows)
