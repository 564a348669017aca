from concurrent.futures import ThreadPoolExecutor

from copytaster.store import numbering
from copytaster.store.engine import Store
from copytaster.store.installation import EPOCH_FACTOR, keep_fact, next_changes, read_fact, secret_seed
from copytaster.store.tables import raw_pages


def test_a_fact_is_kept_once(store):
    with store.write() as connection:
        assert read_fact(connection, "x") is None
        assert keep_fact(connection, "x", "first") == "first"
        assert keep_fact(connection, "x", "second") == "first"


def test_the_seed_stays_and_differs_between_installations(store, tmp_path):
    other = Store(f"sqlite:///{tmp_path}/other.sqlite")
    with store.write() as mine, other.write() as theirs:
        assert secret_seed(mine) == secret_seed(mine) != secret_seed(theirs)
    other.close()


def test_change_numbers_never_repeat_between_threads(store):
    def take(_):
        with store.write() as connection:
            return next_changes(connection, 1)[0]

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(40)))
    assert sorted(taken) == [EPOCH_FACTOR + n for n in range(1, 41)]


def test_a_raised_epoch_is_newer_than_every_change_before(store):
    with store.write() as connection:
        before = next_changes(connection, 1)[0]
        connection.exec_driver_sql("UPDATE installation SET value = '2' WHERE name = 'epoch'")
        connection.exec_driver_sql("UPDATE installation SET value = '0' WHERE name = 'change'")
        assert next_changes(connection, 1)[0] > before


def test_a_number_that_was_noted_is_not_given_again(store):
    with store.write() as connection:
        assert numbering.next_id(connection, raw_pages) == {}
        for last in (7, 4):  # rows leave in any order
            numbering.keep_last_id(connection, raw_pages, [last, 2])
        expected = {"id": 8} if store.engine.dialect.name == "sqlite" else {}
        assert numbering.next_id(connection, raw_pages) == expected
