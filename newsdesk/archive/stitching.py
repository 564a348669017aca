"""The days joined: each copy's dispatch, though its founder came on another day.

A day's own task decides where its copies belong. Where it put them to a copy of an earlier day, they go where that day's task
put that copy, and so on to the one that began the dispatch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as sql

from newsdesk.archive.forest import find_roots

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def spread_over_days(copies: DataFrame, overlap: int, history_days: int) -> DataFrame:
    """Each copy once for each day (`target`) that needs it: its own, those of the window after it, and the next version's.

    Days without copy of their own are left out.
    """
    days = copies.select(sql.col("day").alias("target")).distinct()
    following = sql.lead("day").over(Window.partitionBy("identity").orderBy("number"))
    near = sql.sequence(sql.col("day"), sql.col("day") + overlap)
    far = (sql.col("following") > sql.col("day") + overlap) & (
        sql.col("following") <= sql.col("day") + history_days
    )
    targets = sql.when(far, sql.array_append(near, sql.col("following"))).otherwise(near)
    spread = copies.withColumn("following", following).withColumn("targets", targets)
    spread = spread.withColumn("target", sql.explode("targets")).drop("following", "targets")
    return spread.join(sql.broadcast(days), "target")


def in_order_of_arrival(spread: DataFrame, days: int) -> DataFrame:
    """Each day whole in one partition, sorted by arrival; only the columns that `replay` reads."""
    parted = spread.repartitionByRange(days, "target").sortWithinPartitions("target", "seen", "tie", "key")
    return parted.select("target", "day", "key", "tie", "number", "row")


def stitch(placed: DataFrame) -> DataFrame:
    """The copies of the days themselves, each with the dispatch that it belongs to (`dispatch`) and its founder (`root`)."""
    own = placed.where("own")
    founders = own.where("parent = key").select("key")
    merged = placed.where("NOT own").join(founders, "key").groupBy("key").agg(_first_of("parent", "target"))
    parents = own.where("parent != key").select("key", "parent").unionByName(merged)
    roots = find_roots(own.select("key"), parents)
    names = own.select(sql.col("key").alias("root"), sql.col("name").alias("dispatch"))
    return own.withColumnRenamed("target", "day").drop("own", "parent").join(roots, "key").join(names, "root")


def _first_of(column: str, order: str) -> Column:
    return sql.min(sql.struct(order, column)).getField(column).alias(column)
