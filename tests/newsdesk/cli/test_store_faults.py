"""Whatever is wrong with the store: every command ends in one sentence and a documented exit code, never in a traceback."""

import io
import socket
from contextlib import closing

import click
import pytest

from copytaster.errors import ExitCode
from newsdesk.cli import cli, run_command
from settings import load_settings

ALONE = {  # they end by a signal, ask the network, or use data of their own
    "alert test": "asks mail servers and webhooks only",
    "demo": "has a store of its own",
    "source add": "asks the network first",
    "source probe": "asks the network",
    "source pack list": "reads no store",
    "source pack show": "reads no store",
    "source pack add": "reads no store",
}
WITHOUT_STORE = ("parse", "config", "wire", "evaluate", "search", "index-setup", "restore")
VALUES = {
    "name": "harbour",
    "source": "harbour",
    "database": "sqlite://",
}  # of what a command requires, where "1" is no value
MORE = {
    "archive group": ["--from-store"],
    "dispatch merge": ["2"],
    "hold": ["1", "--reason", "court case"],
    "quarantine replay": ["--all"],
    "review": ["--report"],
}


def leaves(command, path=()):
    """Every command that does something, with the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        yield from leaves(command.get_command(context, name), (*path, name))


COMMANDS = {" ".join(path): command for path, command in leaves(cli)}


def call(name, config):
    """The exit code of a command, called with one value for whatever it requires."""
    command = COMMANDS[name]
    words = [*name.split(), *MORE.get(name, [])]
    for parameter in command.params:
        if not parameter.required:
            continue
        value = str(config) if parameter.name == "paths" else VALUES.get(parameter.name, "1")
        if isinstance(parameter, click.Option):
            words.append(parameter.opts[-1])
        words += [value] * max(parameter.nargs, 1)
    if any("--config" in parameter.opts for parameter in command.params):
        words += ["--config", str(config)]
    return run_command(words)


def no_database(path, _monkeypatch):
    path.write_bytes(b"not a database at all" * 400)


def cut_off(path, _monkeypatch):
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink(missing_ok=True)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 3)


def stand_in_the_way(path, _monkeypatch):
    path.unlink()
    path.mkdir()


def stop_postgres(_path, monkeypatch):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("COPYTASTER_DATABASE_URL", f"postgresql+psycopg://desk:hush@127.0.0.1:{port}/desk")


FAULTS = {
    "no database": (no_database, "restore the last backup"),
    "cut off": (cut_off, "restore the last backup"),
    "unreachable": (stand_in_the_way, "check that the folder exists"),
    "postgresql down": (stop_postgres, "does the database server run"),
}


def check_end(capsys, code):
    """One sentence, or none; the code is one of those in docs/operator.md."""
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "hush" not in said
    assert code in set(ExitCode)
    return [line for line in said.splitlines() if line.startswith("error: ")]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_command_ends_in_one_sentence(capsys, config, filled, monkeypatch, fault):
    settings = load_settings(config)
    filled.close()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    break_it, way_out = FAULTS[fault]
    break_it(settings.data_dir / "store.sqlite", monkeypatch)
    wrong = {}
    for name in COMMANDS.keys() - ALONE.keys():
        capsys.readouterr()
        code = call(name, config)
        errors = check_end(capsys, code)
        is_told = code == ExitCode.UNREACHABLE and len(errors) == 1 and way_out in errors[0]
        if name == "doctor":
            is_told = code == ExitCode.FAILED and not errors
        if not is_told:
            wrong[name] = (code, errors)
    assert {name: what for name, what in wrong.items() if not name.startswith(WITHOUT_STORE)} == {}
