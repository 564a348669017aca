"""Workers that do not fit are refused: another schema, a wrong clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from copytaster.errors import BusyError, ConfigurationError
from copytaster.process_id import this_process
from copytaster.schedule.load import CrawlLoad
from copytaster.store.workers import list_workers
from newsdesk import membership
from newsdesk.membership import Membership
from newsdesk.roles import Role


@pytest.fixture
def store(shared):
    return shared


def make(store, *, ahead_s=0.0, is_checked=True, refused=None):
    return Membership(
        store,
        {Role.CRAWL},
        CrawlLoad(busy=3),
        is_checked=is_checked,
        on_refused=(refused if refused is not None else []).append,
        now=lambda: datetime.now(UTC) + timedelta(seconds=ahead_s),
    )


def listed(store):
    with store.read() as connection:
        return list_workers(connection)


def test_a_worker_is_listed_until_it_leaves(store):
    member = make(store)
    member.beat()
    member.beat()
    (worker,) = listed(store)
    assert (worker.holder, worker.roles, worker.load["busy"]) == (this_process(), ("crawl",), 3)
    assert not worker.is_silent
    assert abs(worker.clock_s) < membership.MOST_CLOCK_S
    member.leave()
    assert not listed(store)


@pytest.mark.parametrize(("ahead_s", "said"), [(34, "34 s ahead of"), (-3600, "3600 s behind")])
def test_a_wrong_clock_is_refused(store, ahead_s, said):
    with pytest.raises(BusyError, match=said):
        make(store, ahead_s=ahead_s).beat()
    assert not listed(store)
    make(store, ahead_s=ahead_s, is_checked=False).beat()  # alone, it has nobody to agree with
    assert len(listed(store)) == 1


def test_a_store_that_a_newer_program_migrated_stops_an_older_worker(store, monkeypatch):
    monkeypatch.setattr(membership, "BEAT_S", 0.01)
    refused = []
    member = make(store, refused=refused)
    member.beat()
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    asyncio.run(asyncio.wait_for(member.run(), 60))
    assert isinstance(refused[0], ConfigurationError)
    assert "schema 9999" in str(refused[0])
