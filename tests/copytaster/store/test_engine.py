import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError, StatementError

from copytaster.errors import BusyError, ConfigurationError, StoreError, UnreachableError
from copytaster.store.engine import Store
from copytaster.store.tables import entries, installation, metadata

only_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@only_sqlite
def test_sqlite_is_durable_and_lets_readers_read(store):
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_migrations_make_exactly_the_schema_of_the_code(store):
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_comparison_notices_a_missing_column(store):
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox DROP COLUMN error")
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []


def test_opening_again_keeps_what_is_there(store):
    with store.write() as connection:
        connection.execute(insert(installation).values(name="a", value="1"))
    again = Store(store.url)
    with again.read() as connection:
        assert connection.scalar(select(installation.c.value)) == "1"
    again.close()


def test_opening_again_waits_for_no_writer(store):
    with store.write() as connection:
        connection.execute(insert(installation).values(name="a", value="1"))
        Store(store.url).close()


@pytest.mark.parametrize("index", ["index.sqlite", None])
def test_a_file_without_bytes_is_a_new_store_only_where_no_index_lies_beside_it(tmp_path, index):
    path = tmp_path / "store.sqlite"
    path.touch()
    if index is None:
        Store(f"sqlite:///{path}").close()
        return
    (tmp_path / index).symlink_to(tmp_path / "index-1.sqlite")
    with pytest.raises(StoreError, match="it has no bytes, and an index lies beside it"):
        Store(f"sqlite:///{path}")
    assert path.stat().st_size == 0


def test_a_database_of_another_program_stays_as_it_is(tmp_path):
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url)")
        before = other.execute("SELECT * FROM sqlite_schema").fetchall()
        with pytest.raises(ConfigurationError, match="no store of Copytaster: it has the tables bookmarks"):
            Store(f"sqlite:///{path}")
        assert other.execute("SELECT * FROM sqlite_schema").fetchall() == before


@only_sqlite
def test_a_writer_who_never_gets_its_turn_is_told_so(store, monkeypatch):
    monkeypatch.setattr("copytaster.store.engine.BUSY_TIMEOUT_S", 0.1)
    other = Store(store.url)
    with store.write(), pytest.raises(BusyError, match="another process has been writing"), other.write():
        pass
    with other.write() as connection:
        connection.execute(insert(installation).values(name="a", value="1"))
    other.close()


def test_a_failed_transaction_keeps_nothing(store):
    with pytest.raises(RuntimeError), store.write() as connection:
        connection.execute(insert(installation).values(name="a", value="1"))
        raise RuntimeError
    with store.read() as connection:
        assert connection.execute(select(installation)).all() == []


def test_a_reader_sees_one_moment_while_another_writes(store):
    with store.read() as reader:
        before = reader.execute(select(installation)).all()
        with store.write() as writer:
            writer.execute(insert(installation).values(name="a", value="1"))
        assert reader.execute(select(installation)).all() == before


@only_sqlite
def test_a_reader_cannot_turn_into_a_writer_behind_a_writer(store):
    # the reason why write() takes the lock at its start
    with store.read() as reader:
        reader.execute(select(installation)).all()
        with store.write() as writer:
            writer.execute(insert(installation).values(name="a", value="1"))
        with pytest.raises(OperationalError, match="locked"):
            reader.execute(insert(installation).values(name="b", value="2"))


def test_moments_come_back_in_utc(store):
    moment = datetime(2016, 2, 24, 15, 30, tzinfo=timezone(timedelta(hours=3)))
    row = {"source": "s", "entry": "e", "url": "u", "digest": "d", "outcome": "stored"}
    with store.write() as connection:
        connection.execute(insert(entries).values(**row, first_seen_at=moment, last_seen_at=moment))
        assert connection.scalar(select(entries.c.first_seen_at)) == datetime(2016, 2, 24, 12, 30, tzinfo=UTC)
        with pytest.raises(StatementError, match="without a zone"):
            connection.execute(insert(entries).values(**row, first_seen_at=datetime(2016, 1, 1)))  # noqa: DTZ001


def test_the_hour_that_comes_twice_is_two(store):
    first = datetime(2016, 10, 30, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    row = {"source": "s", "entry": "e", "url": "u", "digest": "d", "outcome": "stored"}
    with store.write() as connection:
        again = first.replace(fold=1)
        connection.execute(insert(entries).values(**row, first_seen_at=first, last_seen_at=again))
        kept = connection.execute(select(entries.c.first_seen_at, entries.c.last_seen_at)).one()
    assert kept == (datetime(2016, 10, 30, 0, 30, tzinfo=UTC), datetime(2016, 10, 30, 1, 30, tzinfo=UTC))


def test_a_newer_schema_refuses_this_program(store):
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="newer than this program"):
        Store(store.url)


@pytest.mark.parametrize("url", ["nonsense", "sqlite+nodriver:///x"])
def test_a_wrong_url_is_named(url):
    with pytest.raises(ConfigurationError, match="COPYTASTER_DATABASE_URL"):
        Store(url)


def test_a_store_that_cannot_be_opened_is_unreachable(tmp_path):
    (tmp_path / "dir.sqlite").mkdir()
    with pytest.raises(UnreachableError, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path}/dir.sqlite")


@pytest.mark.parametrize(("more", "connecting_s"), [("", "5"), ("?connect_timeout=9", "9")])
def test_a_database_whose_network_is_cut_is_given_up_within_seconds(postgres_server, more, connecting_s):
    url = postgres_server.make_database()
    with closing(Store(url + more)) as opened, opened.read() as connection:
        chosen = connection.connection.driver_connection.info.get_parameters()
        assert (chosen["connect_timeout"], chosen["tcp_user_timeout"]) == (connecting_s, "5000")
        assert (chosen["keepalives_idle"], chosen["keepalives_count"]) == ("5", "3")
    postgres_server.drop_database(url)
