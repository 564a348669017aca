"""Grouping anew: the same settings change nothing, others are carried over whole, and people's decisions stand."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from copytaster.errors import BusyError
from copytaster.process_id import this_process
from copytaster.store import leases
from copytaster.store.dispatches import resolve_id
from copytaster.store.engine import Store
from copytaster.store.shadow import copy_decisions, copy_versions, prepare_shadow
from copytaster.store.tables import dispatches, memberships, metadata, outbox, versions
from dedup.desk.decisions import merge, pin, split
from dedup.desk.regroup import LEASE, dry_run_regroup, regroup
from dedup.grouping.grouper import group_waiting
from dedup.grouping.override_cache import ManualDecisionCache
from settings import GroupingSettings
from tests.dedup import copydesk as copy
from tests.dedup.conftest import NOON, on_both

BY = {"who": "Ada", "why": "two events"}
NARROW = GroupingSettings(window_hours=1)


def fill(desk, stories=8):
    """Stories with three copies each, the last one three hours later than the first."""
    for seed in range(stories):
        story = copy.write_story(seed)
        for place, body in enumerate([story, copy.cut(story, 5), f"{story}\n\nMore later."]):
            desk.take(body, url=f"https://o{place}.example/{seed}", hours=seed / 10 + place * 1.5)
    desk.group()
    return desk


@pytest.fixture
def full(desk):
    """Eight dispatches of three copies."""
    fill(desk)
    assert len(set(desk.groups().values())) == 8
    return desk


def look(desk, folder, settings=None, **options):
    beside = Store(f"sqlite:///{folder / 'beside.sqlite'}")
    try:
        return dry_run_regroup(desk.store, beside, settings or desk.settings, **options)
    finally:
        beside.close()


def everything(desk):
    with desk.store.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def check_ids(desk):
    """Every id ever used leads to a dispatch with members, which begins with its first member."""
    groups = desk.groups()
    with desk.store.read() as connection:
        for row in connection.execute(select(dispatches)).all():
            assert resolve_id(connection, row.id) in set(groups.values())
            if row.state != "merged":
                assert row.founder_id == min(one for one, place in groups.items() if place == row.id)
                assert groups[row.canonical_id] == row.id


def test_the_same_settings_change_nothing(full, tmp_path):
    found = look(full, tmp_path)
    assert (found.versions, found.dispatches, found.shifts) == (24, 8, ())
    assert (found.splits, found.joins, found.moved) == (0, 0, 0)


def test_a_rehearsal_counts_and_lists_and_writes_nothing(full, tmp_path):
    before = everything(full)
    told = []
    found = look(full, tmp_path, NARROW, on_progress=lambda *step: told.append(step))
    assert (found.splits, found.joins) == (8, 0)
    assert {shift.kind for shift in found.shifts} == {"split"}
    assert found.moved == sum(
        len(group.versions) for shift in found.shifts for group in shift.after if not group.dispatch
    )
    assert everything(full) == before
    assert {step for step, _, _ in told} == {"reading", "grouping"}


@on_both
def test_what_was_rehearsed_is_carried_over_and_back(full, tmp_path):
    before = full.groups()
    with full.store.write() as connection:
        connection.execute(outbox.delete())
    found = regroup(full.store, tmp_path, NARROW)
    after = full.groups()
    assert len(set(after.values())) > 8
    assert {one for one in before if before[one] != after[one]} == {
        one for shift in found.shifts for group in shift.after if not group.dispatch for one in group.versions
    }
    assert {row.dispatch_id for row in full.rows(outbox)} == set(after.values())
    assert look(full, tmp_path, NARROW).shifts == ()
    check_ids(full)
    regroup(full.store, tmp_path, full.settings)
    assert full.groups() == before
    check_ids(full)
    assert not list(tmp_path.glob("regroup-*"))


def test_an_id_stays_with_the_story_a_dispatch_began_with(full, tmp_path):
    began = {row.id: row.founder_id for row in full.rows(dispatches)}
    regroup(full.store, tmp_path, NARROW)
    groups = full.groups()
    assert {name: groups[founder] for name, founder in began.items()} == {name: name for name in began}


def test_a_call_that_broke_goes_on_where_it_was(make_desk, tmp_path, monkeypatch):
    one, other = fill(make_desk()), fill(make_desk())
    regroup(one.store, tmp_path, NARROW)
    calls = iter(range(100))

    def break_once(*arguments, **options):
        if next(calls) == 3:
            raise RuntimeError("the power went out")
        return original(*arguments, **options)

    original = __import__("dedup.desk.regroup", fromlist=["move"]).move
    monkeypatch.setattr("dedup.desk.regroup.move", break_once)
    with pytest.raises(RuntimeError):
        regroup(other.store, tmp_path, NARROW)
    assert other.groups() != one.groups()
    assert list(tmp_path.glob("regroup-*"))
    check_ids(other)
    assert len(regroup(other.store, tmp_path, NARROW).shifts) == 5
    assert other.groups() == one.groups()


def test_two_at_once_are_refused(full, tmp_path):
    with full.store.write() as connection:
        leases.take(connection, LEASE, this_process(), now=NOON)
    with pytest.raises(BusyError, match="another regrouping"):
        regroup(full.store, tmp_path, NARROW)


def decide_at_random(desk, chance, decisions=6):
    """Splits, merges and pins."""
    for _ in range(decisions):
        groups = desk.groups()
        version = chance.choice(sorted(groups))
        live = sorted(set(groups.values()))
        match chance.choice(["split", "merge", "pin", "into"]):
            case "merge":
                merge(desk.store, chance.sample(live, 2), **BY)
            case "pin":
                pin(desk.store, [f"v{version}"], **BY)
            case "into":
                target = chance.choice([name for name in live if name != groups[version]])
                split(desk.store, [f"v{version}"], into=target, **BY)
            case _ if sum(place == groups[version] for place in groups.values()) > 1:
                split(desk.store, [f"v{version}"], **BY)


@pytest.mark.parametrize("seed", range(8))
def test_decisions_survive_regrouping(make_desk, tmp_path, seed):
    desk = fill(make_desk(), stories=4)
    decide_at_random(desk, random.Random(seed))
    decided = desk.groups()
    assert look(desk, tmp_path).shifts == ()
    regroup(desk.store, tmp_path, NARROW)
    check_ids(desk)
    regroup(desk.store, tmp_path, desk.settings)
    assert desk.groups() == decided
    check_ids(desk)


@on_both
def test_a_split_survives_where_the_machine_would_join(full, tmp_path):
    version = 2
    done = split(full.store, [f"v{version}"], **BY)
    found = regroup(full.store, tmp_path, GroupingSettings(window_hours=24))
    assert found.shifts == ()
    assert full.groups()[version] == done.dispatch != full.groups()[1]


def test_a_decision_on_what_is_copied_later_is_learned(full, tmp_path):
    """A pass that is kept from round to round must not go on with the decisions of the first round."""
    beside = Store(f"sqlite:///{tmp_path / 'beside.sqlite'}")
    try:
        prepare_shadow(full.store, beside)
        copy_decisions(full.store, beside)
        known = ManualDecisionCache()
        with beside.write() as connection:
            known.read(connection)
        members = sorted(full.groups())
        split(full.store, ["https://o2.example/0"], **BY)
        copy_decisions(full.store, beside)  # the version it names has not come
        with beside.write() as connection:
            assert not known.read(connection).tied_to(members[2])
        copy_versions(full.store, beside)
        copy_decisions(full.store, beside)
        with beside.write() as connection:
            assert known.read(connection).governing_version(members[2], -1) == members[2]
    finally:
        beside.close()


def test_only_a_period_is_regrouped(full, tmp_path):
    seen = NOON + timedelta(days=1)
    with full.store.write() as connection:
        connection.execute(
            update(versions).where(versions.c.id <= 12).values(seen_at=NOON + timedelta(hours=12))
        )
        connection.execute(update(versions).where(versions.c.id > 12).values(seen_at=seen))
    before = full.groups()
    found = regroup(full.store, tmp_path, NARROW, since=seen)
    after = full.groups()
    assert (found.dispatches, found.splits, found.versions) == (4, 4, 12)
    assert {one for one in before if before[one] != after[one]} <= set(range(13, 25))
    assert found.left_alone == 4


@pytest.mark.parametrize(
    ("since", "until", "changed"), [(None, 24, range(1, 13)), (24, 30, range(13, 25)), (24, 24, ())]
)
def test_what_began_after_a_period_stays(full, tmp_path, since, until, changed):
    with full.store.write() as connection:
        for hours, chosen in ((12, versions.c.id <= 12), (24, versions.c.id > 12)):
            connection.execute(update(versions).where(chosen).values(seen_at=NOON + timedelta(hours=hours)))
    before = full.groups()
    found = regroup(
        full.store,
        tmp_path,
        NARROW,
        since=NOON + timedelta(hours=since) if since else None,
        until=NOON + timedelta(hours=until),
    )
    after = full.groups()
    moved = {one for one in before if before[one] != after[one]}
    assert moved <= set(changed)
    assert bool(moved) is bool(changed)
    assert found.versions == len(changed)


@on_both
def test_live_traffic_goes_on(full, tmp_path):
    stop = []

    def go_on():
        live = Store(full.store.url)
        taken = 0
        try:
            while not stop and taken < 60:
                story = copy.write_story(taken % 8)
                full.take(
                    f"{story}\n\nNow {taken}.", url=f"https://late.example/{taken}", hours=4 + taken / 60
                )
                taken += 1
                list(group_waiting(live, full.settings))
        finally:
            live.close()
        return taken

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(go_on)
        regroup(full.store, tmp_path, NARROW)
        regroup(full.store, tmp_path, full.settings)
        stop.append(True)
        taken = running.result()
    full.group()
    assert taken > 3
    assert len(full.rows(memberships)) == 24 + taken
    check_ids(full)
    regroup(full.store, tmp_path, full.settings)
    assert look(full, tmp_path).shifts == ()
    assert len(set(full.groups().values())) == 8
