"""A desk: a store on every database it can be, its index, and copy that comes in, is grouped and indexed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bench.copy.stories import TOPICS, write_story
from copytaster.store.dispatches import ids_after, read_dispatches
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.memberships import read_grouped_version
from copytaster.store.outbox import read_backlog
from copytaster.store.tables import stories, versions
from copytaster.values import Credit, ParsedStory, RawPage
from dedup.grouping.grouper import Grouper
from indexer.actions import make_actions
from indexer.drain import drain, prepare_index
from indexer.embedded import EmbeddedIndex
from indexer.serialise import serialise
from newsdesk.operations.row_checks import ROW_CHECKS
from newsdesk.operations.store_checks import STORE_CHECKS
from settings import GroupingSettings


class Desk:
    """Takes copy in as the service does; `grouper` stays, with all that it keeps in memory."""

    def __init__(self, store, index):
        self.store = store
        self.index = index
        self.grouper = Grouper(store, GroupingSettings())

    def bring(self, url, text, *, publisher="Early Post", agency=None, source="early", line=""):
        """One story; `text` names its content, `line` is added to it. Returns (outcome, version id)."""
        body = "\n\n".join(write_story(TOPICS[0], text, words=120)) + line
        story = ParsedStory(f"The news of {text}", body, publisher, url, credit=Credit(agency, 1.0))
        page = RawPage(url, body.encode(), datetime.now(UTC))
        with self.store.write() as connection:
            kept = keep_story(connection, page=page, story=story, source=source, channel="feed")
        return kept.outcome, kept.version_id

    def work(self):
        """Group and index what waits."""
        for _ in self.grouper.group():
            pass
        drain(self.store, self.index)

    def find(self, version_id):
        """The dispatch of a version."""
        with self.store.read() as connection:
            return read_grouped_version(connection, version_id).dispatch

    def list_ids(self):
        with self.store.read() as connection:
            return ids_after(connection, "", limit=10_000)

    def read(self):
        with self.store.read() as connection:
            return read_dispatches(connection, ids_after(connection, "", limit=10_000))

    def list_urls(self):
        with self.store.read() as connection:
            return sorted(connection.scalars(select(stories.c.url)))

    def count_versions(self):
        with self.store.read() as connection:
            return len(connection.scalars(select(versions.c.id)).all())

    def find_faults(self):
        """What doctor finds, and where the index is not the store."""
        with self.store.read() as connection:
            found = [check(connection) for check in (*ROW_CHECKS.values(), *STORE_CHECKS.values())]
            backlog = read_backlog(connection)
        actions, unfit = make_actions(list(self.read().values()))
        faults = [f"{one.check}: {one.detail}" for one in found if one.level == "fault"]
        faults += [
            f"document {action.id}"
            for action in actions
            if serialise(self.index.get(action.id) or {}) != action.document
        ]
        if unfit or self.index.count() != len(actions) or backlog.waiting or backlog.quarantined:
            faults.append(f"{self.index.count()} documents for {len(actions)}, {backlog}")
        return faults


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request, tmp_path):
    url = f"sqlite:///{tmp_path}/store.sqlite"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        url = server.make_database()
    with closing(Store(url)) as store, closing(EmbeddedIndex(tmp_path / "index.sqlite")) as index:
        prepare_index(store, index)
        yield Desk(store, index)
    if request.param == "postgresql":
        server.drop_database(url)
