"""The grouping engine: stories per second with a full window, compared with its peers; memory, restart, extremes.

`python -m bench engine`, or `python -m bench.engine --size 2000` for a small run. Speeds are per second of CPU
time, except those named `by_the_clock`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.peers import measure_peers, measure_signatures
from bench.table import print_figures
from copytaster.logs import set_up
from copytaster.store.engine import Store
from copytaster.store.installation import secret_seed
from copytaster.store.signatures import keep_recipe
from copytaster.store.tables import traces
from dedup.candidates.signature import Recipe
from dedup.candidates.window import DAY, CandidateWindow, pack_hashes
from dedup.evaluation.labelled import Document, store_documents
from dedup.grouping.grouper import Grouper
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "bulk_reuters.jsonl.gz"
PUBLISHER = "Reuters"
SIZE = 8000  # stories grouped
WINDOW = 100_000  # stories in the window when they arrive
MANY = 1_000_000
COPIES = 20_000
LONG_WORDS = 200_000
BATCH = 64
KEYS, PHRASES = 125, 110  # of a story of 490 words
FLOORS = {
    "back_fill_per_s": 3000.0,
    "live_per_s": 2000.0,
    "signatures_ratio": 8.0,
}
CEILINGS = {
    "window_bytes_per_story": 1500.0,
    "restart_s": 5.0,
    "cost_ratio": 1.3,
    "expiry_pause_ms": 50.0,
    "window_growth_pause_ms": 50.0,
    "history_growth_pause_ms": 50.0,
}


def read_texts(count: int) -> list[str]:
    """Story texts from the corpus, filled up from a generator."""
    texts: list[str] = []
    if CORPUS.exists():
        with gzip.open(CORPUS, "rt", encoding="utf-8") as file:
            texts = [json.loads(line)["text"] for line in islice(file, count)]
    return [*texts, *(invent_story(seed, 490) for seed in range(count - len(texts)))]


def read_documents(count: int) -> list[Document]:
    """`read_texts` as a crawl of an agency's own stream stores them: with its publisher."""
    return [Document(n, str(n), "", text, None, PUBLISHER) for n, text in enumerate(read_texts(count))]


def invent_story(seed: int, words: int) -> str:
    """Words by Zipf's law out of 30,000, in sentences and paragraphs."""
    chance = np.random.default_rng(seed)
    numbers = np.minimum(chance.zipf(1.2, words), 30_000)
    spelled = [f"w{number:x}" for number in numbers.tolist()]
    sentences = [" ".join(spelled[i : i + 20]).capitalize() + "." for i in range(0, words, 20)]
    return "\n\n".join(" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2))


@contextmanager
def open_store(texts: Sequence[str], filled: int, *, publisher: str = PUBLISHER) -> Iterator[Store]:
    """A store with `filled` synthetic stories in its window and `texts` waiting."""
    with TemporaryDirectory(prefix="copytaster-bench-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        now = datetime.now(UTC) - timedelta(hours=1)
        documents = [Document(n, str(n), "", text, None, publisher) for n, text in enumerate(texts)]
        try:
            with store.write() as connection:
                recipe = Recipe.of_installation(secret_seed(connection))
                recipe_id = keep_recipe(connection, recipe.digest, recipe.to_json())
                store_documents(connection, documents, arrived=now)
                rows = invent_traces(filled, recipe_id, int(now.timestamp() * 1e6))
                for part in iter(lambda: list(islice(rows, 200)), []):
                    connection.execute(traces.insert(), part)
            yield store
        finally:
            store.close()


def invent_traces(stories: int, recipe_id: int, until: int) -> Iterator[dict[str, Any]]:
    """Rows of stories that share nothing, spread over the two days before `until` (microseconds)."""
    chance = np.random.default_rng(7)
    step = 2 * DAY // max(1, stories)
    for start in range(0, stories, BATCH):
        count = min(BATCH, stories - start)
        seen = until - 2 * DAY + np.arange(start, start + count) * step
        versions = np.zeros((count, 6), dtype="<i8")
        versions[:, 0] = 10**9 + start + np.arange(count)
        versions[:, 1] = versions[:, 2] = seen
        versions[:, 3], versions[:, 4] = KEYS, PHRASES
        yield {
            "recipe_id": recipe_id,
            "day": int(seen[-1] // DAY),
            "seen_until": int(seen[-1]),
            "history_from": 1,
            "history_place": 0,
            "versions": versions.tobytes(),
            "keys": pack_hashes(chance.integers(0, 2**48, count * KEYS)),
            "phrases": pack_hashes(chance.integers(0, 2**48, count * PHRASES)),
            "paragraphs": b"",
        }


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass: stories, and seconds of CPU and clock without the first batch, which reads the window.

    In seconds: `start` until the first decision, from the rows; `saving` of the snapshot; `restart` until the first
    decision of another process, from the snapshot; `longest` of the longest batch.
    """

    stories: int
    seconds: float
    clock: float
    start: float
    saving: float
    restart: float
    longest: float
    window: CandidateWindow
    groups: int

    @property
    def per_s(self) -> float:
        """Stories per second of CPU time."""
        return self.stories / self.seconds if self.seconds else 0.0


def run_pass(store: Store, settings: GroupingSettings) -> Pass:
    """Group all waiting stories; the first batch is timed separately."""
    grouper = Grouper(store, settings)
    began = time.perf_counter()
    names = {outcome.dispatch_id for outcome in grouper.group(limit=1)}
    start = time.perf_counter() - began
    saving, again = save(grouper), restart(store)
    for outcome in grouper.group(limit=2 * settings.batch):
        names.add(outcome.dispatch_id)
    stories, batches = 0, [time.perf_counter()]
    busy = time.process_time()
    for outcome in grouper.group(on_progress=lambda _: batches.append(time.perf_counter())):
        stories += 1
        names.add(outcome.dispatch_id)
    busy = time.process_time() - busy
    longest = max((b - a for a, b in pairwise(batches)), default=0.0)
    clock = batches[-1] - batches[0]
    return Pass(stories, busy, clock, start, saving, again, longest, grouper.window, len(names))


def save(grouper: Grouper) -> float:
    """Seconds by the clock to write the snapshot, as when nothing waits."""
    began = time.perf_counter()
    with grouper.store.read() as connection:
        grouper.window.save(connection, go_on=lambda: True)
    return time.perf_counter() - began


def restart(store: Store) -> float:
    """Seconds by the clock to the first decision of a new process."""
    began = time.perf_counter()
    for _ in Grouper(store, GroupingSettings()).group(limit=1):
        pass
    return time.perf_counter() - began


def run_live(store: Store, settings: GroupingSettings) -> Pass:
    """Group at most one batch at a time, each in its own commit."""
    grouper, stories, longest = Grouper(store, settings), 0, 0.0
    names: set[str] = set()
    began = time.perf_counter()
    for _ in grouper.group(limit=1):
        start = time.perf_counter() - began
    saving, again = save(grouper), restart(store)
    busy, clock = time.process_time(), time.perf_counter()
    while True:
        began = time.perf_counter()
        found = [one.dispatch_id for one in grouper.group(limit=settings.batch)]
        if not found:
            break
        longest = max(longest, time.perf_counter() - began)
        stories += len(found)
        names.update(found)
    busy, clock = time.process_time() - busy, time.perf_counter() - clock
    return Pass(stories, busy, clock, start, saving, again, longest, grouper.window, len(names))


# --- size and extremes -----------------------------------------------------------------------------------


def measure_size(texts: Sequence[str], many: int) -> dict[str, float]:
    """Restart and cost with many and with few stories in the window; the pause when all expire."""
    with open_store(texts, many // 100) as store:
        few = run_pass(store, GroupingSettings())
    with open_store(texts, many) as store:
        full = run_pass(store, GroupingSettings())
    return {
        "stories_kept": float(many),
        "restart_s": full.restart,
        "restart_from_rows_s": full.start,
        "snapshot_s": full.saving,
        "per_s_few": few.per_s,
        "per_s_many": full.per_s,
        "cost_ratio": few.per_s / full.per_s,
        "expiry_pause_ms": 1000 * measure_expiry(full.window),
    }


def measure_expiry(memory: CandidateWindow) -> float:
    """Seconds of the longest step while the window empties, hour by hour and then at once."""
    longest, now = 0.0, time.time_ns() // 1000
    for hours in [*range(24 * 4, 24 * 10), 24 * 40]:
        started = time.perf_counter()
        memory.candidates.expire(now + hours * DAY // 24)
        longest = max(longest, time.perf_counter() - started)
    return longest


def measure_growth(memory: CandidateWindow) -> tuple[float, float]:
    """Seconds of the longest insertion into (the window, the history) until both have grown."""
    chance, longest = np.random.default_rng(9), [0.0, 0.0]
    had, row = memory.nbytes, np.zeros((1, 4), dtype=np.int64)
    row[0] = len(memory.candidates), time.time_ns() // 1000, time.time_ns() // 1000, KEYS
    while memory.nbytes < 1.2 * had:
        keys, phrases = (np.unique(chance.integers(0, 2**48, many)) for many in (KEYS, PHRASES))
        row[0, 3] = len(keys)
        began = time.perf_counter()
        memory.candidates.file(row, keys)
        filed = time.perf_counter()
        memory.phrases.add(phrases)
        counted = time.perf_counter()
        longest = [max(longest[0], filed - began), max(longest[1], counted - filed)]
    return longest[0], longest[1]


def measure_extremes(copies: int) -> dict[str, float]:
    """Two very long equal stories; and many stories that are mostly one publisher's boilerplate."""
    long, boilerplate = invent_story(1, LONG_WORDS), invent_story(2, 200)
    started = time.perf_counter()
    with open_store([long, long], 0) as store:
        run_pass(store, GroupingSettings())
        long_s = time.perf_counter() - started
    own = [" ".join(random.Random(n).choices("abcdefgh", k=12)) for n in range(copies)]
    with open_store([f"{text}\n\n{boilerplate}" for text in own], 0, publisher="House") as store:
        copied = run_pass(store, GroupingSettings())
    return {
        "two_stories_of_200000_words_s": long_s,
        "boilerplate_copies": float(copies),
        "boilerplate_per_s": copied.per_s,
        "boilerplate_longest_batch_s": copied.longest,
        "boilerplate_bytes_per_story": copied.window.nbytes / max(1, len(copied.window.candidates)),
    }


def measure(size: int) -> Iterator[dict[str, float | str]]:
    """Every figure by name, in groups as they are measured."""
    share = size / SIZE
    texts = read_texts(size)
    window, many, copies = (max(1000, int(count * share)) for count in (WINDOW, MANY, COPIES))
    run_kernels(texts)
    with open_store(texts, window) as store:
        full = run_pass(store, GroupingSettings())
    with open_store(texts[: size // 2], window) as store:
        live = run_live(store, GroupingSettings())
    chains, phrases = full.window.candidates, full.window.phrases
    sizes = chains.nbytes / max(1, len(chains)), phrases.nbytes / max(1, len(chains))
    window_pause, history_pause = measure_growth(full.window)
    yield {
        "stories": float(full.stories),
        "window": float(window),
        "back_fill_per_s": full.per_s,
        "back_fill_per_s_by_the_clock": full.stories / full.clock if full.clock else 0.0,
        "live_per_s": live.per_s,
        "live_per_s_by_the_clock": live.stories / live.clock if live.clock else 0.0,
        "minutes_for_10000_stories": 10_000 / (full.stories / full.clock) / 60,
        "window_bytes_per_story": sizes[0],
        "history_bytes_per_story": sizes[1],
        "snapshot_s": full.saving,
        "window_growth_pause_ms": 1000 * window_pause,
        "history_growth_pause_ms": 1000 * history_pause,
    }
    peers = measure_peers(texts[: min(len(texts), 1500)])
    yield peers
    yield {
        f"ratio_to_{name.removesuffix('_per_s')}": full.per_s / speed
        for name, speed in peers.items()
        if isinstance(speed, float)
    }
    yield dict(measure_signatures(texts[:1000]))
    yield dict(measure_extremes(copies))
    yield dict(measure_size(texts[: min(len(texts), 2000)], many))


def run_kernels(texts: Sequence[str]) -> None:
    """Compile the kernels before anything is timed."""
    with open_store([*texts[:40], *texts[:40]], 10, publisher="House") as store:
        run_pass(store, GroupingSettings())


def main(size: int = SIZE) -> dict[str, Any]:
    """Measure, and print each group of figures as soon as it is measured."""
    set_up("WARNING")
    figures: dict[str, Any] = {}
    for some in measure(size):
        print_figures(some, FLOORS)
        for name in CEILINGS.keys() & some.keys():
            most, value = CEILINGS[name], float(some[name])
            print(f"{name.replace('_', ' '):32} at most {most:g}: {'met' if value <= most else 'MISSED'}")
        sys.stdout.flush()
        figures |= some
    figures["load_average"] = os.getloadavg()[0]
    print_figures({"load_average": figures["load_average"]})
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help="stories grouped; the window follows")
    main(parser.parse_args().size)
