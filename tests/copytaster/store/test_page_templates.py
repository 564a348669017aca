from datetime import UTC, datetime, timedelta

from copytaster.store.page_templates import (
    forget_template,
    forget_unused,
    keep_lessons,
    keep_template,
    list_drifted,
    list_templates,
    read_template,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def keep(connection, host, publisher="The Post", *, drifted_at=None, version=1):
    keep_template(
        connection,
        host,
        publisher=publisher,
        state="trusted",
        version=version,
        drifted_at=drifted_at,
        lessons={"of": host, "version": version},
        now=NOON,
    )


def test_a_row_is_written_and_written_over(store):
    with store.write() as connection:
        assert read_template(connection, "post.example") is None
        keep(connection, "post.example")
        keep(connection, "post.example", version=2)
    with store.read() as connection:
        row = read_template(connection, "post.example")
    assert (row.publisher, row.state, row.version, row.updated_at) == ("The Post", "trusted", 2, NOON)
    assert row.lessons == {"of": "post.example", "version": 2}


def test_rows_are_listed_by_publisher_and_by_host(store):
    with store.write() as connection:
        for host, publisher in (("b.example", "The Post"), ("a.example", "The Post"), ("c.example", "Other")):
            keep(connection, host, publisher)
        assert [row.host for row in list_templates(connection, publisher="The Post")] == [
            "a.example",
            "b.example",
        ]
        found = list_templates(connection, publisher="Nobody", hosts={"c.example", "d.example"})
        assert [row.host for row in found] == ["c.example"]


def test_layouts_that_changed_lately_are_listed(store):
    with store.write() as connection:
        keep(connection, "a.example", drifted_at=NOON)
        keep(connection, "b.example", drifted_at=NOON - timedelta(days=8))
        keep(connection, "c.example")
        assert list_drifted(connection, since=NOON - timedelta(days=7)) == [("a.example", "trusted")]


def test_lessons_change_and_are_forgotten(store):
    with store.write() as connection:
        keep(connection, "a.example", drifted_at=NOON)
        keep_lessons(connection, "a.example", state="pinned", lessons={"new": 1}, now=NOON)
        row = read_template(connection, "a.example")
        assert (row.state, row.lessons, row.drifted_at) == ("pinned", {"new": 1}, NOON)
        assert forget_template(connection, "a.example")
        assert not forget_template(connection, "a.example")
        assert read_template(connection, "a.example") is None


def test_hosts_that_are_no_longer_read_are_forgotten_unless_pinned(store):
    with store.write() as connection:
        for host in ("a.example", "b.example"):
            keep(connection, host)
        keep_lessons(connection, "b.example", state="pinned", lessons={}, now=NOON)
        forget_unused(connection, before=NOON)
        assert len(list_templates(connection, publisher="The Post")) == 2
        forget_unused(connection, before=NOON + timedelta(seconds=1))
        assert [row.host for row in list_templates(connection, publisher="The Post")] == ["b.example"]
