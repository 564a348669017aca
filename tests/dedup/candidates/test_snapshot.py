"""A snapshot of the memory is used where it is of this store and whole, and is passed over where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import func

from copytaster.store.tables import traces
from tests.dedup import copydesk as copy


def print_rows(desk, grouper):
    """Three stories, each grouped by itself: three rows of traces."""
    for hours, body in enumerate((copy.write_story(1), copy.FERRY, copy.write_story(2))):
        desk.take(body, hours=hours)
        desk.group(grouper)


def save(desk, grouper, *, go_on=True):
    with desk.store.read() as connection:
        grouper.window.save(connection, go_on=lambda: go_on)
    return desk.store.sibling_path(".window")


def change_row(desk, number, **values):
    with desk.store.write() as connection:
        connection.execute(traces.update().where(traces.c.id == number).values(values))


def blank_ferry(desk):
    """Who now reads the rows finds the ferry no more: only the snapshot knows of it."""
    size = len(desk.rows(traces, traces.c.id == 2)[0].keys)
    change_row(desk, 2, keys=bytes(size))


def is_ferry_found(desk, grouper=None):
    desk.take(copy.cut(copy.FERRY), hours=4)
    return desk.group(grouper or desk.grouper())[0].verdict == "joined"


@pytest.fixture
def saved(desk):
    """A desk whose rows say less than its snapshot."""
    grouper = desk.grouper()
    print_rows(desk, grouper)
    save(desk, grouper)
    blank_ferry(desk)
    return desk


def test_a_new_process_begins_from_the_snapshot(saved):
    assert is_ferry_found(saved)


def test_without_it_the_rows_are_read(saved):
    saved.store.sibling_path(".window").unlink()
    assert not is_ferry_found(saved)


@pytest.mark.parametrize("place", [0, 19, 22, 60, 0.3, 0.6, 0.9, -1])
def test_one_wrong_byte_anywhere_is_found_out(saved, place):
    path = saved.store.sibling_path(".window")
    whole = bytearray(path.read_bytes())
    whole[int(place * len(whole)) if isinstance(place, float) else place] ^= 1
    path.write_bytes(whole)
    assert not is_ferry_found(saved)


@pytest.mark.parametrize("size", [0, 10, 30, 500, -1])
def test_a_file_cut_short_is_found_out(saved, size):
    path = saved.store.sibling_path(".window")
    path.write_bytes(path.read_bytes()[:size])
    assert not is_ferry_found(saved)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda desk: change_row(desk, 3, phrases=b""),
        lambda desk: change_row(desk, 3, id=30),
        lambda desk: change_row(desk, 1, id=29),
        lambda desk: change_row(desk, 1, day=1),
        lambda desk: setattr(desk, "settings", desk.settings.model_copy(update={"window_hours": 47.0})),
        lambda desk: setattr(desk, "settings", desk.settings.model_copy(update={"history_days": 31})),
    ],
    ids=["last row", "last row gone", "first row gone", "another first row", "window", "history"],
)
def test_one_that_is_not_of_these_rows_is_passed_over(saved, spoil):
    spoil(saved)
    assert not is_ferry_found(saved)


def test_one_of_another_store_is_passed_over(saved, make_desk):
    other = make_desk()
    print_rows(other, other.grouper())
    blank_ferry(other)
    other.store.sibling_path(".window").write_bytes(saved.store.sibling_path(".window").read_bytes())
    assert not is_ferry_found(other)


def test_what_came_after_it_is_read_from_the_rows(desk):
    grouper = desk.grouper()
    desk.take(copy.write_story(1))
    desk.group(grouper)
    save(desk, grouper)
    desk.take(copy.FERRY, hours=1)
    desk.group(grouper)
    assert is_ferry_found(desk)


def test_memory_is_the_same_from_snapshot_as_it_was(desk):
    warm = desk.grouper()
    print_rows(desk, warm)
    save(desk, warm)
    cold = desk.grouper()
    with desk.store.write() as connection:
        cold.window.catch_up(connection)
    for table in ("candidates", "phrases", "boilerplate"):
        (numbers, arrays), (same, others) = (getattr(one.window, table).dump() for one in (warm, cold))
        assert numbers == same
        assert all(map(np.array_equal, arrays, others))


def test_one_that_is_given_up_leaves_the_old_one(saved):
    path, grouper = saved.store.sibling_path(".window"), saved.grouper()
    before = path.read_bytes()
    assert is_ferry_found(saved, grouper)
    save(saved, grouper, go_on=False)
    assert path.read_bytes() == before
    assert [one for one in path.parent.iterdir() if one.name.startswith(path.name)] == [path]


def test_a_folder_that_takes_no_file_stops_nothing(desk):
    grouper = desk.grouper()
    print_rows(desk, grouper)
    desk.store.sibling_path(".window").mkdir()
    save(desk, grouper)
    assert is_ferry_found(desk)


@pytest.mark.parametrize(("least", "is_saved"), [(3, True), (4, False)])
def test_it_is_written_when_nothing_waits_and_much_has_come(desk, monkeypatch, least, is_saved):
    monkeypatch.setattr("dedup.candidates.window._UNSAVED", least)
    print_rows(desk, desk.grouper())
    assert desk.store.sibling_path(".window").exists() is is_saved
    assert desk.rows_of(func.count(traces.c.id).label("rows")) == [(3,)]
