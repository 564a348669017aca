"""A batch writes its rows before a read that could need them, and not before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from copytaster.store.lineage import VersionLink
from copytaster.store.memberships import DispatchRef, NewMember, read_dispatch_refs
from copytaster.store.signatures import SignatureRow, keep_recipe
from copytaster.store.tables import links, memberships
from copytaster.store.versions import find_exact, read_waiting
from dedup.cache.version_cache import VersionCache
from dedup.grouping.batch import Batch
from tests.dedup import copydesk as copy

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
EXACT = 77


@pytest.fixture
def added(desk):
    """(connection, a batch to which two versions of one dispatch were added, the recipe)."""
    desk.take(copy.FERRY)
    desk.take(copy.FERRY)
    with desk.store.write() as connection:
        recipe = keep_recipe(connection, "digest", {})
        batch = Batch(connection, VersionCache())
        place = DispatchRef("one", 1)
        for version in read_waiting(connection, 2):
            batch.add(
                place,
                SignatureRow(version.id, recipe, NOW, 4, EXACT, b"", b"\x01"),
                NewMember(version.id, "one", "original", {}, NOW),
                version,
                founded=version.id == 1,
            )
        yield connection, batch, recipe


def test_a_read_of_the_store_sees_the_batch(added):
    _, batch, recipe = added
    assert find_exact(batch.connection, EXACT, recipe_id=recipe, since=NOW, until=NOW) == [1, 2]
    assert read_dispatch_refs(batch.connection, [1, 2]) == dict.fromkeys([1, 2], DispatchRef("one", 1))


def test_links_are_written_with_the_rest(added):
    connection, batch, _ = added
    batch.add_links([VersionLink(1, 2, "wrapup-of", 20)])
    assert connection.execute(links.select()).all() == []
    assert len(batch.connection.execute(links.select()).all()) == 1


def test_the_caches_answer_without_a_statement(added):
    connection, batch, _ = added
    statements: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert batch.find_places([1, 2]) == dict.fromkeys([1, 2], DispatchRef("one", 1))
    assert batch.find_dispatch("one") == DispatchRef("one", 1)
    assert statements == []
    assert connection.execute(memberships.select()).all() == []


def test_nothing_is_written_twice(added):
    connection, batch, _ = added
    assert batch.connection is batch.connection is connection
    assert len(connection.execute(memberships.select()).all()) == 2
