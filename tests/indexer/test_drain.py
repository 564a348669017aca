"""From the outbox to the index: at least once, in any order, with one effect."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copytaster.errors import BusyError, StoreError, UnreachableError
from copytaster.store import outbox, tables
from copytaster.store.dispatches import read_dispatches
from indexer.actions import make_action, make_each
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from indexer.merge import merge_rows
from indexer.port import IndexAction, ItemResult, WriteOutcome
from indexer.search import SearchQuery
from indexer.serialise import serialise

POISON = [{"kind": "dateline", "text": "\ud800", "weight": 0.9, "agency": "Reuters"}]


@pytest.fixture
def index(embedded):
    return embedded


class Around:
    """An index with something that happens around each write."""

    def __init__(self, index, *, before=lambda _: None, after=lambda _: None):
        self.index, self.before, self.after = index, before, after

    def write(self, actions, **options):
        actions = list(actions)
        self.before(actions)
        outcome = self.index.write(actions, **options)
        changed = self.after(actions)
        return changed or outcome

    def __getattr__(self, name):
        return getattr(self.index, name)


def action_now(store, name):
    with store.read() as connection:
        return make_action(merge_rows(read_dispatches(connection, [name])[name]))


def backlog(store):
    with store.read() as connection:
        return outbox.read_backlog(connection)


def make_due(store):
    with store.write() as connection:
        connection.execute(tables.outbox.update().values(not_before=None))


def test_everything_that_waits_is_written_once(store, desk, index):
    for name in ("d0", "d1", "d2"):
        desk.found(name)
    desk.joined("d0", "Gates open", publisher="Other")
    seen = []
    report = drain(store, index, on_progress=lambda done, total: seen.append((done, total)))
    assert (report.written, report.retried, report.quarantined, report.waiting) == (3, 0, 0, 0)
    assert seen == [(3, 3)]
    assert index.get("d0")["headlines_all"] == ["Dam gates open on the Varda", "Gates open"]
    assert drain(store, index).written == 0


def test_whoever_lost_the_work_ends_no_row_and_the_next_one_writes_again(store, desk, index):
    desk.found("d0")

    def refuse(_connection):
        raise BusyError("another process has taken over", resource="lease index")

    with pytest.raises(BusyError):
        drain(store, index, fence=refuse)
    assert backlog(store).waiting == 1
    assert drain(store, index).written == 1
    assert index.count() == 1


def test_batches_follow_each_other_to_the_limit(store, desk, index, monkeypatch):
    monkeypatch.setattr("indexer.drain.BATCH", 4)
    for number in range(10):
        desk.found(f"d{number}")
    assert drain(store, index, limit=6).written == 6
    assert backlog(store).waiting == 4
    assert drain(store, index).written == 4
    assert index.count() == 10


def test_it_ends_when_it_is_told_to_and_the_rest_waits(store, desk, index, monkeypatch):
    monkeypatch.setattr("indexer.drain.BATCH", 2)
    for number in range(10):
        desk.found(f"d{number}")
    answers = iter([False, False, True])
    assert drain(store, index, should_end=lambda: next(answers, True)).written == 4
    assert backlog(store).waiting == 6
    assert drain(store, index, should_end=lambda: True).written == 0
    assert drain(store, index, should_end=lambda: False).written == 6


def test_documents_are_made_when_their_turn_comes(store, desk, index):
    """A batch in memory is its rows and bytes, not every form of every dispatch."""
    for number in range(10):
        desk.found(f"d{number}")
    with store.read() as connection:
        found = read_dispatches(connection, [f"d{number}" for number in range(10)])
    refused = []
    left = [(action.id, len(found)) for action in make_each(found, refused)]
    assert left == [(f"d{number}", 9 - number) for number in range(10)]
    assert refused == []


def test_the_oldest_change_goes_first(store, desk, index):
    for name in ("c", "a", "b"):
        desk.found(name)
    drain(store, index, limit=1)
    assert index.get("c")
    assert index.get("a") is None


def test_a_change_that_comes_while_writing_stays_and_is_written(store, desk, index):
    desk.found("d")
    later = iter([lambda: desk.joined("d", "Newer", publisher="Other") and None])
    drain(store, Around(index, after=lambda _: next(later, lambda: None)()))
    assert "Newer" in index.get("d")["headlines_all"]
    assert backlog(store).waiting == 0


def test_a_row_is_removed_only_for_the_change_that_was_written(store, desk, index):
    desk.found("d")
    late = Around(index, after=lambda _: desk.revised("d"))  # after the write, before the row is removed
    drain(store, late, limit=1)
    assert backlog(store).waiting == 1
    assert index.get("d")["rev"] == 1
    drain(store, index)
    assert index.get("d")["rev"] == 2


@pytest.mark.parametrize("position", range(0, 12, 3))
def test_one_poisonous_document_delays_nobody(store, desk, index, position):
    names = [f"d{number:02}" for number in range(12)]
    for number, name in enumerate(names):
        desk.found(name, evidence=POISON if number == position else [])
    report = drain(store, index)
    assert (report.written, report.quarantined, report.waiting) == (11, 1, 0)
    with store.read() as connection:
        held = outbox.list_quarantined(connection)
    assert [row.dispatch_id for row in held] == [names[position]]
    assert "surrogate" in (held[0].error or "")
    assert drain(store, index).quarantined == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE dispatches SET changed_at = '2026-11-2< 23:59:54.012076' WHERE id = 'd03'",
        "UPDATE versions SET headline = CAST(x'64ff65' AS TEXT) WHERE id = 4",
        "UPDATE versions SET markers = '[{' WHERE id = 4",
        "UPDATE dispatches SET first_seen_at = 'x' WHERE id = 'd03'",
    ],
)
def test_a_dispatch_with_a_damaged_value_holds_up_no_other(store, desk, index, damage):
    for number in range(12):
        desk.found(f"d{number:02}")
    with store.write() as connection:
        connection.exec_driver_sql(damage)
    report = drain(store, index)
    assert (report.written, report.quarantined, report.waiting) == (11, 1, 0)
    with store.read() as connection:
        (held,) = outbox.list_quarantined(connection)
    assert held.dispatch_id == "d03"
    assert "cannot be read" in held.error
    assert "copytaster scrub" in held.error


def test_a_database_that_fails_is_no_damaged_value(store, desk, index):
    desk.found("d")
    with store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE memberships RENAME TO elsewhere")
    with pytest.raises(StoreError, match="no such table"):
        drain(store, index)
    with store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO memberships")
    assert drain(store, index).written == 1


def test_quarantine_is_replayed_when_the_cause_is_gone(store, desk, index):
    desk.found("d", evidence=POISON)
    drain(store, index)
    with store.write() as connection:
        connection.execute(tables.versions.update().values(agency_evidence=[]))
        assert outbox.requeue_dispatch(connection) == 1
    assert drain(store, index).written == 1
    assert backlog(store) == outbox.Backlog(0, 0, None)


def test_a_dispatch_the_index_refuses_is_set_aside(store, desk, index):
    desk.found("d")
    desk.found("e")
    refusing = Around(
        index,
        after=lambda actions: WriteOutcome(
            tuple(ItemResult(action.id, "quarantine", "no") for action in actions[:1])
        ),
    )
    report = drain(store, refusing)
    assert (report.quarantined, report.retried, report.waiting) == (1, 1, 1)


def test_an_index_that_does_not_answer_costs_delay_only(store, desk, index):
    for number in range(5):
        desk.found(f"d{number}")

    def refuse(_):
        raise UnreachableError("away")

    report = drain(store, Around(index, before=refuse))
    assert (report.written, report.retried, report.waiting) == (0, 5, 5)
    with store.read() as connection:
        assert outbox.take_due(connection, now=datetime.now(UTC) - timedelta(seconds=1), limit=9) == []
        rows = outbox.take_due(connection, now=datetime.now(UTC) + timedelta(seconds=2), limit=9)
    assert [(row.attempts, row.error) for row in rows] == [(1, "away")] * 5
    make_due(store)
    assert drain(store, index).written == 5


def test_an_index_that_does_not_answer_is_asked_once_a_pass(store, desk, index, monkeypatch):
    monkeypatch.setattr("indexer.drain.BATCH", 2)
    for number in range(10):
        desk.found(f"d{number}")
    sizes = []

    def refuse(actions):
        sizes.append(len(list(actions)))
        raise UnreachableError("no answer")

    dead = Around(index, before=refuse)
    dead.lanes = 2
    assert drain(store, dead).trouble
    assert sizes == [2]


def test_an_answer_that_was_never_read_is_asked_for_again(store, desk, index):
    desk.found("d")

    def die(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drain(store, Around(index, after=die))
    assert backlog(store).waiting == 1
    before = index.get("d")
    assert drain(store, index).written == 1
    assert index.get("d") == before


def test_a_row_whose_dispatch_has_left_removes_its_document(store, desk, index):
    name = desk.found("a")
    drain(store, index)
    with store.write() as connection:
        outbox.enqueue_many(connection, [("nobody", 1)], at=datetime.now(UTC))
    report = drain(store, index)
    assert (report.written, report.quarantined, report.waiting) == (1, 0, 0)
    assert index.get("nobody") is None
    assert index.count() == 1, name


def test_an_index_that_was_thrown_away_is_filled_again(store, desk, tmp_path):
    index = EmbeddedIndex(tmp_path / "fresh" / "index.sqlite")
    prepare_index(store, index)
    desk.found("a")
    desk.found("b")
    drain(store, index)
    index.close()
    for path in (tmp_path / "fresh").iterdir():
        path.unlink()
    prepare_index(store, index)
    assert drain(store, index).written == 2
    assert index.search(SearchQuery()).total.value == 2
    index.close()


def test_a_damaged_index_is_made_again_and_filled(store, desk, tmp_path):
    index = EmbeddedIndex(tmp_path / "damaged" / "index.sqlite")
    prepare_index(store, index)
    desk.found("a")
    drain(store, index)
    index.close()
    index.path.resolve().write_bytes(b"no database " * 500)
    prepare_index(store, index)
    assert drain(store, index).written == 1
    assert index.search(SearchQuery()).total.value == 1
    index.close()


def test_merged_dispatches_resolve_and_are_not_found(store, desk, index):
    desk.found("old", "Flood in the valley")
    desk.found("new", "Flood along the Varda", publisher="Other")
    drain(store, index)
    desk.merged("old", into="new")
    drain(store, index)
    assert [hit.id for hit in index.search(SearchQuery("valley")).hits] == ["new"]
    assert index.get("old")["merged_into"] == "new"


# Delivery at least once and in any order, with one effect.


def history(store, desk):
    """Every change of some dispatches, each as the document it made; and the last ones."""
    names = ["a", "b", "c"]
    actions = []
    for name in names:
        desk.found(name, f"Flood {name}")
        actions.append(action_now(store, name))
    for number in range(3):
        for name in names:
            desk.joined(name, f"Flood {name} again {number}", publisher=f"Outlet {number}")
            actions.append(action_now(store, name))
    desk.merged("c", into="b")
    actions += [action_now(store, "b"), action_now(store, "c")]
    newest = {action.id: action for action in sorted(actions, key=lambda action: action.version)}
    return actions, newest


def deliver(index, actions, seed, *, versioned=True):
    """Each change one to three times, in random order, in batches of random size."""
    chance = random.Random(seed)
    deliveries = [action for action in actions for _ in range(chance.randint(1, 3))]
    chance.shuffle(deliveries)
    clock = 0
    while deliveries:
        size = chance.randint(1, 5)
        batch, deliveries = deliveries[:size], deliveries[size:]
        if not versioned:
            batch = [IndexAction(one.id, clock + place, one.document) for place, one in enumerate(batch, 1)]
            clock += size
        index.write(batch)


def bytes_of(index, names):
    return {name: serialise(index.get(name)) for name in names}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_order_and_repetition_end_in_the_same_index(store, desk, tmp_path_factory, seed):
    if not backlog(store).waiting:
        desk.known = history(store, desk)
    actions, newest = desk.known
    index = EmbeddedIndex(tmp_path_factory.mktemp("order") / "index.sqlite")
    index.setup()
    deliver(index, actions, seed)
    assert bytes_of(index, newest) == {name: action.document for name, action in newest.items()}
    assert index.search(SearchQuery("again")).total.value == 2
    assert index.count() == 3
    index.close()


@pytest.mark.long
def test_a_thousand_orders_end_in_the_same_index(store, desk, tmp_path):
    actions, newest = history(store, desk)
    for seed in range(1000):
        index = EmbeddedIndex(tmp_path / str(seed) / "index.sqlite")
        index.setup()
        deliver(index, actions, seed)
        assert bytes_of(index, newest) == {name: action.document for name, action in newest.items()}
        index.close()


def test_without_versions_order_matters(store, desk, tmp_path):
    """The control: an index that keeps the last write ends differently."""
    actions, newest = history(store, desk)
    ends = []
    for seed in range(5):
        index = EmbeddedIndex(tmp_path / str(seed) / "index.sqlite")
        index.setup()
        deliver(index, actions, seed, versioned=False)
        ends.append(bytes_of(index, newest) == {name: action.document for name, action in newest.items()})
        index.close()
    assert not all(ends)


def test_drains_that_die_anywhere_end_in_the_same_index(store, desk, index, tmp_path):
    """Changes, drains and deaths in random turns, against one quiet drain at the end."""
    chance = random.Random(7)
    deaths = 0

    def maybe_die(_):
        nonlocal deaths
        if chance.random() < 0.4:
            deaths += 1
            raise KeyboardInterrupt

    names = [f"d{number}" for number in range(8)]
    for name in names:
        desk.found(name, f"Flood {name}")
    for _ in range(40):
        desk.joined(chance.choice(names), f"Flood {chance.random()}", publisher=f"P{chance.randint(0, 5)}")
        try:
            drain(store, Around(index, before=maybe_die, after=maybe_die))
        except KeyboardInterrupt:
            continue
    drain(store, index)
    quiet = EmbeddedIndex(tmp_path / "quiet" / "index.sqlite")
    prepare_index(store, quiet)
    drain(store, quiet)
    assert deaths > 5
    assert bytes_of(index, names) == bytes_of(quiet, names)
    quiet.close()
