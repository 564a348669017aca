"""A new SQLite store as a copy of an empty one that the real migrations have made once."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


class Original:
    """The empty store at `path`, made by `migrate` when the first copy is asked for."""

    def __init__(self, path: Path, migrate: Callable[[Engine], None]) -> None:
        self._path = path
        self._migrate = migrate

    def migrate(self, engine: Engine) -> None:
        """As the store's own: what is not a new file of SQLite goes to that."""
        target = engine.url.database if engine.dialect.name == "sqlite" else None
        if target and target != str(self._path) and not _size(target):
            self._copy(target)
        self._migrate(engine)

    def _copy(self, target: str) -> None:
        if not self._path.exists():
            Store(f"sqlite:///{self._path}").close()
        with sqlite3.connect(self._path) as original, sqlite3.connect(target) as copy:
            original.backup(copy)
        original.close()
        copy.close()


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
