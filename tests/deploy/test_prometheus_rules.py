"""The rules that ship: checked by promtool, and fired by a running Prometheus that scrapes the service's own figures."""

import json
import re
import shutil
import socket
import subprocess
import threading
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from copytaster.store import scrubs
from copytaster.store.ledger import Result
from copytaster.store.source_health import note_result
from newsdesk.web.metrics.page import render_metrics
from spiders.sources.config import parse_sources
from tests.until import until

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "copytaster.rules.yml"
SOURCES = "".join(
    f'[[source]]\nname = "{name}"\npublisher = "{name}"\nkind = "feed"\nurl = "https://{name}.example/feed"\ninterval = "15m"\n'
    for name in ("silent", "lively")
)


def find_program(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: the rules for Prometheus are NOT tested here")
    return found


def test_promtool_accepts_the_rules_and_they_ring_when_they_should(tmp_path):
    promtool = find_program("promtool")
    checked = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    cases = (Path(__file__).parent / "copytaster.rules.test.yml").read_text(encoding="utf-8")
    file = tmp_path / "cases.yml"
    file.write_text(cases.replace("RULES", str(RULES)))
    tested = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_figure_of_the_rules_exists(store, tmp_path):
    now = datetime.now(UTC)
    with store.write() as connection:
        scrub = scrubs.begin_or_resume(connection, trigger="command", step="end", now=now)
        scrubs.keep_scrub(connection, replace(scrub, ended_at=now))
    printed = set(
        re.findall(r"^# TYPE (\S+)", render_metrics(store, data_dir=tmp_path).decode(), re.MULTILINE)
    )
    series = re.findall(r"copytaster_\w+", RULES.read_text(encoding="utf-8"))
    named = {re.sub(r"(_seconds)_(bucket|count|sum)$", r"\1", one) for one in series}  # those of a histogram
    assert named
    assert named <= printed


@contextmanager
def serve_metrics(store, sources):
    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(render_metrics(store, sources=sources))

        def log_message(self, *_words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def run_prometheus(folder, target):
    program = find_program("prometheus")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {"job_name": "copytaster", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}
        ],
    }
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config))  # which is YAML
    command = [program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def read_firing(address):
    try:
        with urllib.request.urlopen(f"{address}/api/v1/alerts", timeout=5) as answer:
            alerts = json.load(answer)["data"]["alerts"]
    except OSError:
        return set()
    return {
        (one["labels"]["alertname"], one["labels"].get("source"))
        for one in alerts
        if one["state"] == "firing"
    }


def test_a_running_prometheus_rings_for_a_source_that_never_brought_anything(store, tmp_path):
    now = datetime.now(UTC)
    with store.write() as connection:
        for name, new, run_at in (("silent", 0, now - timedelta(days=9)), ("lively", 2, now)):
            note_result(connection, name, Result("ran", found=2, usable=2), new=new, now=run_at)
    with (
        serve_metrics(store, parse_sources(SOURCES)) as target,
        run_prometheus(tmp_path, target) as address,
    ):
        until(lambda: ("CopytasterSourceQuiet", "silent") in read_firing(address))
        assert ("CopytasterSourceQuiet", "lively") not in read_firing(address)
