"""The folder in which a process keeps machine code between its runs. Whoever can write there can run code as this user.

Modules that compile register here; the command that reads the settings names the folder. A process that names none, such as a
test, leaves the choice to the compiler.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from copytaster.light_structlog import structlog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Compiler = Callable[[Path | None], None]  # gets the folder, or None if it must keep nothing

log = structlog.get_logger(__name__)

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class _Choice:
    """The folder of this process, what it was checked for, and who wants to know."""

    def __init__(self) -> None:
        self.named: Path | None = None
        self.checked: tuple[Path, Path | None] | None = None
        self.compilers: list[Compiler] = []


_choice = _Choice()


def keep_compiled_code(folder: Path) -> None:
    """Keep compiled code in this folder from now on. It is made, for this user alone, when something compiles."""
    _choice.named = folder
    for compiler in _choice.compilers:
        compiler(_check())


def find_kept_folder() -> Path | None:
    """The folder, for what else may be kept there and made again; None if none was named, or it is not safe."""
    return _check()


def register_compiler(compiler: Compiler) -> None:
    """Call this with the folder as soon as it is named; with None if it cannot be written, or others can write it."""
    _choice.compilers.append(compiler)
    if _choice.named is not None:
        compiler(_check())


def _check() -> Path | None:
    """The named folder if it is safe; says once why not."""
    folder = _choice.named
    if folder is None or (_choice.checked is not None and _choice.checked[0] == folder):
        return _choice.checked[1] if _choice.checked else None
    fault = find_fault(folder)
    if fault:
        log.warning("compiled_code.not_kept", folder=str(folder), why=fault)
    _choice.checked = (folder, None if fault else folder)
    return _choice.checked[1]


def find_fault(folder: Path) -> str:
    """Why code must not be kept in this folder, which is made if it is missing; empty if nothing speaks against it."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        for path in (folder, folder.parent):
            found = path.stat()
            if found.st_uid not in {os.geteuid(), 0}:
                return f"{path} belongs to another user"
            if found.st_mode & OTHERS_WRITE and not found.st_mode & stat.S_ISVTX:
                return f"others can write {path}"
    except OSError as error:
        return error.strerror or str(error)
    if folder.stat().st_mode & OTHERS_WRITE:
        return f"others can write {folder}"
    return "" if os.access(folder, os.W_OK | os.X_OK) else "it cannot be written"
