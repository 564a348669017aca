"""The roots of a forest, on Spark."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.xdist_group("spark")

_SCRIPT = """
import random
from newsdesk.archive.forest import find_roots
from newsdesk.archive.spark import open_spark

with open_spark("local[2]") as spark:
    for seed in range(2):
        chance = random.Random(seed)
        parents = {key: chance.randrange(max(0, key - 3), key) for key in range(1, 60) if chance.random() < 0.9}
        keys = spark.createDataFrame([(key,) for key in range(60)], "key long")
        edges = spark.createDataFrame(sorted(parents.items()), "key long, parent long")
        found = {row.key: row.root for row in find_roots(keys, edges).collect()}
        for key in range(60):
            root = key
            while root in parents:
                root = parents[root]
            assert found[key] == root, (seed, key, found[key], root)
print("all found")
"""


def test_every_key_finds_the_end_of_its_path(spark):
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], check=False, capture_output=True, text=True, timeout=300
    )

    assert done.stdout.endswith("all found\n"), done.stderr[-2000:]
