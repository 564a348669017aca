"""A search server that is down gets few requests, whatever waits; the service finds it again by itself."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from copytaster.store.engine import Store
from indexer import drain as drain_module
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from newsdesk import worker as worker_module
from newsdesk.service import Service
from settings import ElasticsearchSettings, load_settings
from spiders.sources.config import read_sources
from tests.equality import compare, waiting
from tests.fault_proxy import FaultProxy
from tests.indexer.conftest import Desk
from tests.until import folder_of, until

MINUTE_S = 60.0
MOST = 0.5 * MINUTE_S / 3 + 2  # requests of half a minute: one in three seconds
PREFIX = "dead-server"
HASTENED = ("LOOK_EVERY_S", "REST_S")
SOON = pytest.param(3.0, id="three times as fast")  # no faster: the control needs the time for more requests
REAL = pytest.param(1.0, id="in real time", marks=pytest.mark.long)


@pytest.fixture
def index(search_url):
    made = ElasticIndex(ElasticsearchSettings(url=search_url("elasticsearch"), prefix=PREFIX))
    made.setup()
    yield made
    for name in read_aliases(made.connection, made.names).indices:
        delete_index(made.connection, name)
    made.close()


@pytest.fixture
def proxy(index):
    with FaultProxy(index.connection.address) as made:
        yield made


@pytest.fixture
def service(proxy, tmp_path, monkeypatch):
    config = tmp_path / "sources.toml"
    config.write_text("[settings.web]\nport = 0\n")
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", proxy.url)
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__PREFIX", PREFIX)
    made = Service(load_settings(config), read_sources(config), config=config)
    yield made
    made.close()


def hasten(monkeypatch, times):
    for name in HASTENED:
        monkeypatch.setattr(worker_module, name, getattr(worker_module, name) / times)
    for module in (worker_module, drain_module):
        set_backoff(monkeypatch, module, 1 / times)


def set_backoff(monkeypatch, module, factor):
    old = module.BACKOFF
    new = replace(old, first_s=old.first_s * factor, longest_s=old.longest_s * factor)
    monkeypatch.setattr(module, "BACKOFF", new)


async def endure(service, desk, proxy, minute_s, *, minutes=1.5):
    """The server is dead and copy comes in without a pause; gives back when it received requests."""
    requests, begun = [], time.monotonic()

    def note(_handler):
        requests.append(time.monotonic() - begun)
        return "503"

    proxy.choose = note
    running = asyncio.create_task(service.run())
    number = 0
    while time.monotonic() - begun < minutes * minute_s:
        await asyncio.to_thread(desk.found, f"d{number:05}")
        number += 1
        if "index" in service.stages.workers:  # the service has started
            service.stages.workers["index"].wake.set()
        ended, _ = await asyncio.wait([running], timeout=minute_s / 600)
        assert not ended
    proxy.choose = lambda _: None
    return running, requests, number


async def recover(service, running):
    folder = folder_of(service.store)
    with suppress(AssertionError):
        await asyncio.to_thread(until, lambda: not waiting(service.store).waiting, folder, patience_s=150)
    service.stop()
    await running


@pytest.mark.parametrize("times", [SOON, REAL])
def test_it_is_asked_at_most_once_a_second_after_the_first_minute(
    index, service, proxy, monkeypatch, times, record_property
):
    hasten(monkeypatch, times)
    minute_s, desk = MINUTE_S / times, Desk(service.store)

    async def scene():
        running, requests, number = await endure(service, desk, proxy, minute_s)
        failing = [part for part in service.health.parts if part.part == "index"]
        begun = time.monotonic()
        await recover(service, running)
        return requests, number, failing, time.monotonic() - begun

    requests, number, failing, recovered_s = asyncio.run(scene())
    late = [moment for moment in requests if moment > minute_s]
    for name, value in {"requests": len(requests), "late": len(late), "came in": number}.items():
        record_property(name, value)
    record_property("recovered_s", round(recovered_s, 1))
    assert requests
    assert len(late) <= MOST
    assert not failing[0].ok
    assert "does not serve" in failing[0].last_error
    assert compare(Store(service.store.url), index) == (number, 0, 0, 0)
    assert service.health.ok


def rest_only_for_copy(service, monkeypatch):
    """No rest that new copy cannot break."""
    wait = worker_module._wait

    async def wait_for_copy_only(event, seconds):
        if event not in [worker.last for worker in service.stages.workers.values()]:
            await wait(event, seconds)

    monkeypatch.setattr(worker_module, "_wait", wait_for_copy_only)


def never_back_off(_service, monkeypatch):
    """As after a success: whatever there is to write is tried."""
    monkeypatch.setattr(worker_module, "REST_S", 0.0)
    set_backoff(monkeypatch, worker_module, 0.0)


@pytest.mark.parametrize("weaken", [never_back_off, pytest.param(rest_only_for_copy, marks=pytest.mark.long)])
@pytest.mark.parametrize("times", [SOON, REAL])
def test_without_a_pause_half_a_minute_would_bring_more(
    index, service, proxy, monkeypatch, times, weaken, record_property
):
    """The control: the same scene, its rests taken away."""
    hasten(monkeypatch, times)
    weaken(service, monkeypatch)

    async def scene():
        running, requests, _ = await endure(
            service, Desk(service.store), proxy, MINUTE_S / times, minutes=0.5
        )
        await recover(service, running)
        return len(requests)

    requests = asyncio.run(scene())
    record_property("requests", requests)
    assert requests > MOST
