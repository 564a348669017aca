"""The health of the parts of a service on two machines: of each machine what is its own, and one row for shared work."""

from datetime import UTC, datetime

import pytest

from copytaster.schedule.load import CrawlLoad
from copytaster.store import workers
from copytaster.store.service_health import read_service_parts
from copytaster.store.workers import Worker
from newsdesk.membership import Membership
from newsdesk.operations.health import Health
from newsdesk.operations.status import read_status
from newsdesk.operations.store_checks import STORE_CHECKS
from newsdesk.roles import EVERY_ROLE
from newsdesk.web.metrics.page import render_metrics
from settings import Settings

REFUSED = ValueError("line 3: no kind is called `fede`")
AWAY = ValueError("the index is away")


@pytest.fixture
def two(store):
    return Health(store, host="harbour"), Health(store, host="upland")


def read_failing(store):
    with store.read() as connection:
        return [part.name for part in read_service_parts(connection) if not part.ok]


def test_a_good_file_on_one_machine_does_not_hide_a_refused_one_on_another(store, two):
    harbour, upland = two
    harbour.note("sources", REFUSED)
    upland.note("sources")
    assert read_failing(store) == ["sources on harbour"]
    with store.read() as connection:
        found = STORE_CHECKS["parts"](connection)
    assert found.level == "fault"
    assert "sources on harbour failed 1 times in a row" in found.detail
    metrics = render_metrics(store).decode()
    assert 'copytaster_part_failures{host="harbour",part="sources"} 1.0' in metrics
    assert 'copytaster_part_failures{host="upland",part="sources"} 0.0' in metrics
    assert [part.host for part in read_status(store, Settings(), []).parts] == ["harbour", "upland"]
    assert [part.name for part in upland.list_all() if not part.ok] == ["sources on harbour"]
    harbour.note("sources")
    assert read_failing(store) == []


def test_work_of_one_process_at_a_time_is_well_when_the_machine_that_took_it_over_succeeds(store, two):
    harbour, upland = two
    harbour.note("index", AWAY)
    assert read_failing(store) == ["index"]
    upland.note("index")
    assert read_failing(store) == []
    assert [part.name for part in upland.list_all()] == ["index"]


def test_a_machine_without_a_process_is_forgotten_by_those_that_live(store, two):
    for health in two:
        health.note("sources", REFUSED)
        health.note("index", AWAY)
    with store.write() as connection:
        worker = Worker("upland/0a1b2c3d/4026531836:18:99", ("web",), "1.0", datetime.now(UTC))
        workers.keep_worker(connection, worker)
    Membership(store, EVERY_ROLE, CrawlLoad(), is_checked=False, on_refused=print).beat()
    assert read_failing(store) == ["index", "sources on upland"]
