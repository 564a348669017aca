from datetime import UTC, datetime, timedelta

from copytaster.store.engine import Store
from copytaster.store.source_cursor import Cursor, keep_cursor
from copytaster.store.sources import SourceState, pause, read_state, read_states, resume

NOON = datetime(2021, 9, 6, 12, tzinfo=UTC)


def test_a_source_never_seen_stands_at_the_beginning(store: Store) -> None:
    with store.read() as connection:
        assert read_state(connection, "harbour") == SourceState()
        assert read_states(connection) == {}


def test_a_pause_keeps_its_first_moment_and_reason_until_resumed(store: Store) -> None:
    with store.write() as connection:
        assert pause(connection, "harbour", at=NOON, why="moving")
        assert not pause(connection, "harbour", at=NOON + timedelta(hours=1), why="other")
        state = read_state(connection, "harbour")
        assert (state.is_paused, state.paused_at, state.paused_why) == (True, NOON, "moving")
        assert resume(connection, "harbour")
        assert not resume(connection, "harbour")
        assert not read_state(connection, "harbour").is_paused


def test_a_pause_touches_nothing_else_and_a_resume_forgives(store: Store) -> None:
    with store.write() as connection:
        failed = Cursor(etag="e", failures=3, last_error="no answer", not_before=NOON, last_success_at=NOON)
        keep_cursor(connection, "harbour", failed, now=NOON)
        pause(connection, "harbour", at=NOON)
        assert read_state(connection, "harbour").failures == 3
        resume(connection, "harbour")
        state = read_state(connection, "harbour")
    assert (state.failures, state.not_before, state.last_error) == (0, None, "no answer")
    assert state.last_success_at == NOON


def test_only_the_named_source_is_paused(store: Store) -> None:
    with store.write() as connection:
        keep_cursor(connection, "other", Cursor(), now=NOON)
        pause(connection, "harbour", at=NOON)
        assert {name: state.is_paused for name, state in read_states(connection).items()} == {
            "harbour": True,
            "other": False,
        }
