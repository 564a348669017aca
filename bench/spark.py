"""A week of invented copy, grouped by the live pass and by Spark: pairs that both have, and what the job costs.

`python -m bench spark --stories 3000`. Each day has rewritten stories, pages with boilerplate and daily reports in one form,
as a day's copy shares phrases with the days before. Needs `copytaster[spark]` and Java.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench.copy.desk import write_week
from bench.copy.mixed import write_mixed
from bench.copy.piece import DAY, NOON
from bench.table import print_figures
from copytaster.logs import set_up
from copytaster.store.engine import Store
from copytaster.store.plain_rows import add_plain, read_plain
from copytaster.store.shadow import read_partition
from copytaster.values import ParsedStory
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.headline import parse_headline
from dedup.grouping.grouper import group_waiting
from newsdesk.archive.copies import make_row, read_store
from newsdesk.archive.job import read_seed
from newsdesk.archive.run import group_archive
from newsdesk.archive.spark import open_spark
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.copy.piece import Piece
    from dedup.evaluation.metrics import Pair

DAYS = 7
_MEBIBYTE = 1024


def main(arguments: Sequence[str]) -> dict[str, float]:
    """Measure and print; return the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench spark", description=__doc__)
    parser.add_argument("--stories", type=int, default=3000)
    parser.add_argument("--master", default="local[2]")
    chosen = parser.parse_args(arguments)
    set_up("WARNING")
    figures = measure(chosen.stories, chosen.master)
    print_figures(figures)
    return figures


def measure(stories: int, master: str) -> dict[str, float]:
    """Group about so many texts live and on Spark, and compare."""
    with TemporaryDirectory(prefix="copytaster-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'store.sqlite'}"
        with closing(Store(url)) as store:
            fill(store, write_days(stories))
            began = time.process_time()
            for _ in group_waiting(store, GroupingSettings()):
                pass
            live_s = time.process_time() - began
            live = name_groups(store)
        began = time.monotonic()
        with open_spark(master) as spark:
            report = group_archive(
                spark,
                Path(folder) / "out",
                read_store(url),
                inputs=["store"],
                settings=GroupingSettings(),
                seed=read_seed(url),
            )
            members = spark.read.parquet(str(report.folder / "members")).select(
                "identity", "number", "dispatch"
            )
            there = {(row.identity, row.number): row.dispatch for row in members.toLocalIterator()}
        seconds = time.monotonic() - began
        size = sum(path.stat().st_size for path in (Path(folder) / "out").rglob("*") if path.is_file())
    return {
        "texts": len(live),
        "dispatches_live": len(set(live.values())),
        "dispatches_spark": len(set(there.values())),
        "same_id": sum(there.get(name) == dispatch for name, dispatch in live.items()) / len(live),
        "pairs_alike": compare_pairs(live, there),
        "live_cpu_s": live_s,
        "spark_s": seconds,
        "bytes_a_text": size / len(live),
        "largest_task_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MEBIBYTE,
    }


def write_days(stories: int) -> list[Piece]:
    """About so many texts of seven days, in order of printing: each set is moved to its day."""
    a_day = max(6, stories // (4 * DAYS))
    pieces: list[Piece] = []
    for day in range(DAYS):
        sets = write_week(a_day, seed=day, forms=a_day // 2), write_mixed(max(1, a_day // 8), seed=day)
        pieces += [
            replace(piece, t=NOON + day * DAY + (piece.t - NOON) / 3, group=f"{day} {piece.group}")
            for one in sets
            for piece in one.pieces
        ]
    return sorted(pieces, key=lambda piece: piece.t)


def fill(store: Store, pieces: Iterable[Piece]) -> None:
    """Store texts as copy that came when it was printed."""
    rows = [
        make_row(_as_story(number, piece), datetime.fromtimestamp(piece.t, UTC))
        for number, piece in enumerate(pieces)
    ]
    for start in range(0, len(rows), 500):
        with store.write() as connection:
            add_plain(connection, rows[start : start + 500])


def _as_story(number: int, piece: Piece) -> ParsedStory:
    headline = parse_headline(piece.title)
    dateline, body = parse_dateline(piece.text)
    return ParsedStory(
        headline=headline.headline,
        markers=headline.markers,
        body=body,
        dateline=dateline,
        publisher=piece.publisher,
        url=f"https://archive.example/{number}",
        published_at=datetime.fromtimestamp(piece.t, UTC),
    )


def name_groups(store: Store) -> dict[tuple[str, int], str]:
    """(identity, number) -> dispatch of every version."""
    with store.read() as connection:
        places = read_partition(connection)
        return {
            (row["story"]["identity"], row["version"]["number"]): places[number]
            for number, row in read_plain(connection, 1, max(places) + 1)
        }


def compare_pairs(one: Mapping[Any, str], other: Mapping[Any, str]) -> float:
    """Pairs in one dispatch in both partitions, as a share of those in either."""
    here, there = _list_pairs(one), _list_pairs(other)
    return len(here & there) / max(1, len(here | there))


def _list_pairs(partition: Mapping[Any, str]) -> set[Pair]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for name, dispatch in partition.items():
        groups[dispatch].append(name)
    return {pair for members in groups.values() for pair in combinations(sorted(members), 2)}
