"""Whatever a command writes is masked, also what passes none of the printing functions."""

import subprocess
import sys

import click
import pytest
from rich.console import Console

from newsdesk.cli.masked_stream import masked_output

TEXT = "https://user:canary-5f1c@wire.example/?sid=canary-5f1c"


def test_every_way_to_print_is_masked(capsys):
    with masked_output():
        click.echo(TEXT)
        click.echo(TEXT, err=True)
        print(TEXT)  # noqa: T201
        Console().print(TEXT, soft_wrap=True)
        sys.stderr.writelines([TEXT, "\n"])
    captured = capsys.readouterr()
    assert "canary" not in captured.out + captured.err
    assert captured.out.count("sid=***") == 3
    assert captured.err.count("sid=***") == 2


def test_the_stream_is_as_before_afterwards(capsys):
    before = sys.stdout
    with masked_output():
        assert sys.stdout.isatty() == before.isatty()
    assert sys.stdout is before


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_error_that_nobody_foresaw_shows_no_secret(options):
    script = (
        "import sys, newsdesk.cli as cli, newsdesk.cli.output\n"
        "def fail(**_): raise RuntimeError('lost https://u:canary-5f1c@wire.example/?jwt=canary-5f1c')\n"
        "cli.cli.main = fail\n"
        f"cli.main({['status', *options]!r})"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "RuntimeError: lost https://***@wire.example/?jwt=***" in ran.stderr
    assert "canary-5f1c@" not in ran.stdout + ran.stderr.replace(script, "")
