"""What compares two texts is compiled before a grouper takes the store's lock: others wait thirty seconds and no more."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from copytaster.store.engine import Store
from dedup import grouping, measure, tiling
from settings import GroupingSettings

def compiled():
    found = {**vars(measure), **vars(tiling)}
    return {name for name, one in found.items() if getattr(one, "signatures", None)}

if sys.argv[2] == "unrehearsed":
    grouping.rehearse = lambda: None
store = Store(sys.argv[1])
grouping.Grouper(store, GroupingSettings())
print(" ".join(sorted(compiled())))
"""


def list_compiled(store, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, store.url, *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_a_new_grouper_has_compiled_what_compares(store):
    assert {"compare", "_list_traits"} <= list_compiled(store, "rehearsed")


def test_without_a_rehearsal_it_would_be_compiled_under_the_lock(store):
    """The control."""
    assert list_compiled(store, "unrehearsed") == set()
