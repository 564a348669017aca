"""compose.roles.yaml starts what docs/scale.md promises, with commands and settings that exist, open to nobody else."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import click
import pytest
import yaml  # type: ignore[import-untyped]

from newsdesk.cli import cli
from newsdesk.roles import Role, read_roles, require_shared_store
from settings import load_settings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.roles.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "copytaster"}
TEMPLATE = (ROOT / "deploy" / "copytaster@.service").read_text(encoding="utf-8")


def test_the_engines_own_check_passes():
    if shutil.which("docker") is None:
        pytest.skip("no docker on PATH to check compose.roles.yaml with")
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose here to check compose.roles.yaml with")
    command = ["docker", "compose", "-f", "compose.roles.yaml", "config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_role_has_its_processes():
    processes = Counter()
    for service in OURS.values():
        if service["command"][0] == "run":
            (role,) = read_roles(service["command"][2:])
            processes[role] += service.get("scale", 1)
    assert processes == {Role.CRAWL: 2, Role.GROUP: 2, Role.INDEX: 1, Role.WEB: 2}


@pytest.mark.parametrize("name", OURS)
def test_containers_run_commands_and_settings_that_exist(name, monkeypatch):
    service = OURS[name]
    command = cli.get_command(click.Context(cli), service["command"][0])
    assert isinstance(command, click.Command)
    command.make_parser(click.Context(command)).parse_args(list(service["command"][1:]))
    for variable, value in service["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()  # an unknown name is an error
    require_shared_store(frozenset({Role.CRAWL}), settings.store_url)
    assert re.search(r"@(\w+)/", settings.store_url)[1] in SERVICES
    assert re.fullmatch(r"http://(\w+):9200", settings.elasticsearch.url)[1] in SERVICES
    assert any(mount.endswith(f":{settings.data_dir}") for mount in service["volumes"])


def test_whoever_is_waited_for_is_there_and_says_when_it_is_ready():
    base = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for service in SERVICES.values():
        for other, wait in service.get("depends_on", {}).items():
            found = base[other] if "extends" in SERVICES[other] else SERVICES[other]
            if wait["condition"] == "service_healthy":
                assert "test" in found["healthcheck"]
            else:
                assert found["restart"] == "no"


def test_only_pages_are_open_and_to_this_machine_alone():
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8600-8601:8600"]}
    assert SERVICES["web"]["scale"] == 2


def test_the_systemd_template_starts_one_role():
    (command,) = re.findall(r"^ExecStart=\S+/copytaster (.*)$", TEMPLATE, re.MULTILINE)
    assert command == "run --config /etc/copytaster/sources.toml --role %i"
    named = re.findall(r"copytaster@(\w+)", TEMPLATE)
    assert {Role(name) for name in named} == set(Role)
