"""What a user sees of a search server that cannot be used: one message, a fix and an exit code; nothing is lost."""

import json
import os
import re
import secrets
import subprocess
import sys
from contextlib import contextmanager

import pytest

from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from settings import ElasticsearchSettings
from tests.equality import compare, waiting
from tests.fault_proxy import FAULTS, FaultProxy, error, say
from tests.indexer.conftest import Desk

COMMANDS = (["index"], ["search", "flood"], ["rebuild"], ["index-setup"])
STARTED = "from newsdesk.cli import main; main()"
WITHOUT_EXTRA = "import sys; sys.modules['opensearchpy'] = None; " + STARTED
OWN_EVENT = re.compile(r"^\S+Z (info|warning) +index\.[a-z_]+ ")
SAYS_AN_OLD_SERVER = ("media_type_header_exception", "Invalid media-type value on headers [Accept]")


@pytest.fixture
def desk(store):
    made = Desk(store)
    for number in range(3):
        made.found(f"d{number}", f"Flood number {number}")
    return made


def start(store, folder, url, *command, prefix="copytaster", program=STARTED, **more):
    environment = dict(
        os.environ,
        COPYTASTER_DATABASE_URL=store.url,
        COPYTASTER_ELASTICSEARCH__URL=url,
        COPYTASTER_ELASTICSEARCH__PREFIX=prefix,
        **more,
    )
    return subprocess.run(
        [sys.executable, "-c", program, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run(*arguments, **options):
    done = start(*arguments, **options)
    return done.returncode, done.stderr


@contextmanager
def stub(fault):
    """A server that always answers so."""
    FAULTS["always"] = lambda handler, _ask: fault(handler)
    try:
        with FaultProxy("http://127.0.0.1:9") as proxy:
            proxy.choose = lambda _: "always"
            yield proxy.url
    finally:
        del FAULTS["always"]


def check_one_message(said, *words):
    *before, last = said.strip().splitlines()
    assert last.startswith("error: "), said
    assert all(OWN_EVENT.search(line) for line in before), said  # no library speaks of itself
    for word in words:
        assert word in said
    assert "hush" not in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_wrong_address(store, desk, tmp_path, command):
    code, said = run(store, tmp_path, "http://127.0.0.1:9", *command)
    assert code == 69
    check_one_message(said, "http://127.0.0.1:9: no answer: Connection refused", "is elasticsearch.url right")
    assert waiting(store).waiting == 3


@pytest.mark.parametrize("client", ["elasticsearch", "opensearch"])
def test_a_doctor_says_once_that_nobody_answers(store, tmp_path, desk, client):
    product = {"COPYTASTER_ELASTICSEARCH__PRODUCT": client}
    done = start(store, tmp_path, "http://127.0.0.1:9", "doctor", "--json", **product)
    (found,) = [one for one in json.loads(done.stdout) if "127.0.0.1:9" in one["detail"]]
    assert (done.returncode, found["level"], found["detail"].count("Connection refused")) == (1, "fault", 1)
    assert "is elasticsearch.url right" in found["way_out"]
    assert "rebuild" not in found["way_out"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_wrong_password(store, desk, tmp_path, command):
    with stub(lambda handler: say(handler, 401, {"error": {"type": "security_exception"}})) as url:
        password = {
            "COPYTASTER_ELASTICSEARCH__USERNAME": "desk",
            "COPYTASTER_ELASTICSEARCH__PASSWORD": "hush",
        }
        code, said = run(store, tmp_path, url, *command, **password)
    assert code == 78
    check_one_message(said, "not accepted", "elasticsearch.password")
    assert waiting(store).waiting == 3


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_client_that_is_newer_than_the_server(store, desk, tmp_path, command):
    with stub(lambda handler: error(handler, 400, *SAYS_AN_OLD_SERVER)) as url:
        code, said = run(store, tmp_path, url, *command)
    assert code == 78
    check_one_message(said, 'pip install "elasticsearch>=8.19,<9"')
    assert waiting(store).waiting == 3


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_opensearch_without_the_extra(store, desk, tmp_path, search_url, command):
    code, said = run(store, tmp_path, search_url("opensearch"), *command, program=WITHOUT_EXTRA)
    assert code == 78
    check_one_message(said, 'pip install "copytaster[opensearch]"')
    assert waiting(store).waiting == 3


def test_a_doctor_shows_the_name_of_the_extra(store, tmp_path, desk, search_url):
    done = start(store, tmp_path, search_url("opensearch"), "doctor", program=WITHOUT_EXTRA)
    assert done.stdout.count('pip install "copytaster[opensearch]"') == 1


@pytest.fixture
def set_up(search_url, request):
    """An index on each server."""
    made = ElasticIndex(
        ElasticsearchSettings(url=search_url("elasticsearch"), prefix=f"said-{secrets.token_hex(4)}")
    )
    made.setup()
    yield made
    for name in read_aliases(made.connection, made.names).indices:
        delete_index(made.connection, name)
    made.close()


def test_an_index_that_is_not_there(store, desk, tmp_path, search_url):
    code, said = run(store, tmp_path, search_url("elasticsearch"), "index", prefix="nowhere")
    assert code == 78
    check_one_message(said, "copytaster index-setup", "what waits is kept")
    assert waiting(store).waiting == 3


def test_a_server_whose_disk_is_full(store, desk, tmp_path, set_up):
    url, prefix = set_up.settings.url, set_up.settings.prefix
    block = f"/{set_up.names.write}/_settings"
    set_up.connection.call("PUT", block, {"index.blocks.read_only_allow_delete": True})
    code, said = run(store, tmp_path, url, "index", prefix=prefix)
    assert code == 69
    check_one_message(said, "make room on its disk", "3 documents wait")
    assert waiting(store).waiting == 3
    assert run(store, tmp_path, url, "search", "flood", prefix=prefix)[0] in {0, 4}  # reading goes on
    assert "make room on its disk" in start(store, tmp_path, url, "doctor", prefix=prefix).stdout
    set_up.connection.call("PUT", block, {"index.blocks.read_only_allow_delete": None})
    with store.write() as connection:
        from copytaster.store.tables import outbox

        connection.execute(outbox.update().values(not_before=None))
    assert run(store, tmp_path, url, "index", prefix=prefix)[0] == 0
    assert compare(store, set_up) == (3, 0, 0, 0)
