"""One grouper works, another follows it: whoever lost the work writes nothing, and the follower goes on as if it were one."""

from __future__ import annotations

import pytest

from copytaster.errors import BusyError
from copytaster.store.tables import memberships, outbox, signatures
from tests.dedup.conftest import on_both
from tests.dedup.grouping.test_grouper import fill


class Turns:
    """Whose turn it is: the fence of each grouper."""

    def __init__(self):
        self.holder = "first"

    def fence_of(self, name):
        def fence(_connection):
            if self.holder != name:
                raise BusyError(f"{self.holder} has taken over", resource="lease group")

        return fence


@on_both
def test_groups_are_those_of_one_grouper_wherever_another_takes_over(make_desk):
    calm = fill(make_desk(batch=4))
    calm.group()
    desk, turns = fill(make_desk(batch=4)), Turns()
    groupers = {name: desk.grouper(fence=turns.fence_of(name)) for name in ("first", "second")}
    others = {"first": "second", "second": "first"}
    for limit in (9, 1, 4, 13, 2, 7):
        list(groupers[turns.holder].group(limit=limit))
        groupers[others[turns.holder]].catch_up()
        turns.holder = others[turns.holder]
    list(groupers[turns.holder].group())
    assert not desk.waiting()
    assert desk.groups() == calm.groups()


@on_both
def test_whoever_lost_the_work_writes_nothing_and_can_work_again(make_desk):
    desk, turns = fill(make_desk(batch=4)), Turns()
    grouper = desk.grouper(fence=turns.fence_of("first"))
    list(grouper.group(limit=8))
    before = [len(desk.rows(table)) for table in (memberships, signatures, outbox)]
    waiting = desk.waiting()
    turns.holder = "second"
    with pytest.raises(BusyError, match="second has taken over"):
        list(grouper.group())
    assert [len(desk.rows(table)) for table in (memberships, signatures, outbox)] == before
    assert desk.waiting() == waiting
    turns.holder = "first"
    list(grouper.group())
    assert not desk.waiting()
