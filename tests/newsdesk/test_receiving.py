"""Copy that arrives by itself while the service runs: it is found in the index, and moved away."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

import pytest

from indexer.search import SearchQuery
from newsdesk.cli import run_command
from newsdesk.service import Service
from settings import load_settings
from spiders.sources.config import read_sources
from tests.copytaster.wire.formats import samples
from tests.until import folder_of, until

PATIENCE_S = 90


@pytest.fixture
def inbox(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    return made


@pytest.fixture
def config(tmp_path, inbox):
    path = tmp_path / "sources.toml"
    path.write_text(
        f"""
        [settings]
        data_dir = "{tmp_path / "data"}"
        [settings.web]
        port = 0
        [[source]]
        name = "pier"
        publisher = "Pier Agency"
        kind = "folder"
        url = "{inbox}"
        """
    )
    return path


@contextmanager
def make_service(config):
    service = Service(load_settings(config), read_sources(config), config=config)
    try:
        yield service
    finally:
        service.close()


def drop(folder, name, **more):
    text = samples.ninjs(embargoed=None, **more)
    (folder / f".{name}").write_text(text)
    (folder / f".{name}").rename(folder / name)


def test_a_file_dropped_while_the_service_runs_is_a_dispatch_and_so_is_one_of_a_new_source(
    config, inbox, tmp_path
):
    async def scene(service):
        ready = asyncio.Event()
        task = asyncio.create_task(service.run(on_ready=lambda _address: ready.set()))

        async def documents(count):
            await asyncio.to_thread(
                until,
                lambda: service.index.exists() and service.index.count() == count,
                folder_of(service.store),
                patience_s=PATIENCE_S,
            )

        async with asyncio.timeout(2 * PATIENCE_S):
            await ready.wait()
            drop(inbox, "a.json")
            await documents(1)
            second = tmp_path / "second"
            second.mkdir()
            drop(second, "b.json", uri="urn:pier:b", headline="Ferry fares rise in June", body_xhtml=OTHER)
            block = (
                f'[[source]]\nname = "quay"\npublisher = "Quay Agency"\nkind = "folder"\nurl = "{second}"\n'
            )
            config.write_text(config.read_text() + block)
            await documents(2)
            service.stop()
            await task
        return service.index.search(SearchQuery(text="harbour board widens"))

    with make_service(config) as service:
        found = asyncio.run(scene(service))
    assert [hit.document["headline"] for hit in found.hits] == [samples.HEADLINE]
    assert [path.name for path in (inbox / "processed").rglob("*.json")] == ["a.json"]


OTHER = (
    "<p>Ferry fares between the islands rise by a tenth in June, the operator announced on Tuesday evening.</p>"
    "<p>Season tickets stay as they are until the end of summer, and children travel free on weekends.</p>"
)


def test_crawl_takes_in_what_waits_and_reports_it_like_a_crawl(config, inbox, capsys):
    drop(inbox, "a.json")
    assert run_command(["crawl", "pier", "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert "pier" in out
    assert run_command(["search", "harbour board", "--config", str(config), "--json"]) == 0
    assert samples.HEADLINE in capsys.readouterr().out
    assert run_command(["crawl", "pier", "--config", str(config)]) == 0
