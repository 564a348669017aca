"""The words of a server's index that are one slip away from typed ones: its term suggester, which every distribution has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indexer.elastic.connection import quote_name
from indexer.word_slips import MIN_LETTERS, is_slip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexer.elastic.connection import Connection

_PARTS = ("headline", "headlines", "body")
_NEAR = 20  # words of each part
_EVERY = 1_000_000_000  # documents with a word that may be a slip all the same


def find_near_words(connection: Connection, alias: str, words: Sequence[str]) -> dict[str, dict[str, int]]:
    """Each word -> the near ones and itself -> the documents that have it, in the part that has it most."""
    asked = [word for word in words if len(word) >= MIN_LETTERS and word.isalpha()]
    if not asked:
        return {word: {} for word in words}
    body = {
        "size": 0,
        "suggest": {
            f"{number}-{part}": {"text": word, "term": _make_term(part)}
            for number, word in enumerate(asked)
            for part in _PARTS
        },
        "aggs": {
            str(number): {
                "filter": {"multi_match": {"query": word, "fields": [f"words.{part}" for part in _PARTS]}}
            }
            for number, word in enumerate(asked)
        },
    }
    response = connection.call("POST", f"/{quote_name(alias)}/_search", body)
    found: dict[str, dict[str, int]] = {word: {} for word in words}
    for number, word in enumerate(asked):
        for part in _PARTS:
            for one in response["suggest"][f"{number}-{part}"]:
                _note(found[word], word, one["options"])
        if count := response["aggregations"][str(number)]["doc_count"]:
            found[word][word] = count
    return found


def _make_term(part: str) -> dict[str, Any]:
    return {
        "field": f"words.{part}",
        "analyzer": "whitespace",
        "suggest_mode": "always",
        "max_edits": 1,
        "prefix_length": 0,
        "min_word_length": MIN_LETTERS,
        "string_distance": "damerau_levenshtein",
        "max_term_freq": _EVERY,
        "size": _NEAR,
        "sort": "frequency",
    }


def _note(counts: dict[str, int], word: str, options: Sequence[Mapping[str, Any]]) -> None:
    for option in options:
        if is_slip(word, option["text"]):
            counts[option["text"]] = max(counts.get(option["text"], 0), int(option["freq"]))
