"""Files that are taken in, with parsing workers of the module's tests."""

import pytest
from sqlalchemy import select

import spiders.ingest
from settings import Settings
from spiders.ingest import ingest_paths
from spiders.sandbox.pool import ParsingPool


class LastingPool(ParsingPool):
    """Parsing workers that several tests share: a second faster a test."""

    def close(self):
        pass


@pytest.fixture(scope="module")
def workers():
    pool = LastingPool(2)
    yield pool
    ParsingPool.close(pool)


@pytest.fixture
def ingest(store, tmp_path, workers, monkeypatch):
    monkeypatch.setattr(spiders.ingest, "make_parsers", lambda _settings: workers)
    settings = Settings(data_dir=tmp_path / "data")

    def run(*paths, **named):
        return ingest_paths(paths, store=store, settings=settings, **named)

    return run


@pytest.fixture
def rows(store):
    def read(*columns):
        with store.read() as connection:
            return connection.execute(select(*columns)).all()

    return read
