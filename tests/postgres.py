"""A PostgreSQL of the tests' own, on loopback, thrown away at the end; None where Debian's postgresql is not installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
USER = "postgres"
SWITCHES = "-c fsync=off -c full_page_writes=off -c max_connections=50"


class Postgres:
    """A running server: `make_database` gives the URL of a new, empty database."""

    def __init__(self, port):
        self.port = port
        self.made = 0

    def make_database(self):
        self.made += 1
        name = f"test_{self.made}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name).replace("postgresql://", "postgresql+psycopg://")

    def drop_database(self, url):
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def url(self, database):
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"


def why_not():
    """The reason why there can be no server here, or None."""
    if not PROGRAMS:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and not _has_user():
        return f"PostgreSQL does not run as root, and there is no user {USER!r}"
    return None


def _has_user():
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


@contextmanager
def running():
    """A server in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="copytaster-postgres-"))
    as_user = {}
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        as_user = {"user": USER}
    port = _free_port()

    def call(program, *arguments):
        command = [str(PROGRAMS[-1] / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **as_user)

    data = str(folder / "data")
    try:
        call("initdb", "-D", data, "-A", "trust", "-U", USER, "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {SWITCHES}"
        call("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield Postgres(port)
        finally:
            call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
