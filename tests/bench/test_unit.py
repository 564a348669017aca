"""The start of the systemd unit is measured under every restriction that the unit has, or the report says without which."""

from bench.confined import PROGRAM
from bench.unit import HAD, NOT_HAD, OF_THE_RESTART, OF_THE_START, read_directives


def test_no_line_of_the_unit_is_forgotten():
    known = {*HAD, *NOT_HAD, *OF_THE_START, *OF_THE_RESTART}
    assert set(read_directives()) - known == set()
    assert known - set(read_directives()) == set()


def test_what_runs_inside_needs_nothing_of_the_checkout():
    compile(PROGRAM, "confined", "exec")
    assert "bench" not in PROGRAM
