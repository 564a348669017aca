"""A scrub: where it goes on, what it brings back, and what it leaves alone, on both kinds of index."""

import itertools
import secrets
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bench.copy.stories import write_story
from copytaster.store import scrubs
from copytaster.store.document_seals import forget_digests
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.outbox import read_backlog
from copytaster.store.revisions import announce_again
from copytaster.values import RawPage
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.embedded import EmbeddedIndex
from newsdesk.operations.scrub.nightly import NightlyScrub
from newsdesk.operations.scrub.run import Scrubber
from newsdesk.pipeline import GroupingStage, IndexingStage
from settings import ElasticsearchSettings, ScrubSettings, Settings
from spiders.parsing import ParseContext, parse

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def fill(store):
    """Two stories, parsed from pages, and grouped."""
    for number in (1, 2):
        text = "".join(
            f"<p>{paragraph}</p>" for paragraph in write_story("strike", f"scrub {number}", words=120)
        )
        html = (
            f"<html lang=en><body><article><h1>Port strike, day {number}</h1>{text}</article></body></html>"
        )
        page = RawPage(f"https://alpha.example/{number}", html.encode(), NOON)
        with store.write() as connection:
            story = parse(page, ParseContext(publisher="Alpha"))
            keep_story(connection, page=page, story=story, source="alpha", channel="page")
    assert list(GroupingStage(store, Settings().grouping).group_all())


def write_index(store, index):
    indexing = IndexingStage(store, index)
    indexing.drain()


@pytest.fixture
def index(tmp_path):
    with closing(EmbeddedIndex(tmp_path / "index.sqlite")) as made:
        yield made


@pytest.fixture
def filled(store, index):
    fill(store)
    write_index(store, index)
    return store


def scrub(store, index, *, should_end=lambda: False, **options):
    with closing(Scrubber(store, index, Settings(), (), **options)) as scrubber:
        return scrubber.run(should_end=should_end)


def change(store, statement, *values):
    """Change a row past the program, as a fault of the disk would."""
    with closing(sqlite3.connect(store.sibling_path(""), isolation_level=None)) as connection:
        assert connection.execute(statement, values).rowcount == 1


def read_body(store):
    with store.read() as connection:
        return connection.exec_driver_sql("SELECT body FROM versions WHERE id = 1").scalar()


def test_an_interrupted_scrub_goes_on_where_it_was(filled, index):
    looks = itertools.count()
    first = scrub(filled, index, should_end=lambda: next(looks) > 8)
    assert first.interrupted
    assert first.scrub.step not in {"store file", "end"}
    second = scrub(filled, index)
    assert (second.scrub.id, second.interrupted) == (first.scrub.id, False)
    whole = scrub(filled, index)
    assert whole.scrub.id != first.scrub.id
    assert whole.damages == second.damages == ()
    assert 0 < second.scrub.checked - first.scrub.checked < whole.scrub.checked


def test_a_version_comes_back_from_its_raw_page(filled, index):
    was = read_body(filled)
    change(filled, "UPDATE versions SET body = ? WHERE id = 1", "Nobody wrote this.")
    report = scrub(filled, index)
    (found,) = report.damages
    assert (found.kind, found.key, found.state) == ("version", "1", "repaired")
    assert "raw page" in found.done
    assert read_body(filled) == was


def test_the_repair_of_a_version_hides_no_damage_of_its_dispatch(filled, index):
    with filled.read() as connection:
        (was,) = connection.exec_driver_sql(
            "SELECT d.last_seen_at FROM dispatches d JOIN memberships m ON m.dispatch_id = d.id"
            " WHERE m.version_id = 1"
        ).one()
    changed = was[:-1] + ("1" if was[-1] != "1" else "2")
    change(filled, "UPDATE versions SET body = ? WHERE id = 1", "Nobody wrote this.")
    change(
        filled,
        "UPDATE dispatches SET last_seen_at = ? WHERE id ="
        " (SELECT dispatch_id FROM memberships WHERE version_id = 1)",
        changed,
    )
    report = scrub(filled, index)
    assert {one.kind for one in report.damages} == {"dispatch", "version"}
    assert {one.state for one in report.damages} == {"repaired"}
    with filled.read() as connection:
        (now,) = connection.exec_driver_sql(
            "SELECT d.last_seen_at FROM dispatches d JOIN memberships m ON m.dispatch_id = d.id"
            " WHERE m.version_id = 1"
        ).one()
    assert now == was


def test_a_raw_page_that_gives_something_else_repairs_nothing(filled, index):
    text = "".join(f"<p>{paragraph}</p>" for paragraph in write_story("storm", "other", words=120))
    html = (
        f"<html lang=en><body><article><h1>Storm over the northern islands</h1>{text}</article></body></html>"
    )
    page = RawPage("https://alpha.example/other", html.encode(), NOON)
    with filled.write() as connection:
        story = parse(page, ParseContext(publisher="Alpha"))
        kept = keep_story(connection, page=page, story=story, source="alpha", channel="page")
        other_id = connection.exec_driver_sql(
            f"SELECT raw_page_id FROM versions WHERE id = {kept.version_id}"
        ).scalar()
    change(filled, "UPDATE versions SET body = 'Nobody wrote this.', raw_page_id = ? WHERE id = 1", other_id)
    report = scrub(filled, index)
    assert [(one.kind, one.key, one.state) for one in report.damages] == [("version", "1", "open")]
    assert "raw page does not give what was written" in report.damages[0].done
    assert read_body(filled) == "Nobody wrote this."


def test_damage_that_a_backup_mended_ends_with_the_next_scrub(filled, index):
    was = read_body(filled)
    change(filled, "DELETE FROM memberships WHERE version_id = 1")
    assert scrub(filled, index).open == 1
    with filled.write() as connection:
        scrubs.keep_damage(connection, replace(scrubs.list_damages(connection)[0], key="7"))
    assert scrub(filled, index).open == 1  # 7 is whole, 1 is not
    assert read_body(filled) == was


@pytest.mark.parametrize(
    ("was", "becomes"),
    [('"installation": "', '"installation": "z'), ('"epoch": 1', '"epoch": 9'), ("{", "[")],
)
def test_an_index_whose_damaged_mark_names_another_store_is_built_again(
    filled, index, tmp_path, was, becomes
):
    with closing(sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)) as connection:
        before = connection.execute("SELECT value FROM meta WHERE name = 'mark'").fetchone()[0]
        changed = before.replace(was, becomes, 1)
        assert changed != before
        connection.execute("UPDATE meta SET value = ? WHERE name = 'mark'", (changed,))
    report = scrub(filled, index)
    assert [(one.kind, one.state) for one in report.damages] == [("index meta", "repaired")]
    assert scrub(filled, index).damages == ()
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        assert connection.execute("SELECT value FROM meta WHERE name = 'mark'").fetchone()[0] == before


def test_a_dispatch_that_waits_for_the_index_gives_no_alarm(filled, index):
    with filled.write() as connection:
        (name,) = connection.exec_driver_sql("SELECT id FROM dispatches LIMIT 1").one()
        connection.exec_driver_sql(f"DELETE FROM seals WHERE kind = 'documents' AND \"key\" = '{name}'")
        announce_again(connection, [name], at=NOON)
    assert scrub(filled, index).damages == ()


def test_a_document_of_an_earlier_program_is_written_again_and_no_damage(filled, index):
    with filled.write() as connection:
        forget_digests(connection)
        connection.exec_driver_sql(
            "UPDATE stories SET slug = 'GRAIN'"
        )  # what this program makes of it differs
    report = scrub(filled, index)
    assert report.damages == ()
    with filled.read() as connection:
        names = list(connection.exec_driver_sql("SELECT id FROM dispatches").scalars())
        assert read_backlog(connection).waiting == 0
    assert {index.get(name)["slugline"] for name in names} == {"GRAIN"}


def test_the_service_scrubs_at_night_and_goes_on_with_an_interrupted_scrub(filled, index):
    settings = Settings(scrub=ScrubSettings(cron="30 3 * * *"))
    nightly = NightlyScrub(filled, index, settings, ())
    now = datetime.now(UTC)
    assert nightly.run_slice(lambda: False) == 0
    assert not nightly.is_due(now)
    assert nightly.is_due(now + timedelta(days=1))
    looks = itertools.count()
    scrub(filled, index, should_end=lambda: next(looks) > 4)
    assert nightly.is_due(now)
    scrub(filled, index)
    assert not nightly.is_due(now)


def test_a_scrub_can_be_switched_off(filled, index):
    looks = itertools.count()
    scrub(filled, index, should_end=lambda: next(looks) > 4)
    off = NightlyScrub(filled, index, Settings(scrub=ScrubSettings(enabled=False)), ())
    assert off.run_slice(lambda: False) == 0
    on = NightlyScrub(filled, index, Settings(), ())
    on.run_slice(lambda: False)
    with filled.read() as connection:
        assert scrubs.read_unfinished(connection) is None


@pytest.fixture(params=["elasticsearch", "opensearch"])
def elastic(request, search_url):
    """An index of the test's own on a server, deleted at the end."""
    prefix = f"scrub-{secrets.token_hex(6)}"
    with closing(ElasticIndex(ElasticsearchSettings(url=search_url(request.param), prefix=prefix))) as made:
        made.setup()
        try:
            yield made
        finally:
            for name in read_aliases(made.connection, made.names).indices:
                delete_index(made.connection, name)


def test_a_changed_document_on_a_server_is_named_and_written_again(store, elastic):
    fill(store)
    write_index(store, elastic)
    elastic.refresh()
    assert scrub(store, elastic).damages == ()
    with store.read() as connection:
        names = list(connection.exec_driver_sql("SELECT id FROM dispatches ORDER BY id").scalars())
    was = {name: elastic.get(name) for name in names}
    held = elastic.read_many(names[:1])[names[0]]
    changed = {**held.document, "headline": held.document["headline"].replace("P", "Q", 1)}
    path = f"/{elastic.names.write}/_doc/{names[0]}"
    elastic.connection.call("PUT", path, changed, version=str(held.version), version_type="external_gte")
    report = scrub(store, elastic)
    assert [(one.kind, one.key, one.state) for one in report.damages] == [("document", names[0], "repaired")]
    assert {name: elastic.get(name) for name in names} == was
    assert scrub(store, elastic).damages == ()


def test_raw_pages_in_postgresql_are_compared_with_their_sha256(postgres_server, index):
    with closing(Store(postgres_server.make_database())) as store:
        fill(store)
        write_index(store, index)
        assert scrub(store, index).damages == ()
        with store.write() as connection:
            connection.exec_driver_sql("UPDATE raw_pages SET body = '\\x28b52ffd00'::bytea WHERE id = 1")
        report = scrub(store, index)
        assert [(one.kind, one.key, one.state) for one in report.damages] == [("raw page", "1", "open")]
