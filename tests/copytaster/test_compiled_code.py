"""Which folders may hold compiled code, and who is told of the choice."""

import os

import pytest

from copytaster import compiled_code
from copytaster.compiled_code import find_fault, find_kept_folder, keep_compiled_code, register_compiler


@pytest.fixture(autouse=True)
def choice(monkeypatch):
    fresh = compiled_code._Choice()
    monkeypatch.setattr(compiled_code, "_choice", fresh)
    return fresh


def test_a_folder_of_this_user_is_made_private(tmp_path):
    folder = tmp_path / "data" / "compiled"
    assert find_fault(folder) == ""
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent)} == {0o700}


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777])
def test_a_folder_that_others_can_write_is_refused(tmp_path, mode):
    folder = tmp_path / "compiled"
    folder.mkdir()
    folder.chmod(mode)
    assert find_fault(folder) == f"others can write {folder}"


@pytest.mark.parametrize(("mode", "refused"), [(0o777, True), (0o770, True), (0o1777, False), (0o755, False)])
def test_others_must_not_be_able_to_replace_the_folder(tmp_path, mode, refused):
    tmp_path.chmod(mode)
    assert bool(find_fault(tmp_path / "compiled")) is refused


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    (tmp_path / "compiled").mkdir()
    owner = tmp_path.stat().st_uid
    if owner == 0:
        os.chown(tmp_path / "compiled", 4711, -1)
    else:
        monkeypatch.setattr(compiled_code.os, "geteuid", lambda: owner + 1)
    assert "belongs to another user" in find_fault(tmp_path / "compiled")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert find_fault(tmp_path / "file" / "compiled")


def test_compilers_learn_the_folder_whoever_comes_first(tmp_path):
    seen = []
    register_compiler(lambda folder: seen.append(("early", folder)))
    assert seen == []
    keep_compiled_code(tmp_path / "compiled")
    register_compiler(lambda folder: seen.append(("late", folder)))
    assert seen == [("early", tmp_path / "compiled"), ("late", tmp_path / "compiled")]


def test_a_refused_folder_is_reported_once_and_nothing_is_kept(tmp_path, capsys):
    (tmp_path / "compiled").mkdir()
    (tmp_path / "compiled").chmod(0o777)
    seen = []
    for _ in range(2):
        register_compiler(seen.append)
        keep_compiled_code(tmp_path / "compiled")
    assert set(seen) == {None}
    assert capsys.readouterr().out.count("compiled_code.not_kept") == 1


def test_a_process_that_compiles_nothing_makes_no_folder(tmp_path):
    keep_compiled_code(tmp_path / "compiled")
    assert not (tmp_path / "compiled").exists()


def test_others_may_keep_things_in_a_folder_that_is_safe(tmp_path):
    assert find_kept_folder() is None
    keep_compiled_code(tmp_path / "compiled")
    assert find_kept_folder() == tmp_path / "compiled"


def test_nobody_keeps_things_in_a_folder_that_others_can_write(tmp_path):
    (tmp_path / "compiled").mkdir()
    (tmp_path / "compiled").chmod(0o777)
    keep_compiled_code(tmp_path / "compiled")
    assert find_kept_folder() is None
