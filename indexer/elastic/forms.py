"""Forms of typed words on a server without language analyzers: its term suggester names words, our stemmers choose.

The suggester knows words at most two letters away; longer endings are tried by name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from indexer.elastic.connection import quote_name
from indexer.query import has_forms
from indexer.stems import find_beginning, find_stemmer, stem_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from indexer.elastic.connection import Connection
    from indexer.query import ParsedQuery

MAX_FORMS = 12  # of one word
MAX_WORDS = 8  # of a search that get forms
MAX_LANGUAGES = 4
_PARTS = ("headline", "body")
_NEAR = 50
_EVERY = 1_000_000_000  # documents that may have a word with forms
_LONG_ENDINGS = {"english": ("ing", "ings", "ation", "ations", "ement", "ements")}
_MIN_LETTERS = 4  # the least that the suggester takes


def add_server_forms(connection: Connection, alias: str, parsed: ParsedQuery) -> ParsedQuery:
    """The query with the forms of its words as alternatives, each in its own language."""
    words = list(dict.fromkeys(term.words[0] for term in parsed.marked if has_forms(term)))[:MAX_WORDS]
    if not words:
        return parsed
    response = connection.call("POST", f"/{quote_name(alias)}/_search", _make_body(words))
    languages = [bucket["key"] for bucket in response["aggregations"]["languages"]["buckets"]]
    stemmers = [(one.casefold(), stemmer) for one in languages if (stemmer := find_stemmer(one))]
    forms = {word: dict(_choose(word, _list_near(response, word), stemmers)) for word in words}
    groups = []
    for group in parsed.required:
        more = [
            replace(term, words=(form,), typed=form, languages=found)
            for term in group
            if has_forms(term)
            for form, found in list(forms.get(term.words[0], {}).items())[:MAX_FORMS]
        ]
        groups.append(tuple(dict.fromkeys([*group, *more])))
    return replace(parsed, required=tuple(groups))


def _make_body(words: Sequence[str]) -> dict[str, Any]:
    suggested = [word for word in words if len(word) >= _MIN_LETTERS]
    return {
        "size": 0,
        "suggest": {
            f"{word}.{part}": {"text": word, "term": _make_term(word, part)}
            for word in suggested
            for part in _PARTS
        },
        "aggs": {"languages": {"terms": {"field": "languages", "size": MAX_LANGUAGES}}},
    }


def _make_term(word: str, part: str) -> dict[str, Any]:
    return {
        "field": f"words.{part}",
        "analyzer": "whitespace",
        "suggest_mode": "always",
        "max_edits": 2,
        "prefix_length": min(3, len(word) - 1),
        "min_word_length": _MIN_LETTERS,
        "max_term_freq": _EVERY,
        "size": _NEAR,
        "sort": "frequency",
    }


def _list_near(response: Mapping[str, Any], word: str) -> Iterator[str]:
    suggested = response.get("suggest", {})
    for part in _PARTS:
        for one in suggested.get(f"{word}.{part}", ()):
            yield from (str(option["text"]) for option in one["options"])


def _choose(
    word: str, near: Iterator[str], stemmers: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words of one stem with this one, and the languages in which they are."""
    begins = {stemmer: begin for _, stemmer in stemmers if (begin := find_beginning(word, stemmer))}
    tried = {begin + ending for stemmer, begin in begins.items() for ending in _LONG_ENDINGS.get(stemmer, ())}
    tried |= {word + ending for stemmer in begins for ending in _LONG_ENDINGS.get(stemmer, ())}
    tried |= {
        stem_word(word, stemmer) + ending
        for stemmer in begins
        for ending in ("", *_LONG_ENDINGS.get(stemmer, ()))
    }
    for other in dict.fromkeys([*near, *sorted(tried)]):
        same = {one for one in begins if other != word and stem_word(other, one) == stem_word(word, one)}
        if same:
            yield other, tuple(language for language, stemmer in stemmers if stemmer in same)
