"""A file of somebody else under the index's name is refused by name and stays as it was; every index of ours is one."""

import gzip
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from copytaster.errors import ForeignIndexError
from indexer.embedded import EmbeddedIndex
from indexer.embedded.strangers import find_stranger
from newsdesk.cli import run_command

RELEASE_BEFORE = Path(__file__).parents[2] / "assets" / "release-0.1" / "index.sqlite.gz"


def make_database(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def put_application(path):
    make_database(
        path, "PRAGMA application_id = 77", "CREATE TABLE notes (line)", "INSERT INTO notes VALUES (1)"
    )


def put_no_tables(path):
    make_database(path, "PRAGMA user_version = 3")


def put_same_names(path):
    make_database(
        path, "PRAGMA user_version = 202", "CREATE TABLE meta (k, v)", "CREATE TABLE documents (id, text)"
    )


def put_open_log(path):
    """Its tables are in the write-ahead log only, as its program is running."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE ledger (line)")
    return connection


def put_text(path):
    path.write_text("shopping list\n", encoding="utf-8")


def put_folder(path):
    path.mkdir()
    (path / "kept.txt").write_text("kept", encoding="utf-8")


def put_link(path):
    elsewhere = path.parent / "elsewhere"
    elsewhere.mkdir()
    put_application(elsewhere / "notes.sqlite")
    path.symlink_to("elsewhere/notes.sqlite")


STRANGERS = {
    put_application: "application id 77",
    put_no_tables: "without tables",
    put_same_names: "the tables documents, meta",
    put_open_log: "the tables ledger",
    put_text: "no database",
    put_folder: "a folder",
    put_link: "application id 77",
}


def read_all(folder):
    """Every file and link below a folder, but for the shared memory of a database that is open."""
    return {
        path.relative_to(folder): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or (path.is_file() and not path.name.endswith("-shm"))
    }


@pytest.fixture(params=STRANGERS, ids=lambda put: put.__name__.removeprefix("put_"))
def stranger(request, tmp_path):
    kept = request.param(tmp_path / "index.sqlite")
    yield tmp_path, STRANGERS[request.param]
    if kept is not None:
        kept.close()


def test_a_file_of_somebody_else_is_refused_and_stays(stranger):
    folder, said = stranger
    before = read_all(folder)
    with closing(EmbeddedIndex(folder / "index.sqlite")) as index:
        assert not index.exists()
        for attempt in (index.setup, index.begin_rebuild, index.count):
            with pytest.raises(ForeignIndexError, match=said) as refused:
                attempt()
            assert "move what has its name" in refused.value.hint
        assert said in index.health().detail
        assert [(one.level, said in one.detail) for one in index.examine()] == [("fault", True)]
    assert read_all(folder) == before


@pytest.mark.parametrize("stranger", [put_application, put_folder], indirect=True)
def test_copy_is_stored_and_the_way_out_works(stranger, tmp_path_factory, monkeypatch, capsys):
    folder, said = stranger
    monkeypatch.chdir(tmp_path_factory.mktemp("desk"))
    story = Path("ferry.txt")
    story.write_text(
        "Ferry sails again\n\n" + "The ferry will sail again on Friday, its captain said. " * 9,
        encoding="utf-8",
    )
    place = ["--data-dir", str(folder)]
    assert run_command(["ingest", str(story), *place]) == 3  # stored, not indexed
    assert said in "".join(capsys.readouterr())
    assert run_command(["doctor", "--json", *place]) == 1
    assert said in capsys.readouterr().out
    (folder / "index.sqlite").rename(folder.parent / f"{folder.name}-moved")
    assert run_command(["rebuild", *place]) == 0
    capsys.readouterr()
    assert run_command(["search", "ferry", *place]) == 0
    assert "Ferry sails again" in capsys.readouterr().out


def put_release_before(path):
    path.write_bytes(gzip.decompress(RELEASE_BEFORE.read_bytes()))


def put_copy(path):
    with closing(EmbeddedIndex(path)) as index:
        index.setup()
    live = path.resolve()
    path.unlink()
    shutil.copy(live, path)


def put_damage(path):
    with closing(EmbeddedIndex(path)) as index:
        index.setup()
    path.resolve().write_bytes(b"no database any more " * 400)


@pytest.mark.parametrize("put", [put_release_before, put_copy, put_damage, Path.touch, lambda _: None])
def test_an_index_of_ours_is_no_stranger(put, tmp_path):
    path = tmp_path / "index.sqlite"
    put(path)
    assert find_stranger(path) is None
    with closing(EmbeddedIndex(path)) as index:
        index.setup()
        assert index.exists()


def test_a_file_named_like_a_part_of_the_index_stays(tmp_path):
    (tmp_path / "index-notes.sqlite").write_text("mine", encoding="utf-8")
    with closing(EmbeddedIndex(tmp_path / "index.sqlite")) as index:
        index.setup()
        with index.begin_rebuild():
            pass
    assert (tmp_path / "index-notes.sqlite").read_text(encoding="utf-8") == "mine"
