"""What a command writes into the data folder is readable by its user alone, whatever the shell's mask says."""

import subprocess
import sys
from pathlib import Path

PAGES = Path(__file__).parents[2] / "pages"


def test_store_index_and_folders_are_private(tmp_path):
    data = tmp_path / "new" / "data"
    command = [
        sys.executable,
        "-m",
        "newsdesk",
        "ingest",
        str(PAGES / "german_dpa.html"),
        "--data-dir",
        str(data),
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, umask=0)
    found = {path: path.stat().st_mode & 0o777 for path in (data, *data.rglob("*"))}
    assert len(found) > 2
    assert {mode for path, mode in found.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in found.items() if path.is_file()} == {0o600}
