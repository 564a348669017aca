"""`python -m bench search`: does a search find what an editor looks for? Known items, with slips and in other forms.

Each item is a real story that is looked for by two words of its headline: the two that fewest other headlines have, in the
order of the headline. It counts as found if it is among the first five. The looked-at half is the earlier one by time, the
unseen half the later one. A search is made as the page makes it: where no dispatch has a word, the word it was a slip of.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.table import print_figures
from indexer.analyzer import folded_words
from indexer.embedded import EmbeddedIndex
from indexer.helped_search import search_helped
from indexer.port import IndexAction
from indexer.search import SearchQuery
from indexer.serialise import serialise
from indexer.stems import stem_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from indexer.port import SearchIndex

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "bulk_reuters.jsonl.gz"
STORIES = 8_000
ITEMS = 500  # of each half
FIRST = 5  # hits that an editor reads
TARGETS = {"two words of the headline": 0.97, "one slip in a word": 0.92, "another form of a word": 0.92}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Item:
    """A story, and the two words of its headline by which it is looked for."""

    id: str
    words: tuple[str, str]


def main(options: Sequence[str] = ()) -> dict[str, Any]:
    """The shares found, of each engine and half; a server's are skipped, with the reason, if none can be started."""
    parser = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    parser.add_argument("--stories", type=int, default=STORIES, help=f"in the index ({STORIES})")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"looked for in each half ({ITEMS})")
    parser.add_argument("--embedded", action="store_true", help="leave the server out")
    chosen = parser.parse_args(list(options))
    if not CORPUS.exists():
        print("SKIPPED: every figure of search: no stories beside this checkout", file=sys.stderr)
        return {"skipped": "no stories beside this checkout"}
    documents = list(read_documents(chosen.stories))
    halves = choose_items(documents, chosen.items)
    results: dict[str, Any] = {}
    with ExitStack() as ends:
        for name, start in _list_engines(ends, with_server=not chosen.embedded):
            try:
                index = start()
            except _impossible() as error:
                print(f"SKIPPED: every figure of search on {name}: {error}", file=sys.stderr)
                results[name] = {"skipped": str(error)}
                continue
            index.write([_make_action(number, one) for number, one in enumerate(documents, start=1)])
            results[name] = measure(index, halves)
            print(f"\n-- {name}: share found among the first {FIRST} --", flush=True)
            print_figures(results[name], {f"{kind}, unseen half": target for kind, target in TARGETS.items()})
    return results


def read_documents(count: int) -> Iterator[dict[str, Any]]:
    """The first stories as index documents, a minute apart, in order of time."""
    begun = datetime(2006, 10, 1, tzinfo=UTC)
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for number, line in zip(range(count), lines, strict=False):
            story = json.loads(line)
            moment = (begun + timedelta(minutes=number)).isoformat()
            yield {
                "dispatch_id": f"d{number}", "rev": 1, "state": "live", "headline": story["title"], "headlines_all": [story["title"]],
                "body": story["text"], "agency": "Reuters", "publishers": ["Reuters"], "languages": ["en"], "language": "en",
                "markers": [], "members": [], "@timestamp": moment, "last_changed": moment, "news_at": moment, "first_seen": moment,
            }  # fmt: skip


def choose_items(documents: Sequence[dict[str, Any]], count: int) -> dict[str, list[Item]]:
    """The items of the looked-at and of the unseen half."""
    headlines = [_list_words(one["headline"]) for one in documents]
    spread = Counter(word for words in headlines for word in set(words))
    items = []
    for document, words in zip(documents, headlines, strict=True):
        rare = sorted(set(words), key=lambda word: (spread[word], words.index(word)))[:2]
        if len(rare) == len(("one", "other")):
            first, second = sorted(rare, key=words.index)
            items.append(Item(document["dispatch_id"], (first, second)))
    middle = len(items) // 2
    draw = random.Random(5)
    parts = {"looked-at half": items[:middle], "unseen half": items[middle:]}
    return {half: draw.sample(part, min(count, len(part))) for half, part in parts.items()}


def measure(index: SearchIndex, halves: dict[str, list[Item]]) -> dict[str, float]:
    """(kind of search, half) -> the share found among the first five."""
    ways: dict[str, Callable[[Item, random.Random], str | None]] = {
        "two words of the headline": lambda item, _: " ".join(item.words),
        "one slip in a word": _slip_in,
        "another form of a word": _inflect,
    }
    figures = {}
    for kind, write in ways.items():
        for half, items in halves.items():
            draw = random.Random(11)
            typed = [(item, text) for item in items if (text := write(item, draw))]
            found = sum(_finds(index, item, text) for item, text in typed)
            figures[f"{kind}, {half}"] = found / max(1, len(typed))
            figures[f"{kind}, {half}, searches"] = float(len(typed))
    return figures


def _finds(index: SearchIndex, item: Item, text: str) -> bool:
    found = search_helped(index, SearchQuery(text, limit=FIRST))
    return item.id in {hit.id for hit in found.page.hits}


def _slip_in(item: Item, draw: random.Random) -> str | None:
    """The two words with a slip in the longer one: a letter left out, added, exchanged, or two turned round."""
    word = max(item.words, key=len)
    at = draw.randrange(1, len(word) - 1)
    letter = draw.choice(_LETTERS)
    slipped = draw.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        )
    )
    return None if slipped == word else " ".join(slipped if one == word else one for one in item.words)


def _inflect(item: Item, draw: random.Random) -> str | None:
    """The two words, one of them in another form: with or without the s of a plural or verb, or with -ed or -ing."""
    for word in sorted(item.words, key=len, reverse=True):
        forms = (
            [word[:-1]]
            if word.endswith("s") and not word.endswith("ss")
            else [f"{word}s", f"{word}ed", f"{word}ing"]
        )
        same = [form for form in forms if stem_word(form, "english") == stem_word(word, "english")]
        if same:
            form = draw.choice(same)
            return " ".join(form if one == word else one for one in item.words)
    return None


def _list_words(headline: str) -> list[str]:
    """The words of a headline that an editor would type: of letters, four or more."""
    return [word.text for word in folded_words(headline) if re.fullmatch(r"[a-z]{4,}", word.text)]


def _make_action(number: int, document: dict[str, Any]) -> IndexAction:
    return IndexAction(document["dispatch_id"], number, serialise(document), content=document)


def _list_engines(ends: ExitStack, *, with_server: bool) -> Iterator[tuple[str, Callable[[], SearchIndex]]]:
    def open_embedded() -> SearchIndex:
        folder = ends.enter_context(tempfile.TemporaryDirectory())
        index = EmbeddedIndex(Path(folder) / "index.sqlite")
        index.setup()
        ends.callback(index.close)
        return index

    def open_server() -> SearchIndex:
        run = import_module("bench.index.run")
        index: SearchIndex = run._open(run._start(ends))  # noqa: SLF001 - the same bench
        ends.callback(index.close)
        return index

    yield "embedded", open_embedded
    if with_server:
        yield "elasticsearch", open_server


def _impossible() -> type[Exception]:
    error: type[Exception] = import_module("tests.servers").ImpossibleError
    return error
