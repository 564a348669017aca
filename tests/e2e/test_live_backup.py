"""Backups beside a writer that nobody controls: a service that takes files in, and a database server."""

import json
import shutil
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import func, make_url, select

from bench.copy.stories import TOPICS, write_story
from bench.soak.newsroom import Newsroom, digest_tables
from copytaster.errors import ExitCode
from copytaster.store.engine import Store
from copytaster.store.tables import dispatches, stories, versions
from tests.copytaster.wire.formats import samples
from tests.until import until

BEFORE, AFTER = 12, 3
VERSION = (versions.c.id, versions.c.story_id, versions.c.number, versions.c.digest, versions.c.body)


class Desk:
    """A folder into which an agency drops files, and the commands over it."""

    def __init__(self, folder):
        self.folder, self.inbox, self.data = folder, folder / "in", folder / "data"
        self.inbox.mkdir()
        self.data.mkdir()
        self.config = folder / "sources.toml"
        self.config.write_text(
            f'[[source]]\nname = "pier"\npublisher = "Pier Agency"\nkind = "folder"\nurl = "{self.inbox}"\n'
        )
        self.dropped = 0

    def drop(self, count):
        for number in range(self.dropped, self.dropped + count):
            body = write_story(TOPICS[number % len(TOPICS)], f"pier {number}", words=120)
            text = samples.ninjs(
                embargoed=None,
                uri=f"urn:pier:{number}",
                headline=f"The news of number {number}",
                body_xhtml="".join(f"<p>{paragraph}</p>" for paragraph in body),
            )
            (self.inbox / f".{number}").write_text(text)
            (self.inbox / f".{number}").rename(self.inbox / f"{number}.json")
        self.dropped += count

    def start(self, *words, data=None, **options):
        place = ["--config", self.config, "--data-dir", data or self.data]
        command = [sys.executable, "-m", "newsdesk", *words, *place]
        return subprocess.Popen([str(word) for word in command], text=True, **options)

    def run(self, *words, data=None):
        process = self.start(*words, data=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, said = process.communicate()
        return process.returncode, out, said

    def read(self, data, *columns):
        with closing(Store(f"sqlite:///{data}/store.sqlite")) as store, store.read() as connection:
            return {tuple(row) for row in connection.execute(select(*columns))}

    def wait_for(self, count):
        until(lambda: len(self.read(self.data, stories.c.id)) >= count, self.data)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_running_service_is_backed_up_killed_and_restored(desk, tmp_path):
    saved, new = tmp_path / "saved", tmp_path / "new"
    service = desk.start("run", "--port", "0", stderr=subprocess.DEVNULL)
    try:
        until((desk.data / "store.sqlite").exists, desk.data)
        desk.drop(BEFORE)
        desk.wait_for(BEFORE)
        acknowledged = desk.read(desk.data, *VERSION)
        backup = desk.start("backup", saved, stdout=subprocess.DEVNULL)
        while backup.poll() is None:
            desk.drop(1)
            desk.wait_for(desk.dropped)
        assert backup.returncode == ExitCode.DONE
        desk.drop(AFTER)
        desk.wait_for(desk.dropped)
    finally:
        service.kill()
        service.wait()
    live = desk.read(desk.data, *VERSION)
    assert desk.run("restore", saved, data=new)[0] == ExitCode.DONE
    restored = desk.read(new, *VERSION)
    assert acknowledged <= restored < live
    assert {row[0] for row in restored} == set(range(1, len(restored) + 1))
    assert desk.run("doctor", data=new)[0] == ExitCode.DONE
    for path in (desk.inbox / "processed").rglob("*.json"):
        shutil.move(path, desk.inbox / path.name)
    assert desk.run("crawl", data=new)[0] == ExitCode.DONE
    found = json.loads(desk.run("search", "", "--limit", "100", "--json", data=new)[1])
    assert sorted(hit["headline"] for hit in found["items"]) == sorted(
        f"The news of number {number}" for number in range(desk.dropped)
    )
    assert desk.run("doctor", data=new)[0] == ExitCode.DONE


def test_a_dump_of_postgresql_is_one_moment_and_its_changes_are_the_newest(tmp_path, postgres_server):
    live, fresh = postgres_server.make_database(), postgres_server.make_bare_database()
    dump = tmp_path / "dump"
    for name in ("live", "fresh"):
        (tmp_path / name).mkdir()
    with closing(Newsroom(tmp_path / "live", "dump", url=live)) as room:
        room.bring(12, revised=3)
        room.work()
        before = digest_tables(room.store)
        dumping = subprocess.Popen(["pg_dump", "--format=custom", f"--file={dump}", _plain(live)])
        written = 0
        while dumping.poll() is None or not written:
            # the dump has taken its moment once it holds its locks
            if written or _is_dumping(room.store):
                room.bring(1, revised=1)
                written += 1
        assert dumping.returncode == 0
        room.work()
        with room.store.read() as connection:
            newest = connection.scalar(select(func.max(dispatches.c.change)))
        groups = room.list_groups()
    subprocess.run(["pg_restore", f"--dbname={_plain(fresh)}", dump], check=True)
    for path in (tmp_path / "live").glob("index*"):
        path.rename(tmp_path / "fresh" / path.name)  # it is newer than the store that came back
    with closing(Newsroom(tmp_path / "fresh", "dump", url=fresh)) as room:
        assert digest_tables(room.store) == before
        room.count = 12
        room.bring(written, revised=3)
        room.work()
        with room.store.read() as connection:
            assert connection.scalar(select(func.min(dispatches.c.change))) > newest
        assert room.list_groups().keys() == groups.keys()
        assert room.find_faults() == []
    for url in (live, fresh):
        postgres_server.drop_database(url)


def _plain(url):
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _is_dumping(store):
    """True once another connection reads the table of versions in a transaction of its own."""
    with store.read() as connection:
        held = "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'versions' AND l.pid <> pg_backend_pid()"
        return bool(connection.exec_driver_sql(held).scalar())
