"""A real store, real parsing workers, and receptions of sources on them."""

import pytest
from sqlalchemy import select

from copytaster.store.engine import Store
from settings import CrawlSettings, Settings
from spiders.kinds import RECEIVERS
from spiders.publishers import Publishers
from spiders.receiving.reception import Reception
from spiders.sandbox.start import make_parsers
from spiders.sources.config import Source


@pytest.fixture(scope="session")
def parsers():
    made = make_parsers(Settings())
    yield made
    made.close()


@pytest.fixture
def store(tmp_path):
    made = Store(f"sqlite:///{tmp_path}/store.sqlite")
    yield made
    made.close()


@pytest.fixture
def receive(store, parsers):
    """Make the reception of a source: kind, address, and further fields."""
    made = []

    def make(kind, url, **more):
        source = Source(name="wire", publisher_name="Pier Agency", kind=kind, url=url, **more)
        reception = Reception(
            source,
            RECEIVERS[kind](source, CrawlSettings()),
            store=store,
            parsers=parsers,
            publishers=Publishers([source]),
            on_stored=lambda: made.append("stored"),
        )
        reception.announced = made
        return reception

    return make


@pytest.fixture
def rows(store):
    def read(*columns):
        with store.read() as connection:
            return connection.execute(select(*columns)).all()

    return read
