"""Answering a search out of an index file. Call inside one transaction, so that page, total and facets agree."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from indexer.analyzer import WORDS
from indexer.embedded.day_counts import count_days
from indexer.embedded.facets import count_all, count_hits, find_labels
from indexer.embedded.fts import match_any, match_required
from indexer.embedded.schema import read_secret
from indexer.embedded.writer import read_source
from indexer.highlight import find_spans, make_excerpt, mark_text
from indexer.page_cursor import After, Shown, fingerprint, read_cursor, write_cursor
from indexer.query import read_query
from indexer.search import MAX_DEPTH, STATES, SearchHit, SearchPage, SearchQuery, Total

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from indexer.query import ParsedQuery, Term

_WEIGHTS = ", ".join(map(str, WORDS.values()))


class Found(NamedTuple):
    """A hit before its document is read; `rank` is smaller where it is better."""

    rank: float
    last_changed: int
    id: str
    doc: int
    published_at: int
    labels: bytes


@dataclass(frozen=True, slots=True)
class Conditions:
    """SQL conditions on `documents d` joined by AND, and their values."""

    clauses: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def sql(self) -> str:
        """The WHERE part."""
        return " AND ".join(self.clauses) or "1"


def search_documents(connection: sqlite3.Connection, query: SearchQuery) -> SearchPage:
    """One page of hits.

    Raises:
        QueryError: the text or the cursor cannot be read.
    """
    parsed = read_query(query)
    secret = read_secret(connection)
    position = read_cursor(query.cursor, query, secret) if query.cursor else None
    by_relevance = query.sort == "relevance" and bool(parsed.required)
    conditions = _read_conditions(connection, parsed, query)
    if conditions == _BROWSE:
        total, facets = _count_all(connection), count_all(connection, query.facets)
        moments = _moments(connection) if _counts_days(query) else iter(())
        ranked = _browse(connection, query, position)
    else:
        found = _find(connection, parsed, conditions, by_relevance=by_relevance)
        total, facets = len(found), count_hits(connection, query.facets, (hit.labels for hit in found))
        moments = (hit.published_at for hit in found)
        ranked = _rank(found, query, position, by_relevance=by_relevance)
    if _counts_days(query):
        facets["day"] = count_days(moments, query.timezone)
    reached = query.offset + query.limit
    following = (
        _next_position(ranked[:reached], position, by_relevance=by_relevance)
        if len(ranked) > reached
        else None
    )
    return SearchPage(
        hits=tuple(_read_hit(connection, hit, parsed, query) for hit in ranked[query.offset : reached]),
        total=Total(total),
        facets=facets,
        next=write_cursor(following, query, secret) if following else None,
    )


_BROWSE = Conditions(("d.state IN (?,?)",), ("live", "withdrawn"))


def _read_conditions(connection: sqlite3.Connection, parsed: ParsedQuery, query: SearchQuery) -> Conditions:
    states = STATES if parsed.names_state else tuple(sorted(set(query.states)))
    clauses = [f"d.state IN ({_marks(states)})"]
    values: list[Any] = [*states]
    filters = {
        "agency": query.agencies,
        "publisher": query.publishers,
        "family": query.families,
        "language": query.languages,
        "marker": query.markers,
    }
    for field, wanted in filters.items():
        if wanted:
            labels = find_labels(connection, field, wanted)
            clauses.append(f"d.doc IN (SELECT doc FROM carriers WHERE label IN ({_marks(labels)}))")  # noqa: S608
            values += labels
    for moment, comparison in ((query.since, ">="), (query.until, "<")):
        if moment is not None:
            clauses.append(f"d.published_at {comparison} ?")
            values.append(_seconds(moment))
    for spans, begin in ((parsed.within, ""), (parsed.without, "NOT ")):
        for span in spans:
            since, until = (moment and _seconds(moment) for moment in span.bounds(query.timezone))
            clauses.append(
                f"{begin}(d.published_at >= ifnull(?, d.published_at) AND (d.published_at < ? OR ? IS NULL))"
            )
            values += [since, until, until]
    if parsed.excluded:
        clauses.append("d.doc NOT IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(match_any(parsed.excluded))
    if parsed.required:
        clauses.append("words MATCH ?")
        values.append(match_required(parsed))
    return Conditions(tuple(clauses), tuple(values))


def _find(
    connection: sqlite3.Connection, parsed: ParsedQuery, conditions: Conditions, *, by_relevance: bool
) -> list[Found]:
    rank = f"bm25(words, {_WEIGHTS})" if by_relevance else "0.0"
    tables = "words CROSS JOIN documents d ON d.doc = words.rowid" if parsed.required else "documents d"
    rows = connection.execute(
        f"SELECT {rank}, d.last_changed, d.id, d.doc, d.published_at, d.labels FROM {tables} WHERE {conditions.sql}",  # noqa: S608
        conditions.values,
    )
    return [Found(*row) for row in rows]


def _rank(
    found: Sequence[Found], query: SearchQuery, position: After | Shown | None, *, by_relevance: bool
) -> list[Found]:
    """The hits up to the end of the page and one more, which says that there is a next page."""
    if isinstance(position, After):
        after = (-position.last_changed, position.id)
        found = [hit for hit in found if _by_time(hit) > after]
    elif isinstance(position, Shown):
        found = [hit for hit in found if not position.has(hit.id)]
    return heapq.nsmallest(query.offset + query.limit + 1, found, key=_by_rank if by_relevance else _by_time)


def _by_rank(hit: Found) -> tuple[float, int, str]:
    return hit.rank, -hit.last_changed, hit.id


def _by_time(hit: Found) -> tuple[int, str]:
    return -hit.last_changed, hit.id


def _browse(
    connection: sqlite3.Connection, query: SearchQuery, position: After | Shown | None
) -> list[Found]:
    """All documents, newest first, out of the order they are kept in."""
    clause, values = "", list[int | str]()
    if isinstance(position, After):
        clause = "AND d.last_changed <= ? AND (d.last_changed < ? OR d.id > ?)"
        values = [position.last_changed, position.last_changed, position.id]
    rows = connection.execute(
        "SELECT 0.0, d.last_changed, d.id, d.doc, d.published_at, d.labels FROM documents d INDEXED BY documents_newest"  # noqa: S608
        f" WHERE d.state IN ('live', 'withdrawn') {clause} ORDER BY d.last_changed DESC, d.id LIMIT ?",
        (*values, query.offset + query.limit + 1),
    )
    return [Found(*row) for row in rows]


def _count_all(connection: sqlite3.Connection) -> int:
    return int(
        connection.execute("SELECT coalesce(sum(documents), 0) FROM labels WHERE field = 'state'").fetchone()[
            0
        ]
    )


def _counts_days(query: SearchQuery) -> bool:
    return "day" in query.facets and query.timezone != "UTC"


def _moments(connection: sqlite3.Connection) -> Iterator[int]:
    rows = connection.execute("SELECT published_at FROM documents WHERE state IN ('live', 'withdrawn')")
    return (moment for (moment,) in rows)


def _next_position(
    shown: Sequence[Found], position: After | Shown | None, *, by_relevance: bool
) -> After | Shown | None:
    if not by_relevance:
        return After(shown[-1].last_changed, shown[-1].id)
    before = position.fingerprints if isinstance(position, Shown) else frozenset()
    fingerprints = before | {fingerprint(hit.id) for hit in shown}
    return Shown(fingerprints) if len(fingerprints) < MAX_DEPTH else None


def _read_hit(
    connection: sqlite3.Connection, hit: Found, parsed: ParsedQuery, query: SearchQuery
) -> SearchHit:
    row = connection.execute("SELECT source FROM sources WHERE doc = ?", (hit.doc,)).fetchone()
    document = read_source(row[0])
    headline, body = document["headline"], document["body"]
    marked = parsed.marked if query.highlight else ()
    in_body = find_spans(body, _terms_for(marked, "body"))
    return SearchHit(
        id=hit.id,
        document=document,
        headline=mark_text(headline, find_spans(headline, _terms_for(marked, "headline"))),
        excerpt=make_excerpt(body, in_body),
        score=-hit.rank if hit.rank else None,
    )


def _terms_for(terms: Sequence[Term], place: str) -> list[Term]:
    return [term for term in terms if term.field in {None, place}]


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def _seconds(moment: datetime) -> int:
    return math.ceil(
        moment.timestamp()
    )  # documents are kept to the second: `since` half a second later leaves it out
