"""Fixtures for every test. No test reads the environment of the person who runs it."""

import logging
import os
from pathlib import Path

import hypothesis
import pytest
import structlog

from bench import postgres
from copytaster.store import engine as store_engine
from copytaster.store.engine import Store
from tests import empty_store

pytest_plugins = ["tests.browser", "tests.servers"]

# the first example may compile kernels, which takes seconds
hypothesis.settings.register_profile("compiled", deadline=None)
hypothesis.settings.load_profile("compiled")


# one for all tests, as compiling takes half a minute; for processes of wider fixtures too
COMPILED = Path(__file__).parents[1] / ".pytest_cache" / "compiled"
os.environ["COPYTASTER_COMPILED_DIR"] = str(COMPILED)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("COPYTASTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COPYTASTER_COMPILED_DIR", str(COMPILED))
    monkeypatch.setenv("COPYTASTER_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _own_logs():
    """A command sets up logging for the whole process; undo it after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def _copies_of_an_empty_store(tmp_path_factory):
    """A new SQLite store is a copy of one that all migrations have made; they take longer than most tests do."""
    original = empty_store.Original(tmp_path_factory.mktemp("empty") / "store.sqlite", store_engine.migrate)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_engine, "migrate", original.migrate)
        yield


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path}/store.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_server():
    reason = postgres.why_not()
    if reason:
        pytest.skip(reason)
    with postgres.running() as server:
        yield server


@pytest.fixture
def shared(postgres_server):
    """A store on PostgreSQL, which several processes may write to at once."""
    url = postgres_server.make_database()
    opened = Store(url)
    yield opened
    opened.close()
    postgres_server.drop_database(url)
