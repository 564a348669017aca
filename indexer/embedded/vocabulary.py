"""The words that documents of an index file have: forms of a typed word, and words one slip away from it.

Read from the full-text table itself: a file of before has them too, and needs no rebuild.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from indexer.query import has_forms
from indexer.stems import find_beginning, find_stemmer, stem_word

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from indexer.query import ParsedQuery

MAX_FORMS = 24  # of one word
MAX_LANGUAGES = 6  # the most frequent in the index
MAX_SCANNED = 4000  # words that begin alike
LOOKED_UP = 400  # words a statement
_TABLE = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab (main, words, row)"


def add_forms(connection: sqlite3.Connection, parsed: ParsedQuery) -> ParsedQuery:
    """The query with the forms that its words have in the index as alternatives: election finds elections.

    Quoted words, beginnings with a `*`, names of publishers and what is excluded are taken as typed.
    """
    if not any(map(has_forms, parsed.marked)):
        return parsed
    connection.execute(_TABLE)
    stemmers = _list_stemmers(connection)
    groups = []
    for group in parsed.required:
        forms = [
            replace(term, words=(form,), languages=languages)
            for term in group
            if has_forms(term)
            for form, languages in _list_forms(connection, term.words[0], stemmers)
        ]
        groups.append(tuple(dict.fromkeys([*group, *forms])))
    return replace(parsed, required=tuple(groups))


def count_words(connection: sqlite3.Connection, words: Sequence[str]) -> dict[str, int]:
    """In how many documents each of these words is; those that are in none are left out."""
    connection.execute(_TABLE)
    found: dict[str, int] = {}
    for start in range(0, len(words), LOOKED_UP):
        some = words[start : start + LOOKED_UP]
        rows = connection.execute(
            f"SELECT term, doc FROM temp.vocabulary WHERE term IN ({','.join('?' * len(some))})",  # noqa: S608
            some,
        )
        found |= dict(rows)
    return found


def _list_stemmers(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """(language, its stemmer) of the languages that most dispatches have."""
    rows = connection.execute(
        "SELECT value FROM labels WHERE field = 'language' AND documents > 0 ORDER BY documents DESC"
    )
    known = [(language.casefold(), stemmer) for (language,) in rows if (stemmer := find_stemmer(language))]
    return [(language, stemmer) for language, stemmer in known if language.isalnum()][:MAX_LANGUAGES]


def _list_forms(
    connection: sqlite3.Connection, word: str, stemmers: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The other words of one stem with this one, and the languages in which they are."""
    begins = {stemmer: begin for _, stemmer in stemmers if (begin := find_beginning(word, stemmer))}
    if not begins:
        return
    first = min(begins.values(), key=len)
    rows = connection.execute(
        "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ? LIMIT ?",
        (first, first + "\U0010ffff", MAX_SCANNED),
    )
    stems = {stemmer: stem_word(word, stemmer) for stemmer in begins}
    count = 0
    for (other,) in rows:
        if other == word:
            continue
        same = {stemmer for stemmer, stem in stems.items() if stem_word(other, stemmer) == stem}
        if same:
            yield other, tuple(language for language, stemmer in stemmers if stemmer in same)
            count += 1
            if count == MAX_FORMS:
                return
