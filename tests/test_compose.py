"""compose.yaml and its Dockerfile name what exists, open nothing to others and hold no secrets."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest
import yaml  # type: ignore[import-untyped]

from indexer.embedded import EmbeddedIndex
from newsdesk.cli import cli
from newsdesk.web.app import create_app
from settings import load_settings
from spiders.sources.config import read_starter

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "copytaster"}
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
COPIED = [
    (word, line.split()[-1])
    for line in DOCKERFILE.splitlines()
    if line.startswith("COPY ")
    for word in line.split()[1:-1]
]
BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
PROMISED = BUILD["targets"]["wheel"]["only-include"]
LIFE_SIGNS = {"interval", "timeout", "retries", "test"}


def test_the_engines_own_check_passes():
    if shutil.which("docker") is None:
        pytest.skip("no docker on PATH to check compose.yaml with")
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose here to check compose.yaml with")
    done = subprocess.run(
        ["docker", "compose", "config", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_three_programs_and_their_first_steps_are_there():
    assert {"elasticsearch", "kibana", "copytaster"} <= set(SERVICES)
    assert {service["image"].partition(":")[0] for service in SERVICES.values()} == {
        "elasticsearch",
        "kibana",
        "copytaster",
    }


def test_elasticsearch_and_kibana_are_of_one_version():
    versions = {service["image"].partition(":")[2] for service in SERVICES.values()} - {""}
    assert len(versions) == 1
    assert re.fullmatch(r"\$\{ELASTIC_VERSION:-9\.\d+\.\d+\}", versions.pop())


@pytest.mark.parametrize("name", SERVICES)
def test_who_is_waited_for_can_be_waited_for(name):
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert set(SERVICES[other]["healthcheck"]) >= LIFE_SIGNS
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


def test_nobody_waits_in_a_circle():
    done: set[str] = set()
    while waiting := set(SERVICES) - done:
        ready = {name for name in waiting if set(SERVICES[name].get("depends_on", {})) <= done}
        assert ready, waiting
        done |= ready


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_stays_has_a_health_check_and_comes_back(name):
    service = SERVICES[name]
    if service["restart"] != "no":
        assert (service["restart"], set(service["healthcheck"]) >= LIFE_SIGNS) == ("unless-stopped", True)


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_alone(name):
    for port in SERVICES[name].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


def test_every_volume_is_declared_and_used_or_lies_in_the_project():
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())}
    folders = {name for name in used if name.startswith(".")}
    assert used - folders == set(COMPOSE["volumes"])
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_there_are_no_secrets():
    assert not re.search(r"password|secret|token|api_?key|@(?!/dashboards/)", TEXT, re.IGNORECASE)


@pytest.mark.parametrize("name", OURS)
def test_our_containers_run_commands_and_settings_that_exist(name, monkeypatch):
    service = OURS[name]
    assert isinstance(cli.get_command(click.Context(cli), service["command"][0]), click.Command)
    for variable, value in service["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()  # an unknown name is an error
    server = settings.elasticsearch.url
    assert server is not None
    host, port = re.fullmatch(r"http://(\w+):(\d+)", server).groups()  # type: ignore[union-attr]
    assert SERVICES[host]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert any(mount.endswith(f":{settings.data_dir}") for mount in service["volumes"])


def test_the_health_check_requests_a_page_that_the_service_has_on_its_port(store, tmp_path):
    checked = re.search(r"localhost:(\d+)(/\w+)", str(SERVICES["copytaster"]["healthcheck"]["test"]))
    assert checked is not None
    settings = load_settings()
    assert int(checked[1]) == settings.web.port
    assert SERVICES["copytaster"]["ports"] == [f"127.0.0.1:{checked[1]}:{checked[1]}"]
    app = create_app(store, EmbeddedIndex(tmp_path / "index.sqlite"), settings, read_starter())
    assert checked[2] in app.openapi()["paths"]


def test_the_imported_dashboards_are_the_projects():
    (command,) = SERVICES["dashboards"]["command"]
    folder, inside, _ = SERVICES["dashboards"]["volumes"][0].split(":")
    named = re.search(r"file=@(\S+)", command)
    assert named is not None
    assert (ROOT / folder / Path(named[1]).relative_to(inside)).is_file()
    done = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_dockerfile_copies_exists_and_is_not_ignored():
    kept = {line[1:] for line in IGNORED if line.startswith("!")}
    assert IGNORED[0] == "*"
    assert {name for name, _ in COPIED} == kept
    assert all((ROOT / name).exists() for name in kept)


def test_the_program_can_be_built_from_what_the_dockerfile_copies(tmp_path):
    context = tmp_path / "context"
    context.mkdir()
    for name, _ in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, context / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, context]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == set(PROMISED)


def test_the_program_in_the_image_is_no_administrator():
    assert DOCKERFILE.rindex("\nUSER copytaster") < DOCKERFILE.index("\nENTRYPOINT")


def test_the_image_is_built_on_one_that_is_named_by_its_digest():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", bases[0])


def read_health_check():
    (words,) = re.findall(r"^HEALTHCHECK .*? CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    python, *arguments = json.loads(words)
    assert python == "python"
    return arguments


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_of_the_image_follows_the_service(status, code):
    """It asks on the port of the settings, and no proxy."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            **os.environ,
            "COPYTASTER_WEB__PORT": str(server.server_port),
            "http_proxy": "http://127.0.0.1:9",
        }
        done = subprocess.run([sys.executable, *read_health_check()], env=environment, check=False)
        server.shutdown()
    assert (done.returncode, asked) == (code, ["/livez"])


def test_the_health_check_of_the_image_fails_without_the_service():
    environment = {**os.environ, "COPYTASTER_WEB__PORT": "9"}
    done = subprocess.run(
        [sys.executable, *read_health_check()], env=environment, check=False, capture_output=True
    )
    assert done.returncode == 1


def test_the_health_check_of_the_image_names_the_port_and_a_page_of_the_service(store, tmp_path):
    code = read_health_check()[-1]
    settings = load_settings()
    assert f"'COPYTASTER_WEB__PORT', '{settings.web.port}'" in code
    app = create_app(store, EmbeddedIndex(tmp_path / "index.sqlite"), settings, read_starter())
    assert "/livez" in app.openapi()["paths"]
    assert "'/livez'" in code
