"""The words of an index document, by the parts that `indexer.analyzer.WORDS` weighs. Every adapter indexes these."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from indexer.analyzer import MAX_NAMES, both_texts, folded_words, split_at_punctuation
from indexer.word_keys import list_keys

if TYPE_CHECKING:
    from collections.abc import Mapping


def list_words(document: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Words joined by spaces, in the order of `WORDS`: a text, or a list of texts across which no phrase may match."""
    headline = document["headline"]
    others = [both_texts(text) for text in document["headlines_all"] if text != headline]
    folded_headline, exact_headline = both_texts(headline)
    folded_body, exact_body = both_texts(document["body"])
    languages = tuple(document.get("languages") or ())
    headline_keys = list_keys("\n".join(document["headlines_all"]), languages)
    body_keys = list_keys(document["body"], languages)
    return {
        "headline": folded_headline,
        "headlines": [*(folded for folded, _ in others), *headline_keys],
        "body": [folded_body, *body_keys] if body_keys else folded_body,
        "exact_headline": exact_headline,
        "exact_headlines": [exact for _, exact in others],
        "exact_body": exact_body,
        **list_names(document),
    }


def list_names(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """The folded words of names: field of a query -> a text for each of its values."""
    listed = {
        "agency": [document.get("agency")],
        "publisher": document.get("publishers"),
        "family": document.get("families"),
        "slug": [document.get("slugline")],
        "dateline": [*(document.get("places") or ()), document.get("dateline_region")],
        "language": document.get("languages"),
        "marker": document.get("markers"),
        "state": [document.get("state")],
    }
    return {field: [_fold_name(value) for value in values or () if value] for field, values in listed.items()}


@lru_cache(maxsize=MAX_NAMES)
def _fold_name(name: str) -> str:
    return split_at_punctuation(" ".join([word.text for word in folded_words(name)]))
