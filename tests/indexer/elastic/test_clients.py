"""The suite of every adapter with the older client library, on the servers that it is for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SUITE = ("tests/indexer/test_port.py", "tests/indexer/test_golden.py")


@pytest.fixture(scope="module")
def older_client(tmp_path_factory):
    """A folder that holds elasticsearch-py 8.19, to be found before the installed one."""
    folder = tmp_path_factory.mktemp("client")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    done = subprocess.run([*install, "elasticsearch>=8.19,<9"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"elasticsearch-py 8.19 cannot be installed here: {done.stderr.strip()[-200:]}")
    return folder


@pytest.mark.long
@pytest.mark.parametrize("server", ["elasticsearch-8", "elasticsearch"])
def test_the_suite_passes_with_the_older_client(server, search_server, older_client):
    environment = dict(
        os.environ,
        PYTHONPATH=str(older_client),
        COPYTASTER_TEST_ELASTICSEARCH_URL=search_server(server).url,
    )
    command = [sys.executable, "-m", "pytest", "-q", "-k", "elasticsearch", "-p", "no:cacheprovider", *SUITE]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.long
def test_the_newer_client_tells_an_older_server_how_to_be_reached(search_server):
    from copytaster.errors import ConfigurationError
    from indexer.elastic.connection import Connection
    from settings import ElasticsearchSettings

    connection = Connection(ElasticsearchSettings(url=search_server("elasticsearch-8").url))
    with pytest.raises(ConfigurationError, match=r"elasticsearch>=8\.19,<9") as raised:
        connection.call("GET", "/_cluster/health")
    assert raised.value.exit_code == 78
    connection.close()
