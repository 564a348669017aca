"""The store's tests run on every database it can be: SQLite, and PostgreSQL where there is one."""

import pytest

from copytaster.store.engine import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        opened = Store(f"sqlite:///{tmp_path}/store.sqlite")
        yield opened
        opened.close()
        return
    server = request.getfixturevalue("postgres_server")
    url = server.make_database()
    opened = Store(url)
    yield opened
    opened.close()
    server.drop_database(url)
