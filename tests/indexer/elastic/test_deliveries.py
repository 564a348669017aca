"""Any order and repetition of deliveries ends the same; one refused document delays no other."""

import json
import random
from dataclasses import replace

import pytest

from copytaster.store import outbox
from indexer.actions import make_action as make_real_action
from indexer.drain import drain
from indexer.elastic.bulk_results import make_result
from indexer.elastic.documents import BulkItem
from tests.equality import in_index, in_store

SIZE = 500
CORNERS = (0, 1, 249, 250, 499)
LONG = pytest.mark.long


def make_deliveries(action, chance, dispatches):
    """Every version of every dispatch one to three times, and the last version of each."""
    last = {f"d{number}": chance.randint(1, 5) for number in range(dispatches)}
    deliveries = [
        action(name, version=version, headline=f"{name} version {version}")
        for name, newest in last.items()
        for version in range(1, newest + 1)
        for _ in range(chance.randint(1, 3))
    ]
    return deliveries, {name: f"{name} version {newest}" for name, newest in last.items()}


def deliver(index, deliveries, chance, *, prefix=""):
    chance.shuffle(deliveries)
    for start in range(0, len(deliveries), 17):
        renamed = [replace(one, id=f"{prefix}{one.id}") for one in deliveries[start : start + 17]]
        assert {item.status for item in index.write(renamed).items} == {"done"}


@pytest.mark.parametrize("rounds", [10, pytest.param(1000, marks=LONG)])
def test_any_order_and_repetition_of_deliveries_ends_the_same(elastic, action, rounds, record_property):
    chance, wrong = random.Random(11), 0
    for turn in range(rounds):  # each in ids of its own: a round sees nothing of the one before
        deliveries, newest = make_deliveries(action, chance, 8)
        deliver(elastic, deliveries, chance, prefix=f"{turn}-")
        wrong += sum(
            (elastic.get(f"{turn}-{name}") or {})["headline"] != text for name, text in newest.items()
        )
    doubled = elastic.count() - 8 * rounds
    record_property("wrong", wrong)
    record_property("doubled", doubled)
    assert (wrong, doubled) == (0, 0)


def test_without_versions_the_last_to_come_would_win(elastic, action, monkeypatch):
    """The control: the same deliveries, the change's number left out."""
    whole = BulkItem.action

    def unversioned(document, *arguments):
        line = json.loads(whole(document, *arguments))
        del line["index"]["version"], line["index"]["version_type"]
        return json.dumps(line).encode()

    monkeypatch.setattr(BulkItem, "action", unversioned)
    chance = random.Random(11)
    deliveries, newest = make_deliveries(action, chance, 8)
    deliver(elastic, deliveries, chance)
    assert any((elastic.get(name) or {})["headline"] != text for name, text in newest.items())


@pytest.mark.parametrize("positions", [CORNERS, pytest.param(range(SIZE), marks=LONG)])
def test_one_poisonous_document_at_each_position(elastic, action, positions, record_property):
    wrong = 0
    for position in positions:
        actions = [
            action(f"{position}-{number}", **({"agency_confidence": "high"} if number == position else {}))
            for number in range(SIZE)
        ]
        items = elastic.write(actions, refresh=False).items
        wrong += [number for number, item in enumerate(items) if item.status != "done"] != [position]
        wrong += items[position].status != "quarantine"
        wrong += "agency_confidence" not in (items[position].reason or "")
    elastic.refresh()
    lost = len(positions) * (SIZE - 1) - elastic.count()
    record_property("wrong", wrong)
    record_property("lost", lost)
    assert (wrong, lost) == (0, 0)


def test_one_poisonous_document_would_take_its_request_with_it(elastic, action, monkeypatch):
    """The control: one refused document fails its whole request."""
    monkeypatch.setattr(
        "indexer.elastic.bulk_writer.make_result",
        lambda name, item: replace(make_result(name, item), status="quarantine"),
    )
    actions = [
        action(f"{number}", **({"agency_confidence": "high"} if number == 7 else {})) for number in range(9)
    ]
    assert [item.status for item in elastic.write(actions).items].count("quarantine") > 1


def spoil(name):
    def make(record):
        made = make_real_action(record)
        return (
            replace(made, document=made.document.replace(b'"rev":1', b'"rev":"x"'))
            if made.id == name
            else made
        )

    return make


@pytest.mark.parametrize("position", [0, 7, 15])
def test_what_is_set_aside_can_be_replayed(store, desk, elastic, monkeypatch, position):
    for number in range(16):
        desk.found(f"d{number:02}")
    name = f"d{position:02}"
    with monkeypatch.context() as spoiled:
        spoiled.setattr("indexer.actions.make_action", spoil(name))
        report = drain(store, elastic)
    assert (report.written, report.quarantined, report.waiting) == (15, 1, 0)
    with store.write() as connection:
        (held,) = outbox.list_quarantined(connection)
        assert (held.dispatch_id, held.error.count("rev") > 0) == (name, True)
        outbox.requeue_dispatch(connection, name)
    assert drain(store, elastic).written == 1
    assert in_index(store, elastic) == in_store(store)
