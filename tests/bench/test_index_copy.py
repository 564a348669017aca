"""Invented dispatches of the index bench are whole dispatches, the same ones for the same seed."""

from datetime import UTC, datetime

import pytest

from bench.index.copy import BODY, Copydesk
from bench.index.writing import make_documents, refill_outbox
from copytaster.store import outbox
from copytaster.store.dispatches import count_dispatches
from indexer.drain import drain
from indexer.embedded import EmbeddedIndex


@pytest.fixture
def filled(store):
    Copydesk(seed=1).fill(store, 30)
    return store


def test_what_is_made_up_is_indexed_whole(filled, tmp_path):
    index = EmbeddedIndex(tmp_path / "index" / "index.sqlite")
    index.setup()
    assert drain(filled, index).written == 30
    assert index.count() == 30
    index.close()


def test_bodies_are_as_long_as_said(filled):
    assert all(len(document.body) > BODY for document in make_documents(filled, 30))


def test_one_dispatch_has_as_many_carriers_as_wanted(filled, tmp_path):
    with filled.write() as connection:
        name = Copydesk(seed=2).insert_carried(connection, 401)
    index = EmbeddedIndex(tmp_path / "index" / "index.sqlite")
    index.setup()
    drain(filled, index)
    assert len(index.get(name)["publishers"]) == 401
    index.close()


def test_only_what_is_named_waits(filled):
    chosen = make_documents(filled, 7)
    refill_outbox(filled, chosen)
    with filled.read() as connection:
        waiting = outbox.take_due(connection, now=datetime.now(UTC), limit=100)
        assert count_dispatches(connection) == 30
    assert {row.dispatch_id for row in waiting} == {document.id for document in chosen}


def test_a_seed_says_what_is_asked():
    assert Copydesk(seed=2).query() == Copydesk(seed=2).query() != Copydesk(seed=3).query()
