"""A desk for grouping tests: stories come in, the pass runs, dispatches are read. The store is a real file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.tables import memberships, versions
from copytaster.values import Marker, ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from settings import GroupingSettings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Desk:
    """Takes stories in and groups them."""

    def __init__(self, url, **settings):
        self.store = Store(url)
        self.settings = GroupingSettings(**settings)
        self.taken = 0

    def take(
        self,
        body,
        *,
        publisher=None,
        url=None,
        headline="A headline",
        hours=0.0,
        kinds=(),
        wire_id=None,
        language=None,
        dateline=None,
    ):
        """Put a story into the store; gives back its version id."""
        self.taken += 1
        story = ParsedStory(
            headline=headline,
            body=body,
            publisher=publisher or f"Outlet {self.taken}",
            url=url or f"https://outlet-{self.taken}.example/story",
            markers=tuple(Marker("version", kind, None, kind.upper()) for kind in kinds),
            published_at=NOON + timedelta(hours=hours),
            wire_id=wire_id,
            language=language,
            dateline=dateline,
        )
        page = RawPage(story.url, body.encode(), NOON)
        with self.store.write() as connection:
            kept = keep_story(connection, page=page, story=story, source="test", channel="feed")
        return kept.version_id

    def grouper(self, **options):
        """What a process keeps from pass to pass."""
        return Grouper(self.store, self.settings, **options)

    def group(self, grouper=None, **options):
        """Run the pass to its end, as a process that has just begun, or as one that had begun before."""
        return list((grouper or self.grouper()).group(**options))

    def groups(self):
        """Version id -> dispatch id."""
        with self.store.read() as connection:
            return dict(connection.execute(select(memberships.c.version_id, memberships.c.dispatch_id)).all())

    def members(self):
        """Version id -> membership row."""
        with self.store.read() as connection:
            rows = connection.execute(select(memberships)).all()
        return {row.version_id: row for row in rows}

    def waiting(self):
        """Versions that have no dispatch."""
        with self.store.read() as connection:
            return list(connection.scalars(select(versions.c.id).where(~versions.c.grouped)))

    def rows_of(self, *columns):
        """Some columns of every row."""
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(select(*columns))]

    def rows(self, table, *conditions):
        """Every row of a table."""
        with self.store.read() as connection:
            return connection.execute(select(table).where(*conditions)).all()


@pytest.fixture
def database():
    """Where desks keep their stores; `on_both` gives a test the other one too."""
    return "sqlite"


on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


@pytest.fixture
def make_desk(tmp_path, database, request):
    """Desks with a store each, closed at the end."""
    desks: list[Desk] = []
    server = request.getfixturevalue("postgres_server") if database == "postgresql" else None

    def make(**settings):
        path = tmp_path / f"desk-{len(desks)}" / "store.sqlite"
        desks.append(Desk(server.make_database() if server else f"sqlite:///{path}", **settings))
        return desks[-1]

    yield make
    for desk in desks:
        desk.store.close()
        if server:
            server.drop_database(desk.store.url)


@pytest.fixture
def desk(make_desk):
    """One desk."""
    return make_desk()
