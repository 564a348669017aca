"""The dashboard in a real Superset and a browser, on the demo's store: every chart draws, numbers equal `copytaster search`.

Superset has an environment of its own, which `make superset` makes.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.dashboards.test_superset_files import FILES

PROGRAM = Path(__file__).parents[2] / ".superset" / "bin" / "superset"
CONFIG = """import os
SECRET_KEY = os.environ["SUPERSET_KEY"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db"
PREVENT_UNSAFE_DB_CONNECTIONS = False  # Superset refuses SQLite otherwise
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""
DRAWN = """document.querySelectorAll('.slice_container').length == 12
    && !document.querySelector('[data-test=loading-indicator]')"""
pytestmark = [
    pytest.mark.xdist_group("superset"),
    pytest.mark.skipif(not PROGRAM.exists(), reason="NO SUPERSET IN .superset: `make superset` installs it"),
]


def call_copytaster(*arguments, cwd):
    command = [sys.executable, "-m", "newsdesk", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data folder of a demo that has run."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    call_copytaster("demo", "--once", "--json", "--data-dir", str(folder), cwd=folder.parent)
    return folder


@pytest.fixture(scope="module")
def address(data, tmp_path_factory):
    """Where a Superset serves the dashboard, imported as the documentation says."""
    home = tmp_path_factory.mktemp("superset")
    (home / "superset_config.py").write_text(CONFIG)
    environment = os.environ | {
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(home / "superset_config.py"),
        "SUPERSET_KEY": secrets.token_hex(32),
        "FLASK_APP": "superset",
    }
    desk = [
        f"--{name}={value}"
        for name, value in zip(("username", "firstname", "lastname"), ("desk",) * 3, strict=True)
    ]
    for arguments in (
        ["db", "upgrade"],
        ["fab", "create-admin", *desk, "--email=desk@desk.example", "--password=desk"],
        ["init"],
        ["import-directory", "--overwrite", str(FILES)],
        ["set-database-uri", "-d", "Copytaster", "-u", f"sqlite:///{data / 'store.sqlite'}"],
    ):
        subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, timeout=900, check=True)
    command = [PROGRAM, "run", "-h", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            yield read_address(server)
        finally:
            server.terminate()
            server.wait(30)


def read_address(server):
    """The address that the server prints once it serves; what it prints later is read away."""
    for line in server.stdout:
        if found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", line):
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return found[1]
    raise AssertionError("Superset ended before it served")


def test_every_chart_draws_and_says_what_the_search_says(address, data, open_page, tmp_path):
    page = open_page(f"{address}/health", width=1500, height=2300)
    page.context.request.post(f"{address}/login/", form={"username": "desk", "password": "desk"})
    answers = []
    page.on("response", lambda found: answers.append(found) if "/api/v1/chart/data" in found.url else None)
    page.goto(f"{address}/superset/dashboard/copytaster-copies/", timeout=120_000)
    page.wait_for_function(DRAWN, timeout=180_000)
    page.screenshot(path=tmp_path / "dashboard.png", full_page=True)
    assert page.locator("[role=alert]").all_inner_texts() == []
    assert {answer.status for answer in answers} == {200}
    found = [answer.json()["result"][0]["data"] for answer in answers]
    assert all(rows and all(row.get("published_at", 1) is not None for row in rows) for rows in found)
    numbers = {name: value for rows in found if len(rows) == 1 for name, value in rows[0].items()}
    hits = call_copytaster(
        "search", "--state", "live", "--limit", "100", "--json", "--data-dir", str(data), cwd=tmp_path
    )
    members = [member for item in hits["items"] for member in item["members"]]
    assert numbers["dispatches"] == hits["total"]["value"] == len(hits["items"])
    assert numbers["copies"] == len(members)
    assert numbers["still_old"] == sum(member["outdated"] for member in members)
    by_owner = {
        row["owner"]: row["dispatches"]
        for rows in found
        for row in rows
        if "dispatches" in row and "owner" in row
    }
    owners = [
        {member["family"] or member["publisher"] for member in item["members"]} for item in hits["items"]
    ]
    assert by_owner == {name: sum(name in some for some in owners) for name in set().union(*owners)}
    days = [row for rows in found for row in rows if "published_at" in row]
    counted = [value for row in days for name, value in row.items() if name != "published_at"]
    assert sum(filter(None, counted)) == sum(member["published_at"] is not None for member in members)
    altered = [row for rows in found for row in rows if "with_altered_facts" in row]
    assert sum(row["with_altered_facts"] for row in altered) == sum(
        member["relation"] == "altered" for member in members
    )
