"""The web application over a small store: a test stores its stories and reads the pages as a browser does."""

import asyncio
from datetime import UTC, datetime, timedelta
from queue import Queue
from threading import Thread

import pytest
from starlette.testclient import TestClient

from copytaster.store.intake import keep_story
from copytaster.store.tables import stories, versions
from copytaster.values import ParsedStory, RawPage
from dedup.grouping.grouper import group_waiting
from indexer.drain import drain, prepare_index
from indexer.factory import open_index
from newsdesk.operations.health import Health
from newsdesk.page_server import PageServer
from newsdesk.web.app import create_app
from newsdesk.web.metrics import kept
from settings import load_settings
from spiders.sources.config import parse_sources

SOURCES = """
[[source]]
name = "harbour-post"
publisher = "Harbour Post"
kind = "feed"
url = "https://harbour.example/feed"
interval = "5m"
"""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARAGRAPHS = (
    "The harbour board voted on Monday to rebuild the north quay after surveyors found that two of its nine piers "
    "had sunk by eleven centimetres since the autumn storms.",
    "Ships longer than 120 metres will berth at the coal terminal until the work ends, harbour master Ida Lund said, "
    "adding that pilots had rehearsed the turn with a borrowed tug.",
    "The board put the cost at 48 million crowns and will decide on a contractor in May.",
)


@pytest.fixture(autouse=True)
def _every_scrape_is_made(monkeypatch):
    """The first one pays for what is done once; on a busy machine it would be given again, and a test would read the past."""
    monkeypatch.setattr(kept, "QUICK_S", 3600.0)


class WebDesk:
    def __init__(self, folder):
        self.settings = load_settings(data_dir=folder)
        self.ago = timedelta(hours=1)
        from copytaster.store.engine import Store

        self.store = Store(self.settings.store_url)
        self.index = open_index(self.settings)
        prepare_index(self.store, self.index)
        self.serve(self.index)

    def serve(self, index):
        self.health = Health(self.store)
        app = create_app(self.store, index, self.settings, parse_sources(SOURCES), self.health)
        self.browser = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)

    def keep(self, *, family=None, source="harbour-post", channel="feed", folds=False, headers=(), **fields):
        story = {
            "headline": "North quay to be rebuilt",
            "body": "\n\n".join(PARAGRAPHS),
            "publisher": "Harbour Post",
            "url": "https://harbour.example/quay",
            "language": "en",
            "published_at": NOON,
        } | fields
        seen = datetime.now(UTC) - self.ago
        page = RawPage(story["url"], story["body"].encode(), seen, headers=headers)
        with self.store.write() as connection:
            kept = keep_story(
                connection,
                page=page,
                story=ParsedStory(**story),
                source=source,
                channel=channel,
                family=family,
                folds=folds,
            )
            _date(connection, kept, seen)

    def move_on(self):
        self.ago -= timedelta(minutes=1)

    def group(self):
        for _ in group_waiting(self.store, self.settings.grouping):
            pass

    def settle(self):
        self.group()
        drain(self.store, self.index)

    def find(self, **parameters):
        return self.browser.get("/api/v1/dispatches", params=parameters).json()["items"]

    def close(self):
        self.browser.close()
        self.index.close()
        self.store.close()


def _date(connection, kept, seen):
    """The store dates copy by its own clock, to the second: copy of one second has no order that a reader could expect."""
    connection.execute(versions.update().where(versions.c.id == kept.version_id).values(seen_at=seen))
    first = {"first_seen_at": seen} if kept.number == 1 else {}
    connection.execute(
        stories.update().where(stories.c.id == kept.story_id).values(last_seen_at=seen, **first)
    )


@pytest.fixture
def desk(tmp_path):
    opened = WebDesk(tmp_path / "desk")
    yield opened
    opened.close()


class Served:
    """The pages on a port of their own, from a thread of their own."""

    def __init__(self, desk, **web):
        settings = load_settings(data_dir=desk.settings.data_dir, web={"port": 0} | web)
        app = create_app(desk.store, desk.index, settings, parse_sources(SOURCES))
        self._server = PageServer(app, settings.web, Health(desk.store), on_stop=app.state.live.close)
        self._ready = Queue()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.address = self._ready.get(timeout=30)

    def _serve(self):
        self._loop.run_until_complete(self._server.run(self._ready.put))
        self._loop.close()

    def stop(self):
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._server.stop)
            self._thread.join(timeout=30)


@pytest.fixture
def serve(desk):
    opened = []

    def start(**web):
        opened.append(Served(desk, **web))
        return opened[-1]

    yield start
    for one in opened:
        one.stop()
