"""Opens a store in a fork for each number of statements, and kills the fork before that statement of the migration.

Called with a database's URL and the numbers; for SQLite each fork has a copy of the file of its own, beside it. With
`--piecemeal` first, each statement is a transaction of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import Engine, event

from copytaster.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MIGRATES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")
PIECEMEAL = "--piecemeal"
OPENED = 7  # exit code of a fork that had fewer statements


def on_changes(call: Callable[[Any], None], *, moment: str = "before_cursor_execute") -> None:
    """Call this with the driver's connection at each statement of a store that changes something, from now on."""

    def note(connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(MIGRATES):
            call(connection.connection.dbapi_connection)

    event.listen(Engine, moment, note)


def open_killed(url: str, number: int, *, piecemeal: bool) -> NoReturn:
    """Open the store; die before statement `number` that changes something. Exit with 7 if there are fewer."""
    left = number

    def count(_raw: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    on_changes(count)
    if piecemeal:
        on_changes(_commit, moment="after_cursor_execute")
    Store(url).close()
    os._exit(OPENED)


def _commit(raw: Any) -> None:
    raw.execute("COMMIT")
    raw.execute("BEGIN IMMEDIATE")


def main(url: str, numbers: Iterable[int], *, piecemeal: bool) -> None:
    """Print `NUMBER killed`, or the exit code of the fork, a line each."""
    for number in numbers:
        mine = _copy(url, number)
        sys.stdout.flush()
        child = os.fork()
        if not child:
            open_killed(mine, number, piecemeal=piecemeal)
        _, status = os.waitpid(child, 0)
        how = "killed" if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{number} {how}\n")


def _copy(url: str, number: int) -> str:
    if not url.startswith("sqlite:///"):
        return url
    path = Path(url.removeprefix("sqlite:///"))
    copy = path.with_name(f"killed-{number}.sqlite")
    for companion in ("-wal", "-shm"):
        copy.with_name(copy.name + companion).unlink(missing_ok=True)
    shutil.copy(path, copy)
    return f"sqlite:///{copy}"


if __name__ == "__main__":
    *options, address = [one for one in sys.argv[1:] if not one.isdigit()]
    main(address, [int(one) for one in sys.argv[1:] if one.isdigit()], piecemeal=PIECEMEAL in options)
