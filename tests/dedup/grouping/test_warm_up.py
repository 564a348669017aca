"""What decides is compiled before a grouper takes the store's lock: others wait thirty seconds for it and no more."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc, sys
from numba.core.registry import CPUDispatcher
from copytaster.store.engine import Store
from dedup.grouping import grouper as grouper_module
from settings import GroupingSettings
from tests.dedup import copydesk as copy
from tests.dedup.conftest import Desk

def compiled():
    gc.unfreeze()  # the warm-up leaves what is loaded out of the list
    return {one.__name__ for one in gc.get_objects() if isinstance(one, CPUDispatcher) and one.signatures}

if sys.argv[2] == "cold":
    grouper_module.warm_up = lambda: None
desk = Desk(sys.argv[1])
grouper = desk.grouper()
before = compiled()
for hours, body in enumerate([copy.FERRY, copy.cut(copy.FERRY), copy.in_house_style(copy.FERRY)] * 2):
    desk.take(body, publisher=f"Post {hours % 2}", url=f"https://post.example/{hours}", hours=hours)
desk.group(grouper)
print(" ".join(sorted(compiled() - before)))
"""


def list_compiled_late(store, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, store.url, *arguments],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_a_new_grouper_has_compiled_all_that_decides(store):
    assert list_compiled_late(store, "warm") == set()


def test_a_cold_grouper_compiles_under_the_lock(store):
    """The control."""
    assert {"_score", "_add"} <= list_compiled_late(store, "cold")
