"""The robots.txt files that the store keeps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.store.engine import Store
from copytaster.store.robots import USABLE_FOR, KeptRobots, keep_robots, read_robots

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PIER = KeptRobots(
    "https://pier.example", 200, b"User-agent: *\nDisallow: /x\n", '"a"', None, NOW, NOW + timedelta(hours=6)
)


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


def keep(store, *kept):
    for one in kept:
        with store.write() as connection:
            keep_robots(connection, one)


def read(store, origin=PIER.origin):
    with store.read() as connection:
        return read_robots(connection, origin)


def test_a_site_has_the_last_one_that_was_kept(store):
    quay = replace(PIER, origin="https://quay.example:8443", status=404, body=b"", etag=None)
    keep(store, PIER, quay)
    assert (read(store), read(store, quay.origin)) == (PIER, quay)
    assert read(store, "http://pier.example") is None
    later = replace(PIER, body=b"", status=404, etag=None, fetched_at=NOW + timedelta(days=1))
    keep(store, later)
    assert read(store) == later


def test_a_site_that_nobody_visits_is_forgotten_after_a_month(store):
    quay = replace(PIER, origin="https://quay.example", fetched_at=NOW + USABLE_FOR)
    keep(store, PIER, quay)
    assert read(store) == PIER
    keep(store, replace(quay, fetched_at=NOW + USABLE_FOR + timedelta(seconds=1)))
    assert read(store) is None
