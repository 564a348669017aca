"""The doctor names what other users may read."""

import pytest

from newsdesk.operations.privacy import check_privacy

SOURCE = """
[[source]]
name = "harbour"
publisher = "Harbour Wire"
url = "https://wire.example/feed.xml{}"
interval = "1h"
"""


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "my data"
    folder.mkdir(mode=0o700)
    (folder / "store.sqlite").touch(0o600)
    return folder


def test_a_private_folder_is_well(tmp_path, data):
    assert check_privacy(data, tmp_path / "none.toml").level == "ok"


def test_an_open_file_is_named_with_the_way_out(tmp_path, data):
    (data / "store.sqlite").chmod(0o640)
    found = check_privacy(data, tmp_path / "none.toml")
    assert (found.level, found.way_out) == ("note", f"chmod -R go= '{data}'")
    assert "store.sqlite" in found.detail


@pytest.mark.parametrize(("query", "level"), [("?token=abc", "note"), ("?page=2", "ok")])
def test_open_sources_with_keys_are_named(tmp_path, data, query, level):
    config = tmp_path / "sources.toml"
    config.write_text(SOURCE.format(query))
    config.chmod(0o644)
    assert check_privacy(data, config).level == level
