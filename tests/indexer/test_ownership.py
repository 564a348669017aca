"""A store that was restored from a backup, and an index that holds what it does not know."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from copytaster.errors import ForeignIndexError
from copytaster.store import outbox, timeline
from copytaster.store.engine import Store
from copytaster.store.installation import EPOCH_FACTOR
from copytaster.store.tables import dispatches
from copytaster.store.timeline import Timeline, keep_timeline
from indexer import ownership
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from indexer.ownership import mark_of, reconcile, relate
from indexer.port import IndexMark, IndexState
from indexer.rebuild.rebuild import rebuild_index
from indexer.search import SearchQuery
from tests.indexer import restored
from tests.indexer.conftest import Desk
from tests.indexer.restored import anew, copy_store, read, shows_only

OURS = Timeline("house", "b", 2, frozenset({"a"}), 2 * EPOCH_FACTOR + 5, None, "")
SENT = OURS.sent


def mark(timeline, installation="house"):
    return IndexMark(installation, timeline, 2)


@pytest.mark.parametrize(
    ("newest", "found", "claimed", "relation"),
    [
        (SENT, mark("b"), None, "current"),
        (SENT + 1, mark("b"), None, "older"),
        (SENT + 1, mark("b"), mark("b"), "older"),
        (9, mark("a"), None, "behind"),
        (SENT + 1, mark("a"), None, "older"),
        (0, mark("c"), None, "older"),
        (SENT, mark("c"), mark("c"), "older"),
        (SENT, mark("c"), mark("b"), "taken over"),
        (0, mark("b", "another house"), None, "foreign"),
        (0, None, None, "unmarked"),
        (SENT, None, None, "behind"),
        (SENT + 1, None, None, "older"),
    ],
)
def test_how_an_index_relates_to_the_store(newest, found, claimed, relation):
    assert relate(OURS, IndexState(newest, found), claimed) == relation


def test_a_store_of_the_first_epoch_adopts_an_unmarked_index():
    first = Timeline("house", "a", 1, frozenset(), EPOCH_FACTOR + 5, None, "")
    assert relate(first, IndexState(EPOCH_FACTOR + 5, None), None) == "unmarked"


@pytest.fixture
def index(embedded):
    return embedded


@pytest.fixture
def backup(store, desk, index, tmp_path):
    with restored.take_backup(store, desk, index, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("goes_first", ["the comparison", "new copy"])
def test_new_copy_of_a_restored_store_is_visible(backup, index, goes_first):
    desk = Desk(backup)
    anew(index)
    if goes_first == "the comparison":
        prepare_index(backup, index)
    desk.joined("revised", "Dam gates open wide", publisher="New Outlet")
    for number in range(20):  # more changes than were lost
        desk.found(f"new-{number}", "Harbour frozen")
    drain(backup, index)
    assert "Dam gates open wide" in index.get("revised")["headlines_all"]
    assert index.get("revised")["publisher_count"] == 2
    assert index.get("lost") is None
    shows_only(backup, index, {"kept", "revised", *(f"new-{number}" for number in range(20))})
    assert (read(backup).epoch, read(backup).unknown) == (2, "")
    assert index.search(SearchQuery("bridge")).total.value == 0


def test_without_the_comparison_new_copy_stays_hidden(backup, index, monkeypatch):
    """The control."""
    for name in ("confirm_ownership", "reconcile"):
        monkeypatch.setattr(f"indexer.drain.{name}", lambda *_, **__: None)
    index.claimed = None
    Desk(backup).joined("revised", "Dam gates open wide", publisher="New Outlet")
    drain(backup, index)
    assert "Dam gates open wide" not in index.get("revised")["headlines_all"]
    assert index.get("lost")


def test_a_healthy_store_never_raises_its_epoch(store, desk, index):
    for number in range(4):
        prepare_index(store, anew(index))
        desk.found(f"d{number}")
        desk.joined("d0", f"Again {number}", publisher=f"Outlet {number}")
        drain(store, index)
    rebuild_index(store, index)
    drain(store, anew(index))
    assert (read(store).epoch, read(store).earlier) == (1, frozenset())
    shows_only(store, index, {"d0", "d1", "d2", "d3"})


@pytest.mark.parametrize("noticed_by", ["its own writes", "a conflict"])
def test_a_store_that_goes_back_under_a_running_process_is_noticed(backup, index, noticed_by):
    assert index.claimed == mark_of(read(backup))
    if noticed_by == "a conflict":
        index.written = 0  # as if another process had written all of it
    desk = Desk(backup)
    for number in range(20):  # more changes than were lost
        desk.found(f"new-{number}", "Harbour frozen")
    desk.joined("revised", "Dam gates open wide", publisher="New Outlet")
    with backup.write() as connection:  # as many changes are left as were lost
        connection.execute(
            dispatches.update().where(dispatches.c.id == "revised").values(change=EPOCH_FACTOR + 3)
        )
    drain(backup, index)
    assert "Dam gates open wide" in index.get("revised")["headlines_all"]
    assert index.get("lost") is None
    assert read(backup).epoch == 2


def test_the_copy_started_last_writes_and_the_other_is_refused(store, desk, backup, index):
    running, ours = index, EmbeddedIndex(index.path)
    prepare_index(backup, ours)
    drain(backup, ours)
    desk.found("late", "Written by the newer store's service, which still runs")
    with pytest.raises(ForeignIndexError, match="another copy of this store"):
        drain(store, running)
    assert ours.get("late") is None
    with store.read() as connection:
        assert outbox.read_backlog(connection).waiting == 1
    assert read(store).epoch == 1
    ours.close()


def test_an_index_shared_by_mistake_is_refused(store, desk, index, tmp_path):
    desk.found("d")
    drain(store, index)
    with closing(Store(f"sqlite:///{tmp_path}/other.sqlite")) as other:
        Desk(other).found("theirs")
        for write in (prepare_index, drain, rebuild_index):
            with pytest.raises(ForeignIndexError, match="another installation"):
                write(other, anew(index))
        assert read(other).epoch == 1
        assert index.get("d")
        rebuild_index(other, anew(index), take_over=True)
        assert index.get("d") is None
        assert index.get("theirs")


def test_an_index_that_nobody_marked_is_foreign_if_the_store_knows_little_of_it(index, tmp_path, action):
    index.write([action(f"x{number}", version=9 * EPOCH_FACTOR) for number in range(4)])
    with closing(Store(f"sqlite:///{tmp_path}/other.sqlite")) as other:
        with pytest.raises(ForeignIndexError):
            prepare_index(other, index)
        assert index.count() == 4


def test_two_processes_raise_the_epoch_once(backup, index):
    indices = [EmbeddedIndex(index.path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: prepare_index(backup, one), indices))
    assert read(backup).epoch == 2
    for one in indices:
        drain(backup, one)
        one.close()
    shows_only(backup, index, {"kept", "revised"})


class Crash(BaseException):
    pass


@pytest.mark.parametrize(
    "moment",
    [
        (timeline, "enqueue_since"),
        (EmbeddedIndex, "claim"),
        (EmbeddedIndex, "remove_unknown"),
        (ownership, "end_unknown"),
    ],
    ids=["raising", "before the mark", "before the removal", "after the removal"],
)
def test_a_crash_on_the_way_is_made_up_for(backup, index, monkeypatch, moment):
    def die(*_, **__):
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(*moment, die)
        with pytest.raises(Crash):
            prepare_index(backup, anew(index))
    prepare_index(backup, anew(index))
    drain(backup, index)
    assert index.get("revised")["publisher_count"] == 1
    shows_only(backup, index, {"kept", "revised"})
    assert read(backup).epoch == 2


def test_a_second_backup_restored_over_the_first_raises_again(store, backup, index, tmp_path):
    older = copy_store(backup, tmp_path / "older.sqlite")
    prepare_index(backup, anew(index))
    Desk(backup).found("second", "Mayor resigns")
    drain(backup, index)
    with closing(Store(older)) as again:
        prepare_index(again, anew(index))
        drain(again, index)
        assert read(again).epoch == 3
        shows_only(again, index, {"kept", "revised"})


def test_the_order_of_changes_stays(backup):
    ordered = select(dispatches.c.id).order_by(dispatches.c.change)
    with backup.write() as connection:
        before = list(connection.scalars(ordered))
        seen = keep_timeline(connection)
        queued = timeline.raise_epoch(connection, seen, above=6 * EPOCH_FACTOR, at=datetime.now(UTC))
        assert queued == len(before)
        assert list(connection.scalars(ordered)) == before
        assert min(connection.scalars(select(dispatches.c.change))) > 7 * EPOCH_FACTOR
        assert timeline.raise_epoch(connection, seen, above=0, at=datetime.now(UTC)) is None


def test_what_may_not_be_removed_is_noted_and_the_rest_goes_on(backup, index, monkeypatch):
    def refuse(*_, **__):
        raise ownership.ConfigurationError(
            "these credentials may not write: delete", resource="elasticsearch"
        )

    monkeypatch.setattr(EmbeddedIndex, "remove_unknown", refuse)
    Desk(backup).found("new", "Harbour frozen")
    prepare_index(backup, anew(index))
    drain(backup, index)
    assert index.get("new")
    assert "may not write" in read(backup).unknown
    rebuild_index(backup, index)
    assert read(backup).unknown == ""
    shows_only(backup, index, {"kept", "revised", "new"})


def test_reconcile_without_an_index_does_nothing(store, tmp_path):
    index = EmbeddedIndex(tmp_path / "none" / "index.sqlite")
    reconcile(store, index)
    assert index.claimed is None
