"""Opens a store in a fork for each number of statements and kills it before that statement of the migration.

Called with a database's URL and the numbers; for SQLite each fork has a copy of the file of its own, beside it.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from sqlalchemy import Engine, event

from copytaster.store.engine import Store

MIGRATES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


def open_killed(url, number):
    """Open the store; die before statement `number` that changes something. Exit with 7 if there are fewer."""
    left = number

    def count(_connection, _cursor, statement, *_more):
        nonlocal left
        if statement.lstrip().upper().startswith(MIGRATES):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    Store(url).close()
    os._exit(7)


def main(url, numbers):
    for number in numbers:
        mine = url
        if url.startswith("sqlite:///"):
            path = Path(url.removeprefix("sqlite:///"))
            copy = path.with_name(f"killed-{number}.sqlite")
            for companion in ("-wal", "-shm"):
                copy.with_name(copy.name + companion).unlink(missing_ok=True)
            shutil.copy(path, copy)
            mine = f"sqlite:///{copy}"
        sys.stdout.flush()
        child = os.fork()
        if not child:
            open_killed(mine, number)
        _, status = os.waitpid(child, 0)
        how = "killed" if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{number} {how}\n")


main(sys.argv[1], [int(number) for number in sys.argv[2:]])
