"""Whatever is wrong with the index: copy comes in, is grouped and kept, what is wrong is said, and all heals by itself."""

import asyncio
import hashlib
import urllib.request
from contextlib import closing, suppress
from urllib.error import HTTPError

import pytest
from sqlalchemy import func
from sqlalchemy import select as sql_select

from copytaster.errors import UnreachableError
from copytaster.store.engine import Store
from copytaster.store.tables import memberships, outbox, versions
from indexer.drain import prepare_index
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.embedded import index as index_module
from indexer.embedded.files import connect
from indexer.factory import open_index
from indexer.filling import is_filling
from indexer.port import IndexMark
from newsdesk.cli import run_command
from newsdesk.pipeline import IndexingStage
from newsdesk.service import Service
from settings import ElasticsearchSettings, load_settings
from spiders.sources.config import read_sources
from tests.equality import waiting
from tests.fault_proxy import FaultProxy
from tests.indexer.conftest import Desk
from tests.newsdesk.outlet import serve_outlet, write_config
from tests.until import folder_of, until

PREFIX = "index-faults"
STORY = (
    "The {place} lifeboat crew voted on Tuesday to keep its wooden slipway for {number} more winters, after the county"
    " offered to pay for new greased timbers and a second winch. Coxswain Mara Teal said that the old rails had"
    " launched the boat {number} times last year without a fault, and that nobody wanted a floating berth."
)


@pytest.fixture
def outlet():
    with serve_outlet() as served:
        yield served


@pytest.fixture
def config(tmp_path, outlet):
    return write_config(tmp_path / "sources.toml", outlet)


@pytest.fixture
def store(config):
    with closing(Store(load_settings(config).store_url)) as opened:
        yield opened


class SearchServer:
    """A real server behind a proxy, with the index of this installation on it."""

    def __init__(self, proxy, index):
        self.proxy = proxy
        self.index = index
        self.call = index.connection.call

    def answer(self, fault):
        self.proxy.choose = lambda _: fault

    def block(self, *, on):
        self.call("PUT", f"/{self.index.names.write}/_settings", {"index.blocks.write": on})


@pytest.fixture
def server(search_url, monkeypatch, store):
    index = ElasticIndex(ElasticsearchSettings(url=search_url("elasticsearch"), prefix=PREFIX))
    clean(index)
    index.setup()
    prepare_index(store, index)
    with FaultProxy(index.connection.address) as proxy:
        monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", proxy.url)
        monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__PREFIX", PREFIX)
        yield SearchServer(proxy, index)
    clean(index)
    index.close()


def clean(index):
    table = read_aliases(index.connection, index.names)
    for name in [*table.indices, *table.strays]:
        delete_index(index.connection, name)


def remove_index(server):
    clean(server.index)


def remove_write_alias(server):
    live = read_aliases(server.index.connection, server.index.names).find_index(server.index.names.write)
    server.call("DELETE", f"/{live}/_alias/{server.index.names.write}")


def put_stray(server):
    """As a program does that writes to the alias's name after somebody deleted the index."""
    clean(server.index)
    server.call("PUT", f"/{server.index.names.write}/_doc/1?refresh=true", {"note": "theirs"})


def put_stray_reader(server):
    clean(server.index)
    server.call("PUT", f"/{server.index.names.read}/_doc/1?refresh=true", {"note": "theirs"})


def map_otherwise(server):
    clean(server.index)
    names = server.index.names
    body = {
        "aliases": {names.read: {}, names.write: {}},
        "mappings": {"properties": {"headline": {"type": "keyword"}}},
    }
    server.call("PUT", f"/{names.index(1)}", body)


def give_to_another(server):
    server.index.claim(IndexMark("another installation", "its timeline", 1))


def command(*words):
    def mend(_server, config):
        assert run_command([*words, "--config", str(config)]) == 0

    return mend


SERVER_FAULTS = {  # name -> what breaks it, what mends it, what is said
    "dead": (lambda s: s.proxy.hang_up(), lambda s, _: s.proxy.listen(), "no answer"),
    "no index": (remove_index, command("index-setup"), "copytaster index-setup"),
    "no write alias": (remove_write_alias, command("index-setup"), "copytaster index-setup"),
    "wrong password": (lambda s: s.answer("401"), lambda s, _: s.answer(None), "not accepted"),
    "read-only": (lambda s: s.block(on=True), lambda s, _: s.block(on=False), "block"),
    "full": (lambda s: s.answer("403 flood stage"), lambda s, _: s.answer(None), "disk is nearly full"),
    "red": (lambda s: s.answer("503"), lambda s, _: s.answer(None), "does not serve for now"),
    "another mapping": (map_otherwise, command("rebuild"), "not this program's"),
    "another installation": (give_to_another, command("rebuild", "--take-over"), "another installation"),
    "a stray index": (put_stray, command("index-setup", "--remove-stray"), "--remove-stray"),
    "a stray for readers": (put_stray_reader, command("index-setup", "--remove-stray"), "--remove-stray"),
}


def count(store, column):
    with store.read() as connection:
        return connection.scalar(sql_select(func.count(column)))


def ingest(config, folder, place, number):
    path = folder / f"{place}.txt"
    log = ", ".join(
        hashlib.sha256(f"{place} {day}".encode()).hexdigest() for day in range(300)
    )  # needs new pages
    path.write_text(f"{place} keeps its slipway\n\n{STORY.format(place=place, number=number)}\n\n{log}.")
    return run_command(["ingest", str(path), "--config", str(config)])


def fetch(address):
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


async def serve_through(config, store, mend):
    """Run the service on a broken index, mend it, and run until nothing waits; gives what was said meanwhile."""
    service = Service(load_settings(config), read_sources(config), config=config)
    addresses = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(service.run(on_ready=addresses.set_result))
    try:
        address = await addresses
        folder = folder_of(store)
        await asyncio.to_thread(until, lambda: count(store, versions.c.id) == 4, folder)
        await asyncio.to_thread(until, lambda: service.health.find_error("index") is not None, folder)
        told = {
            name: (await asyncio.to_thread(fetch, address + name))[1] for name in ("readyz", "metrics", "")
        }
        await asyncio.to_thread(mend)
        service.stages.workers["index"].wake.set()
        await asyncio.to_thread(until, lambda: not waiting(store).waiting, folder)
        await asyncio.to_thread(until, lambda: service.health.find_error("index") is None, folder)
        told["ready again"] = (await asyncio.to_thread(fetch, address + "readyz"))[0]
    finally:
        service.stop()
        await running
        with store.read() as connection:
            told["filling"] = is_filling(connection)
        service.close()
    return told


def check_through(config, store, tmp_path, capsys, mend, said):
    capsys.readouterr()
    assert ingest(config, tmp_path, "Quill Bay", 17) == 3
    (message,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert "stored, not indexed" in message
    assert said in message
    assert (count(store, versions.c.id), count(store, memberships.c.version_id)) == (1, 1)
    told = asyncio.run(serve_through(config, store, mend))
    assert 'copytaster_part_failures{part="index"} 0.0' not in told["metrics"]
    assert said in told["readyz"]
    assert told["ready again"] == 200
    assert not told["filling"]
    with closing(open_index(load_settings(config))) as index:
        index.refresh()
        assert index.count() == 4
    return told


@pytest.mark.parametrize("fault", SERVER_FAULTS)
def test_copy_comes_in_whatever_is_wrong_with_the_server(server, config, store, tmp_path, capsys, fault):
    break_it, mend, said = SERVER_FAULTS[fault]
    break_it(server)
    check_through(config, store, tmp_path, capsys, lambda: mend(server, config), said)


def stand_in_the_way(path, _monkeypatch):
    path.unlink()
    path.mkdir()
    return path.rmdir


def fill_the_disk(_path, monkeypatch):
    """SQLite itself says that the disk is full, as it does on a full one: no file may grow."""

    def connect_small(path, **options):
        connection = connect(path, **options)
        connection.execute("PRAGMA max_page_count=1")
        return connection

    monkeypatch.setattr(index_module, "connect", connect_small)
    return lambda: monkeypatch.setattr(index_module, "connect", connect)


@pytest.mark.parametrize(
    ("break_it", "said"), [(stand_in_the_way, "check that this user can write"), (fill_the_disk, "make room")]
)
def test_copy_comes_in_whatever_is_wrong_with_the_file(
    config, store, tmp_path, capsys, monkeypatch, break_it, said
):
    path = load_settings(config).index_path
    with closing(open_index(load_settings(config))) as index:
        prepare_index(store, index)
    mend = break_it(path, monkeypatch)
    check_through(config, store, tmp_path, capsys, mend, said)


def overwrite(path):
    """Half of the pages become zeros."""
    live = path.resolve()
    for companion in ("-wal", "-shm"):
        live.with_name(live.name + companion).unlink(missing_ok=True)
    size = live.stat().st_size
    with live.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(bytes(size - file.tell()))


def cut_off(path):
    live = path.resolve()
    with live.open("r+b") as file:
        file.truncate(live.stat().st_size // 2)


FILE_DAMAGES = {
    "gone": lambda path: path.unlink(),
    "no database": lambda path: path.resolve().write_bytes(b"not a database at all" * 400),
    "empty": lambda path: path.resolve().write_bytes(b""),
    "overwritten": overwrite,
    "cut off": cut_off,
}


@pytest.mark.parametrize("damage", FILE_DAMAGES)
def test_a_damaged_file_is_replaced_and_filled_again(config, store, damage):
    """At the second pass at the latest: the first one may be what finds the damage."""
    path, desk = load_settings(config).index_path, Desk(store)
    for number in range(3):
        desk.found(f"d{number}")
    with closing(open_index(load_settings(config))) as index:
        IndexingStage(store, index).drain()
        assert index.count() == 3
    FILE_DAMAGES[damage](path)
    desk.found("d3")
    with closing(open_index(load_settings(config))) as index:
        indexing = IndexingStage(store, index)
        with suppress(UnreachableError):
            indexing.run_slice(lambda: False)
        with store.write() as connection:  # the pause is over
            connection.execute(outbox.update().values(not_before=None))
        indexing.run_slice(lambda: False)
        assert index.count() == 4
    with store.read() as connection:
        assert not is_filling(connection)


@pytest.mark.parametrize("looks", [True, False])
def test_an_index_lost_while_nothing_waits_is_made_and_filled(store, config, monkeypatch, looks):
    """No new copy shows that the file is gone, as on a quiet night; without the look it stays so."""
    desk, settings = Desk(store), load_settings(config)
    for name in ("early", "late"):
        desk.found(name)
    monkeypatch.setattr("newsdesk.pipeline.LOOK_EVERY_S", 0.0 if looks else 3600.0)
    with closing(open_index(settings)) as index:
        stage = IndexingStage(store, index)
        assert [stage.run_slice(lambda: False) for _ in range(2)] == [2, 0]
        for path in index.path.parent.glob("index*.sqlite*"):
            path.unlink()
        stage.run_slice(lambda: False)
        assert index.exists() == looks
        assert not looks or index.find_missing(["early", "late"]) == []
