"""`python -m bench` describes its parts and refuses unknown ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import ON_REQUEST, OPTIONS, PARTS


def bench(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_part_and_option(option):
    done = bench(option)
    assert (done.returncode, done.stderr) == (0, "")
    for name in [*PARTS, *ON_REQUEST]:
        assert f"  {name} {OPTIONS.get(name, '')}" in done.stdout


@pytest.mark.parametrize("part", OPTIONS)
def test_a_part_describes_the_options_that_the_help_lists(part):
    done = bench(part, "--help")
    assert done.returncode == 0
    for option in [word.strip("[]") for word in OPTIONS[part].split() if word.startswith("[")]:
        assert option in done.stdout


def test_an_unknown_part_is_refused_with_the_known_ones():
    done = bench("wires")
    assert done.returncode == 2
    assert done.stderr == f"no part 'wires'; parts: {', '.join(PARTS | ON_REQUEST)}\n"
