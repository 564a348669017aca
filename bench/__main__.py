"""Every figure in one run: quality and speed, as tables on stdout and as JSON under bench/results/."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from copytaster.logs import set_up

RESULTS = Path(__file__).parent / "results"
PARTS = ("wire", "pages", "grouping", "quality", "engine", "replay")
WITH_OPTIONS = ("quality", "plots", "index")


def main(names: list[str]) -> int:
    """Run the named parts, or all, each printing its table; a part without its material says so.

    `quality`, `plots` and `index` take options after their name; the last two run only where they are named.
    """
    if unknown := [name for name in names[:1] if name not in {*PARTS, *WITH_OPTIONS}]:
        print(
            f"no part is called {unknown[0]!r}; there are {', '.join((*PARTS, 'plots', 'index'))}",
            file=sys.stderr,
        )
        return 2
    set_up("WARNING", "text")
    results = {}
    if names and names[0] in WITH_OPTIONS:
        results[names[0]] = import_module(f"bench.{names[0]}").main(names[1:])
        names = []
    else:
        names = [name for name in names or PARTS if name in PARTS]
    for name in names:
        print(f"\n== {name} ==", flush=True)
        results[name] = import_module(f"bench.{name}").main()
    RESULTS.mkdir(exist_ok=True)
    moment = datetime.now(UTC)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    shape = {"at": moment.isoformat(timespec="seconds"), **machine, "results": results}
    path = RESULTS / f"{moment:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(shape, indent=2, default=str) + "\n", encoding="utf-8")
    print(f"\nwritten: {path.relative_to(RESULTS.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
