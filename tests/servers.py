"""Real search servers for tests: run on loopback, killed by their process id, never left running by the process that started them.

The distributions are those that both projects publish for integration tests. Without Maven or a JDK, tests that need a
server are skipped with the reason, and the end of the run says how many.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.distributions import RELEASES, ImpossibleError, add_plugin, find_java, install
from tests.until import has_ended, until

PATIENCE_S = 180
AT_ONCE = 2  # servers; each takes about 0.8 GB
HEAP = "512m"
USER_URL = "COPYTASTER_TEST_ELASTICSEARCH_URL"
GIVEN_URL = os.environ.get(USER_URL)  # before any test clears the environment

ROLE = Path(__file__).parents[1] / "deploy" / "elasticsearch-role.json"
# of a secure server: name -> password, roles; the names are those of its file of users
USERS = {"admin": ("tests-admin-hush", "superuser"), "desk": ("tests-desk-hush", "copytaster")}
# Runs a command. Its standard input ends when its owner dies, however it dies; then the whole group is killed.
GUARD = 'exec 3<&0 </dev/null; (cat; kill -s KILL 0) <&3 >/dev/null & exec "$@" 3<&-'


class Server:
    """One server with its own data, which survive a kill."""

    def __init__(self, release, home, java, folder):
        self.release, self.home, self.java, self.folder = release, home, java, folder
        self.port = _find_free_port()
        self.url = f"{'https' if release.secure else 'http'}://127.0.0.1:{self.port}"
        self.ca = folder / "ca.pem"
        self._owner = (-1, -1)
        self._as_user: dict[str, Any] = {}
        if os.getuid() == 0:  # the servers refuse to run as root
            nobody = pwd.getpwnam("nobody")
            self._owner = (nobody.pw_uid, nobody.pw_gid)
            self._as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.java_options: list[str] = []
        self.cluster: dict[str, Any] = {"discovery.type": "single-node", "transport.port": 0}
        self.pid: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self):
        if self.pid is None:
            self.begin()
            self.wait()

    def begin(self):
        """Start the process; `wait` returns once it serves."""
        self._configure()
        name = {"elasticsearch": "ES", "opensearch": "OPENSEARCH"}[self.release.product]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder / "tmp"),
            f"{name}_JAVA_HOME": self.java,
            f"{name}_PATH_CONF": str(self.folder / "config"),
            f"{name}_TMPDIR": str(self.folder / "tmp"),
        }
        command = [str(self.home / "bin" / self.release.product), "-p", str(self.folder / "logs" / "pid")]
        if self.release.product == "elasticsearch":
            command.append("-d")  # its launcher, a Java of its own, leaves when the server is up
        with (self.folder / "start.log").open("w") as log:
            self._process = start_guarded(
                command, cwd=self.home, env=environment, stdout=log, stderr=log, **self._as_user
            )

    def wait(self):
        """Wait until the process serves."""
        self._wait(self._process)

    def kill(self, number=signal.SIGKILL):
        """End the server by its process id; by default as in a crash."""
        pid, self.pid = self.pid, None
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            if not has_ended(pid, PATIENCE_S / 3):
                os.kill(pid, signal.SIGKILL)
                has_ended(pid)
        if self._process is not None:
            self._process.communicate(timeout=PATIENCE_S)

    def _wait(self, process):
        with contextlib.suppress(AssertionError):
            logs = self.folder, self.folder / "logs"
            until(lambda: process.poll() or self._is_ready(), *logs, patience_s=PATIENCE_S)
        if process.poll() or not self._is_ready():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            tail = (self.folder / "start.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.release} did not come up: {tail}")
        self.pid = int((self.folder / "logs" / "pid").read_text())

    def _is_ready(self):
        request = urllib.request.Request(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=2s")
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.release.secure:
            credentials = base64.b64encode(f"admin:{USERS['admin'][0]}".encode()).decode()
            request.add_header("Authorization", f"Basic {credentials}")
            trusting = ssl.create_default_context(cafile=str(self.ca))
            handlers.append(urllib.request.HTTPSHandler(context=trusting))
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=5) as answer:
                return answer.status == 200 and (self.folder / "logs" / "pid").exists()
        except OSError:
            return False

    def _configure(self):
        config, product = self.folder / "config", self.release.product
        shutil.rmtree(config, ignore_errors=True)
        shutil.copytree(self.home / "config", config, copy_function=shutil.copyfile)
        settings = {
            "cluster.name": "copytaster-tests",
            "network.host": "127.0.0.1",
            "http.port": self.port,
            **self.cluster,
            "path.data": f"{self.folder}/data",
            "path.logs": f"{self.folder}/logs",
            "cluster.routing.allocation.disk.threshold_enabled": False,
            "indices.breaker.total.use_real_memory": False,
        }
        if product == "elasticsearch":
            settings |= {"xpack.security.enabled": False, "indices.merge.disk.watermark.high": "1b"}
        if self.release.secure:
            settings |= self._secure(config)
        (config / f"{product}.yml").write_text(json.dumps(settings))  # JSON is YAML
        options = (config / "jvm.options").read_text().splitlines()
        kept = [line for line in options if not re.search("gc.log|HeapDump|ErrorFile", line)]
        (config / "jvm.options").write_text(
            "\n".join([*kept, f"-Xms{HEAP}", f"-Xmx{HEAP}", *self.java_options, ""])
        )
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "logs" / "pid").unlink(missing_ok=True)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, *self._owner)

    def _secure(self, config):
        """Users in a file, our published role, and a certificate by an authority of the test's own."""
        make_certificate(config, self.ca)
        (config / "roles.yml").write_text(json.dumps(make_roles()))  # JSON is YAML
        for name, (password, roles) in USERS.items():
            subprocess.run(
                [
                    str(self.home / "bin" / "elasticsearch-users"),
                    "useradd",
                    name,
                    "-p",
                    password,
                    "-r",
                    roles,
                ],
                env={"PATH": os.defpath, "ES_JAVA_HOME": self.java, "ES_PATH_CONF": str(config)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
            )
        users, granted = config / "users", config / "users_roles"
        (secret,) = re.findall(r"^desk:(.*)$", users.read_text(), re.MULTILINE)
        lacking = [name for name in make_roles() if name.startswith("without-")]
        users.write_text(users.read_text() + "".join(f"{name}:{secret}\n" for name in lacking))
        granted.write_text(granted.read_text() + "".join(f"{name}:{name}\n" for name in lacking))
        return {
            "xpack.security.enabled": True,
            "xpack.security.autoconfiguration.enabled": False,
            "xpack.security.authc.api_key.enabled": True,
            "xpack.security.http.ssl.enabled": True,
            "xpack.security.http.ssl.key": "server-key.pem",
            "xpack.security.http.ssl.certificate": "server.pem",
        }


class Cluster:
    """Three nodes of one Elasticsearch cluster, on loopback."""

    def __init__(self, nodes):
        self.nodes = nodes
        ports = [_find_free_port() for _ in nodes]
        names = [f"node-{number}" for number in range(len(nodes))]
        for name, port, node in zip(names, ports, nodes, strict=True):
            node.cluster = {
                "node.name": name,
                "transport.port": port,
                "discovery.seed_hosts": [f"127.0.0.1:{other}" for other in ports],
                "cluster.initial_master_nodes": names,
                "cluster.routing.allocation.enable": "all",
            }

    def start(self):
        """Start the nodes that are down, and wait until they serve."""
        down = [node for node in self.nodes if node.pid is None]
        for node in down:
            node.begin()
        for node in down:
            node.wait()

    @property
    def url(self):
        """The addresses of all nodes."""
        return ",".join(node.url for node in self.nodes)

    def close(self):
        for node in self.nodes:
            node.kill()
            shutil.rmtree(node.folder, ignore_errors=True)


def _find_free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Servers:
    """Servers by name, started on first use; no more than two at a time."""

    def __init__(self):
        self._servers = {}
        self._cluster = None
        self._impossible = {}

    def get(self, name):
        """A running server.

        Raises:
            ImpossibleError: this machine cannot run it.
        """
        if name in self._impossible:
            raise ImpossibleError(self._impossible[name])
        try:
            server = self._servers.get(name) or self._make(name)
        except ImpossibleError as error:
            self._impossible[name] = str(error)
            raise
        self._servers[name] = self._servers.pop(name)  # the one used last comes last
        running = [other for other in self._servers.values() if other.pid is not None and other is not server]
        if server.pid is None and len(running) >= AT_ONCE:
            running[0].kill(signal.SIGTERM)
        server.start()
        return server

    def get_cluster(self):
        """A running cluster of three nodes.

        Raises:
            ImpossibleError: this machine cannot run it.
        """
        if self._cluster is None:
            self._cluster = Cluster([self._make("elasticsearch", keep=False) for _ in range(3)])
        for server in self._servers.values():
            server.kill(signal.SIGTERM)
        self._cluster.start()
        return self._cluster

    def close_cluster(self):
        """End the cluster, whose nodes take 2 GB."""
        cluster, self._cluster = self._cluster, None
        if cluster is not None:
            cluster.close()

    def close(self):
        self.close_cluster()
        for server in self._servers.values():
            server.kill()
            shutil.rmtree(server.folder, ignore_errors=True)

    def _make(self, name, *, keep=True):
        release = RELEASES[name]
        java = find_java(release.java)
        home = install(release)
        if release.secure:
            home = add_plugin(home, release, java)
        folder = Path(tempfile.mkdtemp(prefix=f"copytaster-{name}-"))
        folder.chmod(0o755)
        server = Server(release, home, java, folder)
        if keep:
            self._servers[name] = server
        return server


def start_guarded(command, **options):
    """A process in a group of its own, which ends with this process, or when its standard input is closed."""
    return subprocess.Popen(
        ["sh", "-c", GUARD, "sh", *command], stdin=subprocess.PIPE, start_new_session=True, **options
    )


def make_roles():
    """Our published role, and for each of its privileges one without it: `without-PRIVILEGE`, user and role."""
    published = ROLE.read_text()
    roles = {"copytaster": json.loads(published)}
    whole = roles["copytaster"]
    for held in (whole["cluster"], *(part["privileges"] for part in whole["indices"])):
        for privilege in held:
            less = roles[f"without-{privilege}"] = json.loads(published)
            for kept in (less["cluster"], *(part["privileges"] for part in less["indices"])):
                if privilege in kept:
                    kept.remove(privilege)
    return roles


def make_certificate(folder, ca):
    """Make an authority, whose certificate goes to `ca`, and signed by it `server.pem` and `server-key.pem` for 127.0.0.1."""
    if not shutil.which("openssl"):
        raise ImpossibleError("no openssl on PATH to make a certificate with")
    key = folder / "ca-key.pem"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    for command in (
        [*new, "-keyout", key, "-out", ca, "-subj", "/CN=tests"],
        [
            *new,
            *("-CA", ca, "-CAkey", key, "-keyout", folder / "server-key.pem", "-out", folder / "server.pem"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        ],
    ):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode:
            raise ImpossibleError(f"openssl could not make a certificate: {done.stderr[-200:]}")


_SERVERS = pytest.StashKey[Servers]()
_SKIPPED = pytest.StashKey[list[str]]()


def pytest_configure(config):
    config.stash[_SERVERS] = Servers()
    config.stash[_SKIPPED] = []


def pytest_unconfigure(config):
    config.stash[_SERVERS].close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Give all tests that need servers to one process, so that few servers are started."""
    for item in items:
        values = item.callspec.params.values() if hasattr(item, "callspec") else ()
        named = any(isinstance(value, str) and value in RELEASES for value in values)
        if named or {"search_server", "search_url", "search_cluster"} & set(item.fixturenames):
            item.add_marker(pytest.mark.xdist_group("servers"))


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["without_server"] = session.config.stash[_SKIPPED]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    if hasattr(node, "workeroutput"):
        node.config.stash[_SKIPPED].extend(node.workeroutput.get("without_server", ()))


def pytest_terminal_summary(terminalreporter, config):
    skipped = config.stash[_SKIPPED]
    for reason in sorted(set(skipped)):
        terminalreporter.write_line(
            f"{skipped.count(reason)} TESTS WITHOUT A REAL SEARCH SERVER WERE SKIPPED: {reason}", yellow=True
        )


@pytest.fixture
def search_server(request):
    """A function that gives a running server by name; without one it skips the test and counts it."""

    def get(name):
        try:
            return request.config.stash[_SERVERS].get(name)
        except ImpossibleError as error:
            request.config.stash[_SKIPPED].append(str(error))
            pytest.skip(f"{name}: {error}")

    return get


@pytest.fixture(scope="module")
def search_cluster(request):
    """A cluster of three nodes; without one the test is skipped and counted."""
    servers = request.config.stash[_SERVERS]
    try:
        yield servers.get_cluster()
    except ImpossibleError as error:
        request.config.stash[_SKIPPED].append(str(error))
        pytest.skip(f"a cluster: {error}")
    finally:
        servers.close_cluster()


@pytest.fixture
def search_url(search_server):
    """A function that gives the address of a server by name; the server of COPYTASTER_TEST_ELASTICSEARCH_URL replaces Elasticsearch."""

    def get(name):
        if name == "elasticsearch" and GIVEN_URL:
            return GIVEN_URL
        return search_server(name).url

    return get
