"""Users, roles, keys and certificates: on a real server that demands them; and secrets that never get out."""

import base64
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from copytaster.errors import ConfigurationError
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.elastic.connection import Connection, RefusalError, _Elasticsearch
from indexer.rebuild.rebuild import go_back, rebuild_index
from indexer.search import FACETS, SearchQuery
from newsdesk.cli import main
from newsdesk.operations.doctor import examine
from settings import ElasticsearchSettings, load_settings
from tests.servers import USERS, ImpossibleError, make_certificate, make_roles

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = USERS["desk"][0]


@pytest.fixture
def secure(search_server):
    return search_server("elasticsearch-secure")


@pytest.fixture
def allowed(secure):
    """Settings of a user with our role and no other; deletes what the test makes."""
    settings = ElasticsearchSettings(
        url=secure.url, ca_file=secure.ca, username="desk", password=PASSWORD, stories_index=True
    )
    yield settings
    admin = Connection(
        settings.model_copy(update={"username": "admin", "password": SecretOf(USERS["admin"][0])})
    )
    names = ElasticIndex(settings).names
    for kind in (names, names.stories):
        for name in read_aliases(admin, kind).indices:
            delete_index(admin, name)
    admin.close()


def SecretOf(text):  # noqa: N802 - a value of settings
    return ElasticsearchSettings(password=text).password


@pytest.fixture
def index(allowed):
    made = ElasticIndex(allowed)
    yield made
    made.close()


def write_off(store, index):
    while drain(store, index).written:
        pass


def test_the_role_is_enough_for_everything(index, store, desk, tmp_path):
    desk.found("a", "Flood on the Varda", "Water rose.")
    assert index.plan_setup().live is None
    index.setup()
    prepare_index(store, index)
    write_off(store, index)
    page = index.search(SearchQuery("flood", facets=FACETS))
    assert [hit.id for hit in page.hits] == ["a"]
    assert index.get("a")["headline"] == "Flood on the Varda"
    assert index.find_missing(["a", "b"]) == ["b"]
    assert index.health().ok
    assert rebuild_index(store, index).written == 1
    desk.joined("a", publisher="Osk Herald")
    write_off(store, index)
    assert go_back(store, index) == 1
    write_off(store, index)
    assert index.get("a")["publisher_count"] == 2
    assert index.remove_unknown(lambda *_: (), version=2**62) == 1
    assert rebuild_index(store, index).written == 1
    for _ in range(2):  # old ones are deleted
        rebuild_index(store, ElasticIndex(index.settings.model_copy(update={"keep_previous_days": 0.0})))
    findings = examine(store, index, load_settings(data_dir=tmp_path), tmp_path / "sources.toml")
    assert not [one for one in findings if one.level == "fault"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/someone-elses", {}),
        ("POST", "/someone-elses/_search", {}),
        ("PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": 9}}),
        ("GET", "/_security/user", None),
        ("PUT", "/_snapshot/x", {"type": "fs", "settings": {"location": "x"}}),
    ],
)
def test_and_for_nothing_else(index, method, path, body):
    with pytest.raises(ConfigurationError, match="may not do this"):
        index.connection.call(method, path, body)


@pytest.mark.parametrize("lacking", [name for name in make_roles() if name.startswith("without-")])
def test_every_privilege_of_the_role_is_needed(allowed, index, store, desk, tmp_path, lacking):
    """The same work with one privilege less ends in a refusal."""
    index.setup()  # so that only the lacking privilege is in the way
    desk.found("a", "Flood on the Varda")
    less = ElasticIndex(allowed.model_copy(update={"username": lacking}))
    with pytest.raises(ConfigurationError, match=r"may not (do this|write)"):
        less.setup()
        drain(store, less)
        less.refresh()
        less.remove_unknown(lambda *_: (), version=2**62)
        less.search(SearchQuery("flood"))
        rebuild_index(store, less)
        if found := [one for one in less.examine() if one.level == "fault"]:
            raise ConfigurationError(found[0].detail)
    less.close()


def test_an_api_key_with_the_role_s_privileges_is_enough(allowed, store, desk):
    admin = Connection(
        allowed.model_copy(update={"username": "admin", "password": SecretOf(USERS["admin"][0])})
    )
    wanted = {"name": "copytaster", "role_descriptors": {"copytaster": make_roles()["copytaster"]}}
    key = admin.call("POST", "/_security/api_key", wanted)
    by_key = {"username": None, "password": None, "api_key": SecretOf(key["encoded"])}
    index = ElasticIndex(allowed.model_copy(update=by_key))
    desk.found("a", "Flood on the Varda")
    index.setup()
    write_off(store, index)
    assert rebuild_index(store, index).written == 1
    assert index.search(SearchQuery("flood")).total.value == 1
    with pytest.raises(ConfigurationError, match="may not do this"):
        index.connection.call("PUT", "/someone-elses", {})
    admin.call("DELETE", "/_security/api_key", {"ids": [key["id"]]})
    with pytest.raises(ConfigurationError, match="not accepted") as raised:
        index.search(SearchQuery("flood"))
    assert key["encoded"] not in str(raised.value)
    assert raised.value.exit_code == 78
    index.close()
    admin.close()


def test_another_prefix_is_refused_with_one_message(allowed):
    other = ElasticIndex(allowed.model_copy(update={"prefix": "other"}))
    with pytest.raises(ConfigurationError, match="may not do this") as raised:
        other.setup()
    assert raised.value.exit_code == 78
    other.close()


def test_a_wrong_password_is_one_message_and_exit_78(secure, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "URL": secure.url,
        "CA_FILE": str(secure.ca),
        "USERNAME": "desk",
        "PASSWORD": "wrong-and-hush",
    }.items():
        monkeypatch.setenv(f"COPYTASTER_ELASTICSEARCH__{name}", value)
    for command in (["index"], ["search", "flood"], ["index-setup"], ["rebuild"]):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        said = capsys.readouterr()
        assert stopped.value.code == 78
        assert said.err.count("error:") == 1
        assert "not accepted" in said.err
        assert "hush" not in said.out + said.err
    for command in (["doctor"], ["status"], ["config", "show"], ["config", "show", "--json"]):
        with pytest.raises(SystemExit):
            main(command)
        said = capsys.readouterr()
        assert "hush" not in said.out + said.err, command


def test_a_certificate_of_an_unknown_authority_is_not_trusted(secure, tmp_path):
    for settings in (
        ElasticsearchSettings(url=secure.url, username="desk", password=PASSWORD),
        ElasticsearchSettings(url=secure.url, username="desk", password=PASSWORD, product="opensearch"),
    ):
        connection = Connection(settings)
        with pytest.raises(ConfigurationError, match="not trusted") as raised:
            connection.call("GET", "/_cluster/health")
        assert "ca_file" in raised.value.hint
        connection.close()


def test_without_a_user_the_way_out_is_said(secure):
    connection = Connection(ElasticsearchSettings(url=secure.url, ca_file=secure.ca))
    with pytest.raises(ConfigurationError, match="not accepted"):
        connection.call("GET", "/_cluster/health")
    connection.close()


@pytest.mark.parametrize("made", ["repr", "str", "dump", "json"])
def test_secrets_are_in_no_form_of_the_settings(made):
    settings = ElasticsearchSettings(url="https://x", api_key="hush-key", username="u", password="hush-word")
    forms: dict[str, Callable[[ElasticsearchSettings], str]] = {
        "repr": repr,
        "str": str,
        "dump": lambda found: str(found.model_dump()),
        "json": lambda found: found.model_dump_json(),
    }
    assert "hush" not in forms[made](settings)


# --- what is sent, seen by a server that writes it down


@contextmanager
def recording_server(folder):
    """A server with a certificate of its own authority, which accepts everything; (url, ca, headers it was sent)."""
    try:
        make_certificate(folder, folder / "ca.pem")
    except ImpossibleError as error:
        pytest.skip(str(error))
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append({name.lower(): value for name, value in self.headers.items()})
            body = b'{"status": "green"}'
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("x-elastic-product", "Elasticsearch")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", folder / "ca.pem", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("product", ["elasticsearch", "opensearch"])
@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ({"api_key": "aWQ6a2V5"}, "ApiKey aWQ6a2V5"),
        ({"username": "desk", "password": "pass:wörd"}, basic("desk:pass:wörd")),
        ({"api_key": "aWQ6a2V5", "username": "desk", "password": "x"}, "ApiKey aWQ6a2V5"),
        ({"in_url": "desk:h%40sh"}, basic("desk:h@sh")),
        ({}, None),
    ],
    ids=["key", "user", "key-before-user", "in-address", "none"],
)
def test_credentials_are_sent_over_a_trusted_connection(tmp_path, product, credentials, header):
    with recording_server(tmp_path) as (url, ca, seen):
        user = credentials.get("in_url")
        address = url.replace("https://", f"https://{user}@") if user else url
        rest = {name: value for name, value in credentials.items() if name != "in_url"}
        connection = Connection(ElasticsearchSettings(url=address, ca_file=ca, product=product, **rest))
        connection.call("GET", "/_cluster/health")
        assert {found.get("authorization") for found in seen} == {header}
        connection.close()


def test_a_cloud_id_names_the_cluster():
    encoded = base64.b64encode(b"eu.example.org:9243$abc123$kib").decode()
    client = _Elasticsearch(ElasticsearchSettings(cloud_id=f"desk:{encoded}", api_key="aWQ6a2V5"), "cloud")
    assert client._client.transport.node_pool.get().base_url == "https://abc123.eu.example.org:9243"
    client.close()


def test_a_cloud_id_that_is_none_is_said():
    connection = Connection(ElasticsearchSettings(cloud_id="no-such-thing"))
    with pytest.raises(ConfigurationError) as raised:
        connection.call("GET", "/_cluster/health")
    assert raised.value.exit_code == 78
    connection.close()


def test_a_certificate_file_that_is_not_there_is_said(tmp_path):
    for product in ("elasticsearch", "opensearch"):
        connection = Connection(
            ElasticsearchSettings(url="https://127.0.0.1:9", ca_file=tmp_path / "none.pem", product=product)
        )
        with pytest.raises(ConfigurationError, match=r"none\.pem"):
            connection.call("GET", "/_cluster/health")
        connection.close()


def test_refusals_of_the_server_are_no_errors_of_the_credentials(index):
    with pytest.raises(RefusalError):
        index.connection.call("GET", f"/{index.names.read}/_doc")
