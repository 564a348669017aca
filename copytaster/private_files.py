"""Keeps the data folder to its user: 0700 for folders, 0600 for files, also what an earlier release wrote."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_UMASK = 0o077
OWN_FILES = ("store.sqlite*", "index.sqlite*", "index-*.sqlite*")


def make_files_private(folder: Path) -> None:
    """Let every new file of this process and its children be private, and tighten store and index in the folder.

    The folder itself is tightened unless files of others lie in it that others may read: it may be `/tmp`. What cannot
    be tightened stays as it is, and `find_open_paths` names it.
    """
    os.umask(PRIVATE_UMASK)
    with suppress(OSError):
        for path in (path for pattern in OWN_FILES for path in folder.glob(pattern) if is_open(path)):
            _tighten(path)
        if is_open(folder) and not any(is_open(path) for path in folder.iterdir()):
            _tighten(folder)


def find_open_paths(folder: Path) -> list[Path]:
    """The folder and what lies in it, as far as other users may read or write it."""
    if not folder.is_dir():
        return []
    return [path for path in (folder, *sorted(folder.rglob("*"))) if is_open(path)]


def is_open(path: Path) -> bool:
    """True if users other than the owner may read or write what the path names; a link says nothing."""
    try:
        mode = path.lstat().st_mode
    except OSError:  # gone in the meantime
        return False
    return not stat.S_ISLNK(mode) and bool(mode & PRIVATE_UMASK)


def _tighten(path: Path) -> None:
    with suppress(OSError):  # it belongs to another user
        path.chmod(path.stat().st_mode & ~PRIVATE_UMASK)
