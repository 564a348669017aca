"""The roots of a forest, by doubling: each round every copy asks its parent for the parent's parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROUNDS = 40  # a path of 2^40 copies is longer than any archive


def find_roots(keys: DataFrame, parents: DataFrame) -> DataFrame:
    """(key, root) of every key.

    Args:
        keys: (key), each once.
        parents: (key, parent) of the keys that have one.
    """
    linked = parents.where(sql.col("key") != sql.col("parent")).localCheckpoint()
    for _ in range(_ROUNDS):
        above = linked.select(sql.col("key").alias("parent"), sql.col("parent").alias("above"))
        raised = linked.join(above, "parent", "left").select(
            "key",
            sql.coalesce("above", "parent").alias("parent"),
            sql.col("above").isNotNull().alias("moved"),
        )
        raised = raised.localCheckpoint()
        linked = raised.select("key", "parent")
        if raised.where("moved").isEmpty():
            break
    return keys.join(linked, "key", "left").select("key", sql.coalesce("parent", "key").alias("root"))
