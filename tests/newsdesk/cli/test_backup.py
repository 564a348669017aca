"""`copytaster backup` and `restore`: one moment of a store in use, found whole or refused, and newest once it is back."""

import json
import resource
import signal
import stat
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import func, select

from copytaster.errors import ExitCode
from copytaster.store.engine import Store
from copytaster.store.installation import next_changes
from copytaster.store.tables import dispatches
from newsdesk.cli import run_command
from newsdesk.operations import backup as operations
from newsdesk.operations.backup import take_backup
from newsdesk.operations.backup_manifest import FORMAT, Manifest
from settings import load_settings
from tests.newsdesk.cli.conftest import run_json

WRITER = """
import sys
from datetime import UTC, datetime
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.values import ParsedStory, RawPage

store = Store(sys.argv[1])
for line in sys.stdin:
    url = f"https://wire.example/late/{line.strip()}"
    story = ParsedStory(f"Late {line.strip()}", "A boat came home late. " * 60, "Harbour Wire", url)
    with store.write() as connection:
        keep_story(connection, page=RawPage(url, b"<p>late</p>" * 2000, datetime.now(UTC)), story=story,
                   source="harbour", channel="feed")
    print("stored", flush=True)
"""
HALF = """
import sys
from pathlib import Path
from newsdesk.operations import backup
from settings import load_settings

def wait(done, total):
    print(done, total, flush=True)
    sys.stdin.readline()

backup.SLICE = 8
config, folder = map(Path, sys.argv[1:])
backup.take_backup(load_settings(config), config, folder, wait)
"""


@pytest.fixture
def saved(config, filled, tmp_path):
    """The folder of a backup."""
    folder = tmp_path / "saved"
    assert run_command(["backup", str(folder), "--config", str(config)]) == ExitCode.DONE
    return folder


def list_dispatches(capsys, config, *options):
    code, found, _ = run_json(capsys, config, "dispatch", "list", *options)
    assert code == ExitCode.DONE
    return {one.pop("id"): (one.pop("change"), one)[1] for one in found["items"]}


def read_changes(url):
    with closing(Store(url)) as store, store.read() as connection:
        return connection.execute(select(func.min(dispatches.c.change), func.max(dispatches.c.change))).one()


def count_stories(manifest):
    return manifest.facts.counts["stories"]


def start(program, *words):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_backup_is_one_moment_while_another_process_writes(config, filled, tmp_path, monkeypatch):
    settings, slices, late = load_settings(config), [], 12
    monkeypatch.setattr(operations, "SLICE", 4)
    with start(WRITER, settings.store_url) as writer:

        def write_more(done, total):
            slices.append((done, total))
            if len(slices) <= late:
                writer.stdin.write(f"{len(slices)}\n")
                writer.stdin.flush()
                assert writer.stdout.readline() == "stored\n"

        manifest = take_backup(settings, config, tmp_path / "saved", write_more)
        writer.stdin.close()
    assert len(slices) > late
    assert [done for done, _ in slices] == sorted({done for done, _ in slices})  # it never began again
    assert count_stories(manifest) == 3
    assert count_stories(take_backup(settings, config, tmp_path / "later")) == 3 + late


def test_a_restored_store_serves_the_same_dispatches_and_its_changes_are_newest(
    capsys, config, filled, saved, tmp_path
):
    before = list_dispatches(capsys, config)
    settings = load_settings(config)
    with filled.write() as connection:  # given after the backup, and lost
        lost = next_changes(connection, 1000)
    new = tmp_path / "new"
    code, manifest, _ = run_json(capsys, config, "restore", str(saved), "--data-dir", str(new))
    assert (code, manifest["facts"]["counts"]["dispatches"]) == (ExitCode.DONE, len(before))
    after = list_dispatches(capsys, config, "--data-dir", str(new))
    assert after == before
    _, largest = read_changes(settings.store_url)
    least, _ = read_changes(f"sqlite:///{new / 'store.sqlite'}")
    assert least > max(largest, lost[-1])
    code, hits, _ = run_json(capsys, config, "search", "lighthouse", "--data-dir", str(new))
    assert code == ExitCode.DONE
    assert len(hits["items"]) == len(before)
    assert not list(new.glob("restoring*"))


def test_sources_come_back_where_there_are_none(capsys, config, saved, tmp_path):
    text = config.read_bytes()
    config.unlink()
    assert run_json(capsys, config, "restore", str(saved), "--data-dir", str(tmp_path / "new"))[0] == 0
    assert config.read_bytes() == text
    config.write_text("# mine\n")
    assert run_json(capsys, config, "restore", str(saved), "--data-dir", str(tmp_path / "newer"))[0] == 0
    assert config.read_text() == "# mine\n"


def test_only_the_user_can_read_a_backup(saved):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (saved, *saved.iterdir())}
    assert modes == {"saved": 0o700, "manifest.json": 0o600, "sources.toml": 0o600, "store.sqlite": 0o600}


def flip(place):
    def change(path):
        text = bytearray(path.read_bytes())
        text[int(place * (len(text) - 1))] ^= 1
        path.write_bytes(text)

    return change


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


DAMAGES = {
    "first byte": flip(0),
    "a byte within": flip(0.37),
    "another": flip(0.81),
    "last byte": flip(1),
    "cut": cut,
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["store.sqlite", "sources.toml", "manifest.json"])
def test_damage_of_a_backup_is_found_and_nothing_is_restored(capsys, config, saved, tmp_path, name, damage):
    assert run_json(capsys, config, "restore", str(saved), "--check")[0] == ExitCode.DONE
    DAMAGES[damage](saved / name)
    for options in (["--check"], ["--data-dir", str(tmp_path / "new")]):
        code, _, said = run_json(capsys, config, "restore", str(saved), *options)
        assert code == ExitCode.FAILED
        assert name in said
        assert "another" in json.loads(said)["hint"]
    assert not (tmp_path / "new").exists()


def test_a_backup_of_a_newer_format_is_refused(capsys, config, saved):
    path = saved / "manifest.json"
    newer = Manifest.model_validate_json(path.read_bytes()).model_copy(update={"format": FORMAT + 1})
    path.write_text(newer.seal().write_text())
    code, _, said = run_json(capsys, config, "restore", str(saved), "--check")
    assert (code, json.loads(said)["hint"]) == (ExitCode.FAILED, "upgrade copytaster")


def test_a_backup_that_was_killed_is_never_taken_for_whole(capsys, config, filled, tmp_path):
    folder = tmp_path / "saved"
    with start(HALF, config, folder) as half:
        done, total = map(int, half.stdout.readline().split())
        assert 0 < done < total
        code, _, said = run_json(capsys, config, "backup", str(folder))
        assert (code, "another process" in said) == (ExitCode.BUSY, True)
        half.send_signal(signal.SIGKILL)
    assert not folder.exists()
    (left,) = tmp_path.glob(".saved*")
    code, _, said = run_json(capsys, config, "restore", str(left), "--data-dir", str(tmp_path / "new"))
    assert (code, "no manifest.json" in said) == (ExitCode.FAILED, True)
    assert run_json(capsys, config, "backup", str(tmp_path / "other"))[0] == ExitCode.DONE
    assert not left.exists()


def test_an_interrupted_backup_leaves_nothing(config, filled, tmp_path, monkeypatch):
    monkeypatch.setattr(operations, "SLICE", 8)

    def interrupt(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_backup(load_settings(config), config, tmp_path / "saved", interrupt)
    assert not [path for path in tmp_path.iterdir() if "saved" in path.name]


def test_a_target_that_fills_up_leaves_nothing(config, filled, tmp_path):
    """No file may grow beyond a third of the store's, as on a full disk."""
    size = (tmp_path / "data" / "store.sqlite").stat().st_size // 3
    program = [sys.executable, "-m", "newsdesk", "backup", str(tmp_path / "saved"), "--config", str(config)]
    done = subprocess.run(
        program,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert done.returncode == ExitCode.FAILED
    assert done.stderr.startswith(f"error: {tmp_path / '.saved'}")
    assert "make room" in done.stderr
    assert not [path for path in tmp_path.iterdir() if "saved" in path.name]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_too_little_space_is_said_before_anything_is_written(
    capsys, config, saved, tmp_path, monkeypatch, command
):
    monkeypatch.setattr(operations, "RESERVE_BYTES", 10**18)
    where = {"backup": [str(tmp_path / "more")], "restore": [str(saved), "--data-dir", str(tmp_path / "new")]}
    code, _, said = run_json(capsys, config, command, *where[command])
    assert (code, "MB are needed" in said) == (ExitCode.FAILED, True)
    assert not (tmp_path / "more").exists()
    assert not list((tmp_path / "new").glob("*"))


@pytest.mark.parametrize("file", ["store.sqlite", "index.sqlite", "store.sqlite-wal", "notes.txt"])
def test_a_data_folder_that_is_not_empty_is_left_alone(capsys, config, saved, tmp_path, file):
    new = tmp_path / "new"
    new.mkdir()
    (new / file).write_text("mine")
    code, _, said = run_json(capsys, config, "restore", str(saved), "--data-dir", str(new))
    assert (code, file in said) == (ExitCode.USAGE, True)
    assert {path.name: path.read_text() for path in new.iterdir()} == {file: "mine"}


def test_a_restore_that_was_cut_off_is_made_again(capsys, config, saved, tmp_path):
    left = tmp_path / "new" / "restoring"
    left.mkdir(parents=True)
    (left / "store.sqlite").write_text("half")
    assert run_json(capsys, config, "restore", str(saved), "--data-dir", str(left.parent))[0] == ExitCode.DONE
    assert not left.exists()


def test_each_backup_needs_a_folder_of_its_own(capsys, config, saved):
    files = {path.name: path.read_bytes() for path in saved.iterdir()}
    assert run_json(capsys, config, "backup", str(saved))[0] == ExitCode.USAGE
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == files


def test_without_a_store_or_a_backup_nothing_is_made(capsys, config, tmp_path):
    assert run_json(capsys, config, "backup", str(tmp_path / "saved"))[0] == ExitCode.UNREACHABLE
    assert run_json(capsys, config, "restore", str(tmp_path / "saved"))[0] == ExitCode.NOTHING_MATCHED
    assert {path.name for path in tmp_path.iterdir()} <= {config.name, "data"}


def test_a_store_on_postgresql_is_left_to_its_own_programs(
    capsys, config, saved, tmp_path, monkeypatch, postgres_server
):
    url = postgres_server.make_database()
    try:
        monkeypatch.setenv("COPYTASTER_DATABASE_URL", url)
        for command, target in (("backup", tmp_path / "more"), ("restore", saved)):
            code, _, said = run_json(capsys, config, command, str(target))
            assert (code, "pg_dump" in said) == (ExitCode.BAD_CONFIGURATION, True)
    finally:
        postgres_server.drop_database(url)
    assert not (tmp_path / "more").exists()
