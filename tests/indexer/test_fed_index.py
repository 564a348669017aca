"""Two indices on one store, as of two machines, and which of them the store feeds."""

import shutil
from contextlib import closing, contextmanager

import pytest

from copytaster.errors import UnreachableError
from copytaster.store.engine import Store
from copytaster.store.installation import drop_fact, read_fact
from copytaster.store.outbox import read_backlog
from indexer import fed_index
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.embedded import EmbeddedIndex
from indexer.embedded.schema import STATES
from indexer.fed_index import ELSEWHERE, FACT, is_fed
from indexer.filling import read_filling
from indexer.rebuild.rebuild import rebuild_index
from newsdesk.operations.ownership_check import check_ownership
from settings import ElasticsearchSettings
from tests.indexer.conftest import Desk

NAMES = [f"d{number:02}" for number in range(26)]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:///{tmp_path}/store.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").make_database()
    with closing(Store(url)) as opened:
        yield opened


@pytest.fixture
def desk(store):
    return Desk(store)


@contextmanager
def machine(folder):
    """The index of a machine whose process starts now."""
    with closing(EmbeddedIndex(folder / "index.sqlite")) as index:
        yield index


def settle(store, index):
    prepare_index(store, index)
    return drain(store, index)


def lacks(index, names=NAMES):
    return index.find_missing(names)


def waits(store):
    with store.read() as connection:
        return read_backlog(connection).waiting


def test_a_machine_that_takes_over_indexes_everything_and_so_does_the_first_again(store, desk, tmp_path):
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        for name in NAMES:
            desk.found(name)
        settle(store, one)
        assert lacks(one) == []
        settle(store, two)
        assert lacks(two) == []
        desk.found("late")
        assert drain(store, two).written == 1
        assert lacks(one, ["late"]) == ["late"]
        drain(store, one)  # its process never ended, and prepared its index long ago
        assert lacks(one, [*NAMES, "late"]) == []
        assert one.count() == two.count() == 27


def test_an_index_that_the_store_fed_last_gets_only_what_is_new(store, desk, tmp_path):
    desk.found("early")
    with machine(tmp_path / "one") as one:
        settle(store, one)
    desk.found("late")
    with machine(tmp_path / "one") as one:
        assert settle(store, one).written == 1


def test_an_index_of_an_earlier_release_is_adopted_as_it_is_and_an_empty_one_is_filled(store, desk, tmp_path):
    desk.found("early")
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        settle(store, one)
        forget(store)
        assert settle(store, one).written == 0
        two.setup()
        forget(store)
        assert settle(store, two).written == 1


def forget(store):
    with store.write() as connection:
        drop_fact(connection, FACT)


def test_what_a_machine_writes_after_another_took_over_stays_in_the_outbox(
    store, desk, tmp_path, monkeypatch
):
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        desk.found("early")
        settle(store, one)
        settle(store, two)
        desk.found("late")
        monkeypatch.setattr(
            "indexer.drain.feed_index", lambda *_: None
        )  # it looked before the other took over
        report = drain(store, one)
        assert (report.written, report.trouble, report.waiting) == (0, ELSEWHERE, 1)
        monkeypatch.undo()
        assert drain(store, two).written == 1


def copy_folder(old, new):
    """As `cp -a` of a stopped service's data folder does."""
    shutil.copytree(old, new, symlinks=True)


def test_a_copied_index_that_takes_over_gets_what_came_since_the_copy(store, desk, tmp_path):
    for name in NAMES:
        desk.found(name)
    with machine(tmp_path / "one") as one:
        settle(store, one)
    copy_folder(tmp_path / "one", tmp_path / "two")
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        assert check_ownership(store, two).level == "ok"  # it has all that the first has
        assert settle(store, two).written == 0
        desk.found("late")
        assert settle(store, one).written == 1
        assert check_ownership(store, two).detail == ELSEWHERE
        settle(store, two)
        assert lacks(two, [*NAMES, "late"]) == []
        assert check_ownership(store, two).level == "ok"
        desk.found("later")  # now the copy goes on, and the first is behind
        drain(store, two)
        assert check_ownership(store, one).detail == ELSEWHERE
        drain(store, one)
        assert lacks(one, [*NAMES, "late", "later"]) == []
        assert waits(store) == 0


def test_copies_that_were_written_in_turn_are_not_taken_for_each_other(store, desk, tmp_path):
    """However often the one wrote that does not feed: counting writes would not tell them apart."""
    desk.found("early")
    with machine(tmp_path / "one") as one:
        settle(store, one)
    copy_folder(tmp_path / "one", tmp_path / "two")
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        for number in range(STATES + 3):
            desk.found(f"one{number}")
            drain(store, one)
        desk.found("two")
        drain(store, two)
        desk.found("three")
        drain(store, one)
        assert lacks(one, ["early", "two", "three", "one0"]) == []


def test_an_index_file_put_back_as_it_was_is_filled_again(store, desk, tmp_path):
    desk.found("early")
    with machine(tmp_path / "one") as one:
        settle(store, one)
    copy_folder(tmp_path / "one", tmp_path / "kept")
    desk.found("late")
    with machine(tmp_path / "one") as one:
        drain(store, one)
    shutil.rmtree(tmp_path / "one")
    copy_folder(tmp_path / "kept", tmp_path / "one")
    with machine(tmp_path / "one") as one:
        assert check_ownership(store, one).detail == ELSEWHERE
        settle(store, one)
        assert check_ownership(store, one).level == "ok"
        assert lacks(one, ["early", "late"]) == []


def test_a_batch_that_the_index_has_and_the_store_did_not_note_queues_nothing_else(
    store, desk, tmp_path, monkeypatch
):
    for name in NAMES:
        desk.found(name)
    with machine(tmp_path / "one") as one:
        settle(store, one)
        desk.found("late")
        with monkeypatch.context() as patch:
            patch.setattr("indexer.drain._update_outbox", lambda *_: True)  # the process is killed here
            drain(store, one)
    with machine(tmp_path / "one") as one:
        assert check_ownership(store, one).level == "ok"
        prepare_index(store, one)
        assert waits(store) == 1


def test_a_rebuilt_index_is_the_one_that_is_fed_at_every_moment(store, desk, tmp_path, monkeypatch):
    for name in NAMES:
        desk.found(name)
    with machine(tmp_path / "one") as one:
        settle(store, one)
        switch = fed_index.note_rebuilt
        seen = []

        def look_before(*arguments):
            seen.append(check_ownership(store, one).level)
            drain(store, one)
            seen.append(waits(store))
            switch(*arguments)

        monkeypatch.setattr("indexer.rebuild.rebuild.note_rebuilt", look_before)
        rebuild_index(store, one)
        assert seen == ["ok", 0]
        assert drain(store, one).written == 0


def test_a_copied_index_that_is_behind_is_whole_after_a_rebuild(store, desk, tmp_path):
    desk.found("early")
    with machine(tmp_path / "one") as one:
        settle(store, one)
    copy_folder(tmp_path / "one", tmp_path / "two")
    desk.found("late")
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        drain(store, one)
        rebuild_index(store, two)
        assert check_ownership(store, two).level == "ok"
        assert check_ownership(store, one).detail == ELSEWHERE
        assert lacks(two, ["early", "late"]) == []


def test_a_rebuilt_index_is_the_same_and_one_that_was_lost_is_the_one_that_is_fed(store, desk, tmp_path):
    for name in NAMES:
        desk.found(name)
    with machine(tmp_path / "one") as one:
        settle(store, one)
        before = one.read_identity()
        rebuild_index(store, one)
        assert one.read_identity().name == before.name
        assert drain(store, one).written == 0
    for path in (tmp_path / "one").iterdir():
        path.unlink()
    with machine(tmp_path / "one") as one:
        assert one.read_identity() is None
        rebuild_index(store, one)
        assert one.read_identity().name != before.name
        assert drain(store, one).written == 0
        assert lacks(one) == []


def test_a_rebuild_by_another_machine_queues_what_came_meanwhile(store, desk, tmp_path, monkeypatch):
    desk.found("early")
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        settle(store, one)
        switch = fed_index.note_rebuilt

        def after_one_drained(*arguments):
            desk.found("late")
            drain(store, one)
            switch(*arguments)

        monkeypatch.setattr("indexer.rebuild.rebuild.note_rebuilt", after_one_drained)
        rebuild_index(store, two)
        drain(store, two)
        assert lacks(two, ["early", "late"]) == []


def test_doctor_names_an_index_that_is_not_fed_and_one_that_is_being_filled(store, desk, tmp_path):
    for name in NAMES:
        desk.found(name)
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        settle(store, one)
        assert check_ownership(store, one).level == "ok"
        prepare_index(store, two)
        found = check_ownership(store, one)
        assert (found.level, found.detail) == ("fault", ELSEWHERE)
        assert "search server" in found.way_out
        drain(store, two, limit=12)
        with store.read() as connection:
            assert str(read_filling(connection)) == "12 of 26"
        assert check_ownership(store, two).detail == "index being filled: 12 of 26"
        drain(store, two)
        assert check_ownership(store, two).level == "ok"
        assert waits(store) == 0


def test_an_index_that_cannot_say_which_it_is_changes_nothing(store, desk, tmp_path):
    desk.found("early")
    with machine(tmp_path / "one") as one, machine(tmp_path / "two") as two:
        settle(store, one)
        with store.read() as connection:
            fed = read_fact(connection, FACT)
        fed_index.feed_index(store, two)  # there is none yet
        with store.read() as connection:
            assert read_fact(connection, FACT) == fed
            assert is_fed(connection, two)


def test_a_server_is_one_index_for_every_machine(elastic):
    with closing(ElasticIndex(elastic.settings)) as other:
        assert elastic.read_identity() == other.read_identity()
    assert elastic.read_identity().name.startswith("cluster ")
    assert elastic.read_identity().name.endswith(f" {elastic.names.write}")


def test_a_server_that_does_not_answer_does_not_say():
    settings = ElasticsearchSettings(url="http://127.0.0.1:9", product="elasticsearch")
    with closing(ElasticIndex(settings)) as away:
        assert fed_index.read_identity(away) is None
        with pytest.raises(UnreachableError):
            away.read_identity()
