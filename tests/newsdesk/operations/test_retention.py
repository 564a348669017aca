"""What leaves by rule, what stays, and that books, groups, digests and the index are right after each step."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from copytaster.errors import BusyError, NotFoundError
from copytaster.store import grace
from copytaster.store.consistency import list_indexed_ids
from copytaster.store.dispatches import read_dispatch
from copytaster.store.holds import hold_dispatch, release_hold
from copytaster.store.installation import set_fact
from copytaster.store.intake import refuse
from copytaster.store.marks import MarkList, list_marks
from copytaster.store.raw_pages import read_raw_page
from copytaster.store.source_hours import note_hour
from copytaster.store.tables import (
    decided_versions,
    decisions,
    memberships,
    raw_pages,
    signatures,
    source_hours,
    stories,
    versions,
)
from copytaster.values import RawPage
from dedup.desk.decisions import split
from indexer.drain import drain
from newsdesk.operations.marks import mark_dispatches
from newsdesk.operations.retention.nightly import NightlyRetention
from newsdesk.operations.retention.removal import restore
from newsdesk.operations.retention.sweep import Sweep
from newsdesk.web.metrics.page import render_metrics
from settings import RetentionRule, RetentionSettings, Settings

MONTH = RetentionSettings(keep_days=30)
KEPT = (raw_pages, stories, versions, signatures, memberships, decisions, decided_versions)


def later(days):
    return datetime.now(UTC) + timedelta(days=days)


def sweep(desk, settings=MONTH, *, days=31):
    report = Sweep(desk.store, settings, now=later(days)).apply()
    desk.work()
    return report


def put_back(desk, dispatch):
    with desk.store.write() as connection:
        count = restore(connection, dispatch)
    desk.work()
    return count


def read_rows(desk):
    with desk.store.read() as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if name != "last_seen_at"}
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in KEPT
        }


def hold(desk, dispatch):
    with desk.store.write() as connection:
        hold_dispatch(connection, dispatch, who="Ada", why="in court", at=datetime.now(UTC))


def bring_pair(desk, number=1):
    """The same copy at two publishers, one dispatch."""
    first = desk.bring(f"https://early.example/{number}", f"copy {number}")[1]
    second = desk.bring(f"https://late.example/{number}", f"copy {number}", publisher="Late Mail")[1]
    desk.work()
    assert desk.find(first) == desk.find(second)
    return desk.find(first), first, second


def test_hours_that_no_service_ever_learns_leave(desk):
    """Who only crawls from cron runs no service, so nothing else empties them."""
    for days in (0, 1, 20):
        with desk.store.write() as connection:
            note_hour(connection, "early", brought=True, now=later(days))
    sweep(desk, RetentionSettings(), days=21)
    with desk.store.read() as connection:
        assert [row.hour > later(19) for row in connection.execute(select(source_hours))] == [True]


def test_by_default_no_copy_ever_leaves(desk):
    bring_pair(desk)
    assert sweep(desk, RetentionSettings(), days=10_000).stories == 0
    assert len(desk.list_urls()) == 2


def test_a_dispatch_leaves_whole_once_it_has_not_grown_for_its_time(desk):
    dispatch, _, _ = bring_pair(desk)
    assert sweep(desk, days=29).stories == 0
    report = sweep(desk, days=31)
    assert (report.dispatches, report.stories, report.versions) == (1, 2, 2)
    assert report.freed > 0
    assert desk.list_ids() == desk.list_urls() == []
    assert desk.index.get(dispatch) is None
    assert desk.find_faults() == []
    with desk.store.read() as connection, pytest.raises(NotFoundError, match="by retention") as caught:
        read_dispatch(connection, dispatch)
    assert f"retention restore {dispatch}" in caught.value.hint


def test_counters_never_fall_and_what_is_held_is_a_gauge(desk):
    def read():
        families = text_string_to_metric_families(render_metrics(desk.store).decode())
        samples = {one.name: (family.type, one.value) for family in families for one in family.samples}
        return [samples[f"copytaster_stories_{name}"] for name in ("total", "held")]

    dispatch, _, _ = bring_pair(desk)
    assert read() == [("counter", 2), ("gauge", 2)]
    sweep(desk, days=31)
    assert read() == [("counter", 2), ("gauge", 0)]
    put_back(desk, dispatch)
    assert read() == [("counter", 2), ("gauge", 2)]
    bring_pair(desk, 2)
    assert read() == [("counter", 4), ("gauge", 4)]


def test_the_preview_says_what_leaves_and_changes_nothing(desk):
    """Raw pages of what leaves whole are no pages of others, refusals and removals that are over count too."""
    bring_pair(desk)
    bring_pair(desk, 2)
    sweep(desk)  # now under grace
    bring_pair(desk, 3)
    held, _, _ = bring_pair(desk, 4)
    hold(desk, held)
    desk.bring("https://kept.example/1", "copy 5", publisher="Kept Courier")
    desk.work()
    with desk.store.write() as connection:
        page = RawPage("https://early.example/refused", b"nothing", datetime.now(UTC))
        refuse(connection, source="early", url=page.url, reason="no-body", page=page)
    settings = RetentionSettings(
        rules=(RetentionRule(publisher="Kept Courier", keep_days=900),),
        keep_days=30,
        pages_days=20,
        refusals_days=20,
    )
    before = read_rows(desk)
    preview = Sweep(desk.store, settings, now=later(39)).preview()
    assert read_rows(desk) == before
    report = sweep(desk, settings, days=39)
    assert (report.stories, report.pages, report.refusals, report.purged) == (2, 1, 1, 2)
    assert preview == report


def test_what_left_comes_back_as_it_was(desk):
    dispatch, first, _ = bring_pair(desk)
    desk.bring("https://early.example/1", "copy 1", line="\n\nA second version says more.")
    desk.work()
    before, documents = read_rows(desk), desk.index.get(dispatch)
    sweep(desk)
    assert put_back(desk, dispatch) == 2
    assert read_rows(desk) == before
    assert desk.find(first) == dispatch
    after = desk.index.get(dispatch)
    assert {name for name in documents if documents[name] != after.get(name)} <= {
        "rev",
        "last_changed",
        "changed_at",
    }
    assert desk.find_faults() == []


def test_marks_leave_with_their_story_and_come_back_with_it(desk):
    dispatch, _, _ = bring_pair(desk)
    mark_dispatches(desk.store, [dispatch], "used", who="Ada", how="copy")

    def read():
        with desk.store.read() as connection:
            return list_marks(connection, MarkList(limit=9))

    (before,) = read()
    sweep(desk)
    assert read() == []
    put_back(desk, dispatch)
    assert read() == [before]


def test_after_the_grace_period_nothing_is_left(desk):
    dispatch, _, _ = bring_pair(desk)
    sweep(desk, days=31)
    assert sweep(desk, days=37).purged == 0
    assert sweep(desk, days=39).purged == 1
    with desk.store.read() as connection:
        assert grace.list_removals(connection) == []
    with desk.store.write() as connection, pytest.raises(NotFoundError, match="nothing of it"):
        restore(connection, dispatch)


def test_a_story_that_came_again_is_not_restored_over(desk):
    dispatch, _, _ = bring_pair(desk)
    sweep(desk)
    assert desk.bring("https://early.example/1", "copy 1")[0] == "stored"
    desk.work()
    with pytest.raises(BusyError, match=r"early\.example/1"):
        put_back(desk, dispatch)
    assert desk.find_faults() == []


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ([{"publisher": "Late Mail", "keep_days": 30}], ["early", "early"]),
        ([{"publisher": "Late Mail", "keep_days": 0}, {"keep_days": 30}], ["late"]),
        ([{"keep_days": 30}, {"publisher": "Late Mail", "keep_days": 0}], []),
        ([{"source": "early", "keep_days": 30}], []),
        ([{"agency": "Reuters", "keep_days": 30}], ["early", "late"]),
        ([{"agency": "Reuters", "publisher": "Late Mail", "keep_days": 30}], ["early", "early", "late"]),
        ([{"kind": "alert", "keep_days": 30}], ["early", "early", "late"]),
    ],
)
def test_the_first_rule_that_fits_decides(desk, rules, left):
    bring_pair(desk)
    desk.bring("https://early.example/2", "other news", agency="Reuters")
    desk.work()
    settings = RetentionSettings(rules=tuple(RetentionRule(**rule) for rule in rules))
    sweep(desk, settings)
    assert [url.split("/")[2].split(".")[0] for url in desk.list_urls()] == left
    assert desk.find_faults() == []


def test_a_dispatch_that_loses_its_founder_keeps_its_id(desk):
    dispatch, first, second = bring_pair(desk)
    rule = RetentionRule(publisher="Early Post", keep_days=30)
    sweep(desk, RetentionSettings(rules=(rule,)))
    (rows,) = desk.read().values()
    assert (rows.id, rows.founder_id, rows.canonical_id) == (dispatch, second, second)
    (member,) = rows.members
    assert (member.publisher, member.versions[0].relation) == ("Late Mail", "original")
    assert desk.find_faults() == []
    put_back(desk, dispatch)
    assert desk.find(first) == desk.find(second) == dispatch
    assert desk.find_faults() == []


def test_what_is_held_stays_until_it_is_released(desk):
    dispatch, _, _ = bring_pair(desk)
    other, _, _ = bring_pair(desk, 2)
    hold(desk, dispatch)
    report = sweep(desk)
    assert (report.stories, report.held) == (2, 2)
    assert desk.list_ids() == [dispatch]
    with desk.store.write() as connection:
        release_hold(connection, dispatch, who="Ada", why="settled", at=datetime.now(UTC))
    assert sweep(desk).stories == 2
    assert other not in desk.list_ids()


def test_held_stories_stay_wherever_they_are_moved(desk):
    dispatch, first, second = bring_pair(desk)
    hold(desk, dispatch)
    split(desk.store, [f"v{second}"], who="Ada", why="another story")
    desk.work()
    assert desk.find(first) != desk.find(second)
    assert sweep(desk).stories == 0


def test_manual_decisions_leave_and_come_back_with_their_versions(desk):
    dispatch, _, second = bring_pair(desk)
    split(desk.store, [f"v{second}"], who="Ada", why="another story")
    desk.work()
    before, moved = read_rows(desk), desk.find(second)
    assert sweep(desk).stories == 2
    assert desk.find_faults() == []
    for name in (dispatch, moved):
        put_back(desk, name)
    assert read_rows(desk) == before
    assert desk.find_faults() == []


def test_raw_pages_may_leave_before_their_stories(desk):
    dispatch, first, _ = bring_pair(desk)
    report = sweep(desk, RetentionSettings(pages_days=7), days=8)
    assert (report.pages, report.stories) == (2, 0)
    assert sweep(desk, RetentionSettings(pages_days=7), days=9).pages == 0
    with desk.store.read() as connection:
        page = connection.scalar(select(versions.c.raw_page_id).where(versions.c.id == first))
        assert connection.scalar(select(raw_pages.c.body).where(raw_pages.c.id == page)) == b""
        with pytest.raises(NotFoundError, match="left the store"):
            read_raw_page(connection, page)
    assert desk.find_faults() == []
    sweep(desk)
    put_back(desk, dispatch)
    assert desk.find_faults() == []


def test_numbers_of_versions_are_never_given_twice(desk):
    _, first, second = bring_pair(desk)
    sweep(desk)
    third = desk.bring("https://early.example/3", "third news")[1]
    assert third > second > first
    assert desk.bring("https://early.example/4", "fourth news")[1] > third


def test_grouping_goes_on_with_what_it_keeps_in_memory(desk):
    dispatch, _, _ = bring_pair(desk)
    sweep(desk)
    again = desk.bring("https://third.example/1", "copy 1", publisher="Third Wire")[1]
    desk.work()
    assert desk.find(again) != dispatch
    assert desk.find_faults() == []


def test_an_interrupted_sweep_is_ended_by_the_next(desk):
    for number in range(25):
        desk.bring(f"https://early.example/{number}", f"news {number}")
    desk.work()
    calls = iter([False] * 3 + [True] * 1000)
    settings = MONTH.model_copy(update={"dispatches_per_second": 0})
    first = Sweep(desk.store, settings, now=later(31)).apply(lambda: next(calls))
    assert first.interrupted
    assert 0 < first.stories < 25
    assert first.stories + sweep(desk, settings).stories == 25
    assert desk.find_faults() == []


@pytest.mark.parametrize("seed", range(4))
def test_whatever_leaves_and_comes_back_books_groups_and_index_are_right(desk, seed):
    """Copy, new versions, splits, holds, sweeps and restores in random order."""
    chance = random.Random(seed)
    for _ in range(12):
        for _ in range(chance.randint(1, 4)):
            number, outlet = chance.randint(1, 5), chance.choice(["early", "late", "third"])
            line = chance.choice(["", "", f"\n\nMore was said at {chance.randint(1, 9)} o'clock."])
            desk.bring(f"https://{outlet}.example/{number}", f"copy {number}", publisher=outlet, line=line)
        desk.work()
        outlet = chance.choice([None, "early", "late", "third"])
        rule = RetentionRule(publisher=outlet, keep_days=30)
        if chance.random() < 0.5:
            sweep(desk, RetentionSettings(rules=(rule,)))
        with desk.store.read() as connection:
            removed = grace.list_removals(connection)
        if removed and chance.random() < 0.6:
            try:
                put_back(desk, chance.choice(removed).dispatch_id)
            except BusyError:
                drain(desk.store, desk.index)
        assert desk.find_faults() == []


def test_after_the_sweep_of_the_service_the_index_gives_space_back(desk):
    for number in range(25):
        desk.bring(f"https://early.example/{number}", f"news {number}")
    desk.work()
    with desk.store.write() as connection:
        set_fact(connection, "retention_swept_at", later(-2).isoformat())
        desk.index.remove(dict.fromkeys(list_indexed_ids(connection), 2**62))
    assert desk.index.count() == 0
    nightly = NightlyRetention(desk.store, desk.index, Settings())
    assert nightly.run_slice(lambda: False)
    ends = iter([False, True])
    assert nightly.run_slice(lambda: next(ends))  # a stop comes: the next slice goes on
    assert not nightly.run_slice(lambda: False)
    assert not nightly.run_slice(lambda: False)
    assert not desk.index.compact()
