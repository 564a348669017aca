"""`python -m bench quality`: every figure of grouping quality and its target, in one table."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.rows import ROWS, Figure
from bench.table import print_targets
from copytaster.logs import set_up

if TYPE_CHECKING:
    from collections.abc import Sequence


def measure(names: Sequence[str] = (), *, quick: bool = False) -> list[Figure]:
    """The figures of the named rows, or of all; smaller sets if `quick`. Prints each row's CPU time on stderr."""
    figures: list[Figure] = []
    for name in names or ROWS:
        started = time.process_time()
        figures += ROWS[name](quick)
        print(f"{name}: {time.process_time() - started:.0f} s of CPU", file=sys.stderr, flush=True)
    return figures


def main(options: Sequence[str] = ()) -> dict[str, Any]:
    """Measure and print; return the figures for bench/results/."""
    parser = argparse.ArgumentParser(prog="python -m bench quality", description=__doc__)
    parser.add_argument("--row", action="append", choices=list(ROWS), help="only this row; may be repeated")
    parser.add_argument("--quick", action="store_true", help="smaller sets, one minute in all")
    chosen = parser.parse_args(options)
    set_up("ERROR", "text")
    figures = measure(chosen.row or (), quick=chosen.quick)
    print_targets(figures)
    rows: dict[str, Any] = {}
    for figure in figures:
        rows.setdefault(figure.row, {})[figure.name] = {
            "measured": figure.value,
            "target": figure.target,
            "met": figure.met,
            **({"skipped": figure.skipped} if figure.skipped else {}),
        }
    return {"quick": chosen.quick, "rows": rows}
