from datetime import UTC, datetime, timedelta

from copytaster.store import schedules
from copytaster.store.schedules import HandledSource

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_source_keeps_its_newest_rule_and_time(store):
    with store.write() as connection:
        schedules.keep_handled(connection, [HandledSource("a", "1 h", NOON), HandledSource("b", "2 h", NOON)])
        schedules.keep_handled(connection, [HandledSource("a", "3 h", NOON + timedelta(hours=1))])
        assert sorted(schedules.list_handled(connection)) == [
            HandledSource("a", "3 h", NOON + timedelta(hours=1)),
            HandledSource("b", "2 h", NOON),
        ]


def test_a_removed_source_has_no_row(store):
    with store.write() as connection:
        schedules.keep_handled(connection, [HandledSource("a", "1 h", NOON), HandledSource("b", "2 h", NOON)])
        schedules.remove_source(connection, "a")
        assert schedules.read_handled(connection) == {"b": NOON}
