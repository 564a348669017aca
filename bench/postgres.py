"""A PostgreSQL of one's own, on loopback, thrown away at the end; None where Debian's postgresql is not installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from copytaster.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
USER = "postgres"
SWITCHES = "-c fsync=off -c full_page_writes=off -c max_connections=100"


class Postgres:
    """A running server: `make_database` gives the URL of a new database.

    It has the tables already, as the migrations have made them in another one, which take longer than most tests do.

    Args:
        data: its folder.
        restart: ends it as a crash would, and starts it again.
    """

    def __init__(self, port: int, data: Path, restart: Callable[[], None]) -> None:
        self.port = port
        self._data = data
        self.made = 0
        self.restart = restart
        self._migrated = ""

    @property
    def pid(self) -> int:
        """The process that all its others are children of."""
        return int((self._data / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])

    def make_database(self) -> str:
        """Make a database with the tables of a store; returns its URL for the store."""
        if not self._migrated:
            url = self.make_bare_database()
            Store(url).close()
            self._migrated = url.rpartition("/")[2]
        return self._create(f"TEMPLATE {self._migrated}")

    def make_bare_database(self) -> str:
        """Make a database without a table; returns its URL for the store."""
        return self._create()

    def _create(self, how: str = "") -> str:
        self.made += 1
        name = f"test_{self.made}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {how}")
        return self.url(name).replace("postgresql://", "postgresql+psycopg://")

    def drop_database(self, url: str) -> None:
        """Drop a database whatever uses it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def url(self, database: str) -> str:
        """The URL of a database for other clients than the store."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"


def why_not() -> str | None:
    """The reason why there can be no server here, or None."""
    if not PROGRAMS:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and not _has_user():
        return f"PostgreSQL does not run as root, and there is no user {USER!r}"
    return None


def _has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


@contextmanager
def running(addresses: Sequence[str] = ()) -> Iterator[Postgres]:
    """A server in a folder of its own, on loopback and on these addresses, which may be asked by their networks (/24)."""
    folder = Path(tempfile.mkdtemp(prefix="copytaster-postgres-"))
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        as_user = {"user": USER}
    port = _free_port()

    def call(program: str, *arguments: str) -> None:
        command = [str(PROGRAMS[-1] / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **as_user)

    data = str(folder / "data")
    listen = ",".join(["127.0.0.1", *addresses])
    options = f"-p {port} -k {folder} -c listen_addresses={listen} {SWITCHES}"
    start = ("-D", data, "-o", options, "-l", str(folder / "log"), "-w", "-t", "300", "start")
    stop = ("-D", data, "-m", "immediate", "-w", "stop")

    def restart() -> None:
        call("pg_ctl", *stop)
        call("pg_ctl", *start)

    try:
        call("initdb", "-D", data, "-A", "trust", "-U", USER, "--no-sync")
        with (Path(data) / "pg_hba.conf").open("a") as rules:
            rules.writelines(f"host all all {address}/24 trust\n" for address in addresses)
        call("pg_ctl", *start)
        try:
            yield Postgres(port, Path(data), restart)
        finally:
            call("pg_ctl", *stop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
