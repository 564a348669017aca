"""A parsing process that cannot start: one message and exit 69 from every command that parses pages."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from copytaster import compiled_code
from copytaster.errors import ParserStartError
from copytaster.store.engine import Store
from copytaster.store.tables import entries, runs
from copytaster.values import RawPage
from spiders.parsing import ParseContext
from spiders.parsing.language_model import FILE
from spiders.sandbox.pool import ParsingWorker
from tests.spiders.conftest import page

PAGE = page("A headline of the day", "first").encode()
BROKEN = {
    "lxml_html_clean": 'raise ImportError("needs lxml[html_clean]", name="lxml_html_clean")',
    "parser": "import os; os._exit(7)",
}


@pytest.fixture
def missing(request, tmp_path, monkeypatch):
    """What the message names when `trafilatura` does not import in a process started from here."""
    name = getattr(request, "param", "lxml_html_clean")
    package = tmp_path / "stub" / "trafilatura"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(BROKEN[name])
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return name


def copytaster(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "newsdesk", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,  # the first command in a new checkout compiles: 25 s of processor time
        env=os.environ | {"COPYTASTER_LOG_LEVEL": "ERROR"},
        check=False,
    )


@pytest.mark.parametrize("missing", BROKEN, indirect=True)
def test_a_worker_that_cannot_start_says_why(missing):
    with ParsingWorker() as worker, pytest.raises(ParserStartError) as caught:
        worker.parse(RawPage("http://pier.example/a", PAGE, datetime.now(UTC)), ParseContext())
    assert caught.value.exit_code == 69
    assert caught.value.resource == missing
    assert "pip install" in caught.value.hint


def test_a_worker_keeps_the_unpacked_model_in_the_folder_of_compiled_code(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled_code, "_choice", compiled_code._Choice())
    compiled_code.keep_compiled_code(tmp_path / "compiled")
    with ParsingWorker() as worker:
        worker.start()
    assert [path.name for path in (tmp_path / "compiled").iterdir()] == [FILE]


def test_a_worker_that_can_start_is_ready():
    with ParsingWorker() as worker:
        worker.start()
        found = worker.parse(RawPage("http://pier.example/a", PAGE, datetime.now(UTC)), ParseContext())
    assert found.headline == "A headline of the day"


def has_one_message(done, missing):
    [message] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return missing in message and "cannot start" in message and done.stderr.count("\n") == 1


@pytest.fixture
def arguments(tmp_path, write_sources, publisher):
    """Of each command, the shortest that parses a page or would serve."""
    publisher.put_feed("/feed", ["/a", "/b"])
    publisher.put_page("/a", "One")
    publisher.put_page("/b", "Two", "second")
    config = write_sources(town=publisher.base + "/feed", village=publisher.base + "/feed")
    config.write_text(
        config.read_text() + '\n[settings.crawl]\nallow_addresses = ["127.0.0.1/32"]\ndelay_s = 0\n'
    )
    (tmp_path / "a.html").write_bytes(PAGE)
    return {
        "parse": ("parse", tmp_path / "a.html"),
        "ingest": ("ingest", tmp_path / "a.html", "--config", config),
        "crawl": ("crawl", "--config", config),
        "run": ("run", "--config", config, "--port", 0),
        "demo": ("demo", "--once"),
    }


@pytest.mark.parametrize("command", ["parse", "ingest", "crawl", "run", "demo"])
def test_each_command_ends_with_one_message(command, arguments, missing):
    done = copytaster(*arguments[command])
    assert done.returncode == 69, done.stderr
    assert has_one_message(done, missing), done.stderr


@pytest.mark.parametrize("command", ["parse", "ingest", "crawl"])
def test_the_same_commands_work_where_the_parser_starts(command, arguments):
    done = copytaster(*arguments[command])
    assert (done.returncode, done.stderr) == (0, "")


def test_a_crawl_that_could_parse_nothing_leaves_its_entries_for_the_next(
    arguments, missing, monkeypatch, crawl_settings
):
    assert copytaster(*arguments["crawl"]).returncode == 69
    store = Store(crawl_settings().store_url)
    with store.read() as connection:
        ended = connection.execute(select(runs.c.outcome, runs.c.why)).all()
        seen = connection.execute(select(entries)).all()
    store.close()
    assert [run.outcome for run in ended] == ["failed", "failed"]
    assert all(missing in run.why for run in ended)
    assert seen == []
    monkeypatch.delenv("PYTHONPATH")
    assert copytaster(*arguments["crawl"]).returncode == 0
