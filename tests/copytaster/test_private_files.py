"""What an earlier release left open is tightened; what may belong to others is left alone and named."""

import pytest

from copytaster.private_files import find_open_paths, make_files_private


@pytest.fixture(autouse=True)
def _own_umask(monkeypatch):
    monkeypatch.setattr("copytaster.private_files.os.umask", lambda mask: None)


def modes(folder):
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777
        for path in (folder, *folder.rglob("*"))
    }


def test_store_index_and_folder_of_an_earlier_release_are_tightened(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    for name in ("store.sqlite", "store.sqlite-wal", "index-3f.sqlite"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    (folder / "index.sqlite").symlink_to("index-3f.sqlite")
    make_files_private(folder)
    assert find_open_paths(folder) == []
    assert set(modes(folder).values()) == {0o700, 0o600}


def test_a_folder_that_others_use_too_stays_open(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    for name in ("store.sqlite", "notes.txt"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    make_files_private(folder)
    assert modes(folder) == {".": 0o777, "store.sqlite": 0o600, "notes.txt": 0o644}
    assert find_open_paths(folder) == [folder, folder / "notes.txt"]


def test_a_folder_that_is_not_there_is_no_fault(tmp_path):
    make_files_private(tmp_path / "none")
    assert find_open_paths(tmp_path / "none") == []
