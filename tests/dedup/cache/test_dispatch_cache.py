"""What is kept of where versions belong is given up as soon as anybody else may have moved one."""

from __future__ import annotations

from copytaster.store.installation import next_changes, read_change
from copytaster.store.memberships import DispatchRef
from copytaster.store.revisions import hold_grouping
from dedup.cache.dispatch_cache import DispatchCache
from tests.dedup import copydesk as copy


def test_places_are_kept_while_nobody_else_changes_a_dispatch(make_desk):
    desk, places = make_desk(), DispatchCache()
    version = desk.take(copy.FERRY)
    desk.group()
    with desk.store.write() as connection:
        places.begin(hold_grouping(connection))
        true = places.find(connection, [version, 99])
        assert true == {version: DispatchRef(desk.groups()[version], version)}
        places.put(version, DispatchRef("elsewhere", version))
        places.end(read_change(connection))
        places.begin(hold_grouping(connection))
        assert places.find(connection, [version])[version].dispatch_id == "elsewhere"
        next_changes(connection, 1)[0]  # as another process does that moves a version
        places.begin(hold_grouping(connection))
        assert places.find(connection, [version]) == true


def test_places_are_bounded(make_desk):
    desk, places = make_desk(), DispatchCache(room=1)
    with desk.store.write() as connection:
        for change, kept in ((0, 1), (0, 2), (0, 1)):
            places.begin(change)
            places.put(change + kept * 10, DispatchRef("d", 1))
            places.end(change)
            assert len(places.find(connection, [10, 20])) == kept
