"""`python -m bench`: runs parts of the bench, prints their tables, and writes JSON to bench/results/."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from copytaster.logs import set_up

RESULTS = Path(__file__).parent / "results"
PARTS = {
    "wire": "quality and speed of the wire grammar: datelines, headlines, credits",
    "formats": "files of agencies read, by family of formats",
    "pages": "quality and speed of page parsing",
    "grouping": "grouping of labelled sets, compared with datasketch",
    "relations": "retold and translated news found, on the half of the sets never looked at",
    "search": "known items found by two words, with a slip, in another form, on each engine",
    "quality": "every figure of grouping quality and its target",
    "engine": "speed, memory and restart of the grouping engine, compared with its peers",
    "replay": "real pages through the whole service",
}
ON_REQUEST = {
    "page_shapes": "invented stories in every markup that sites use: body, foreign, cut and lost text by shape",
    "beside": "two checkouts group the same copy in turns: equal groups, CPU a version side by side",
    "roads": "from folder, push, mailbox, feed and sitemap to search in the running service: seconds, 0 lost",
    "archive": "a web archive of 10,000 generated pages through to search: pages a second, memory",
    "workers": "pages a second with 1, 2 and 4 crawl workers on one PostgreSQL, and its share of the processor",
    "spark": "a week of generated copy grouped live and by `archive group`: pairs alike, cost, bytes a text",
    "plots": "draws the pictures of docs/how-grouping-works.md",
    "index": "writing, searching and rebuilding on Elasticsearch and the embedded index",
    "desk": "pages with many dispatches, open lists while copy comes, what fits a screen",
    "unit": "first and second start of the systemd unit under its own restrictions",
    "year": "commands, pages and metrics on a year of ledger and copy of 1,000 sources: CPU seconds",
    "soak": "faults put in on purpose: what the service held, each beside a control that must fail",
}
OPTIONS = {
    "page_shapes": "[--seed N] [--houses N]",
    "quality": "[--row NAME] [--quick]",
    "search": "[--stories N] [--items N] [--embedded]",
    "relations": "[--row NAME] [--looked-at] [--lexical]",
    "beside": "--against FOLDER [--size N] [--set NAME]",
    "archive": "[--pages N]",
    "roads": "[--stories N]",
    "workers": "[--pages N]",
    "spark": "[--stories N] [--master URL]",
    "plots": "[--stories N] [--to FOLDER]",
    "index": "[--size N] [--seconds N]",
    "desk": "[--size N] [--seconds N] [--embedded]",
    "year": "[--days N] [--sources N] [--stories N] [--folder FOLDER]",
    "soak": "[--trial NAME] [--short] [--seed N]",
}


def main(arguments: list[str]) -> int:
    """Run the named parts, or all of `PARTS`; a part without its corpus prints that it was skipped.

    A part with options runs alone and takes the rest of the arguments.
    """
    if arguments[:1] in (["-h"], ["--help"]):
        print(_make_help(), end="")
        return 0
    takes_options = bool(arguments) and arguments[0] in OPTIONS
    names = arguments[:1] if takes_options else arguments
    if unknown := [name for name in names if name not in PARTS | ON_REQUEST]:
        print(f"no part {unknown[0]!r}; parts: {', '.join(PARTS | ON_REQUEST)}", file=sys.stderr)
        return 2
    set_up("WARNING", "text")
    if takes_options:
        results = {names[0]: import_module(f"bench.{names[0]}").main(arguments[1:])}
    else:
        results = {name: _run(name) for name in names or PARTS}
    print(f"\nwritten: {_write(results).relative_to(RESULTS.parent.parent)}")
    return 0


def _run(name: str) -> Any:
    print(f"\n== {name} ==", flush=True)
    return import_module(f"bench.{name}").main()


def _write(results: dict[str, Any]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    moment = datetime.now(UTC)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    shape = {"at": moment.isoformat(timespec="seconds"), **machine, "results": results}
    path = RESULTS / f"{moment:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(shape, indent=2, default=str) + "\n", encoding="utf-8")
    return path


def _make_help() -> str:
    return argparse.ArgumentParser(
        prog="python -m bench",
        usage="python -m bench [PART ...]\n       python -m bench PART [OPTION ...]",
        description="Measure quality and speed; print tables and write JSON to bench/results/.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"parts, all run by default:\n{_list(PARTS)}\n\nparts that run only by name:\n{_list(ON_REQUEST)}\n\n"
        "python -m bench PART --help describes the options of a part.",
    ).format_help()


def _list(parts: dict[str, str]) -> str:
    calls = {name: f"{name} {OPTIONS.get(name, '')}" for name in parts}
    return "\n".join(f"  {calls[name]:34} {text}" for name, text in parts.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
