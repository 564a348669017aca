"""A search of an index file. Call it inside one transaction, so that page, total and facets agree."""

from __future__ import annotations

import heapq
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from indexer.analyzer import WORDS
from indexer.embedded.day_counts import count_days
from indexer.embedded.facets import count_all, count_hits, find_labels
from indexer.embedded.fts import match_any, match_required
from indexer.embedded.schema import read_secret
from indexer.embedded.vocabulary import add_forms
from indexer.embedded.writer import unpack_source
from indexer.page_cursor import After, Shown
from indexer.query import put_in_headline
from indexer.result_page import SearchPlan, cut_page, make_page, plan_search
from indexer.search import STATES, SearchPage, SearchQuery, Total

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from indexer.days import Span
    from indexer.query import ParsedQuery
    from indexer.search import Facet, FacetCount

IN_HEADLINE = 3.0  # weight of a hit that has every word in its headline
OTHER_FORM = 0.5  # weight of a form of a word beside that of the word as typed
_WEIGHTS = ", ".join(map(str, WORDS.values()))


class Found(NamedTuple):
    """A hit before its document is read; a better hit has a smaller `rank`; times in seconds since 1970."""

    rank: float
    news_at: int
    id: str
    doc: int
    published_at: int
    labels: bytes

    @property
    def score(self) -> float | None:
        """Higher is better; None without a rank."""
        return -self.rank if self.rank else None


@dataclass(frozen=True, slots=True)
class Conditions:
    """SQL conditions on `documents d` joined by AND, and their values."""

    clauses: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def sql(self) -> str:
        """The text after WHERE."""
        return " AND ".join(self.clauses) or "1"


def search_file(connection: sqlite3.Connection, query: SearchQuery) -> SearchPage:
    """One page of hits.

    Raises:
        QueryError: the text or the cursor cannot be read.
    """
    typed = plan_search(query, read_secret(connection))
    plan = replace(typed, parsed=add_forms(connection, typed.parsed))
    conditions = _list_conditions(connection, plan.parsed, query)
    if conditions == _BROWSE:
        ranked, total, facets = _browse(connection, plan)
    else:
        found = _find(connection, plan, conditions)
        if plan.by_relevance:
            found = _weigh(connection, found, plan.parsed, typed.parsed)
        ranked, total = _rank(found, plan), len(found)
        facets = count_hits(connection, query.facets, (hit.labels for hit in found))
        if _counts_days(query):
            facets["day"] = count_days((hit.published_at for hit in found), query.timezone)
        for name in query.chosen:
            if name in query.facets:
                wider = _list_conditions(connection, plan.parsed, query.drop_filter(name))
                facets |= count_hits(connection, (name,), _list_labels(connection, plan.parsed, wider))
    documents = {hit.id: _read_document(connection, hit.doc) for hit in cut_page(plan, ranked)}
    return make_page(plan, ranked, documents, total=Total(total), facets=facets)


_DOCUMENTS = "SELECT doc FROM documents WHERE id IN (SELECT value FROM json_each(?))"  # any number of ids
_BROWSE = Conditions(("d.state IN (?,?)",), ("live", "withdrawn"))


def _list_conditions(connection: sqlite3.Connection, parsed: ParsedQuery, query: SearchQuery) -> Conditions:
    states = STATES if parsed.names_state else tuple(sorted(set(query.states)))
    clauses = [f"d.state IN ({_marks(states)})"]
    values: list[Any] = [*states]
    if query.ids is not None:
        column = (
            "words.rowid" if parsed.required else "d.doc"
        )  # so that words are looked up in these documents only
        clauses.append(f"{column} IN ({_DOCUMENTS})")
        values.append(json.dumps(query.ids))
    if query.without_ids:
        clauses.append(f"d.doc NOT IN ({_DOCUMENTS})")
        values.append(json.dumps(query.without_ids))
    carried = [(field, wanted, "") for field, wanted in query.chosen.items()]
    carried += [(field, (value,), "") for field, value in parsed.carried]
    carried += [(field, (value,), "NOT ") for field, value in parsed.not_carried]
    carried += [(field, (value,), "NOT ") for field, value in query.without]
    for field, wanted, begin in carried:
        labels = find_labels(connection, field, wanted)
        clauses.append(f"{begin}d.doc IN (SELECT doc FROM carriers WHERE label IN ({_marks(labels)}))")  # noqa: S608
        values += labels
    for moment, comparison in ((query.since, ">="), (query.until, "<")):
        if moment is not None:
            clauses.append(f"d.published_at {comparison} ?")
            values.append(_ceil_seconds(moment))
    for spans, begin in ((parsed.within, ""), (parsed.without, "NOT ")):
        for span in spans:
            clauses.append(
                f"{begin}(d.published_at >= ifnull(?, d.published_at) AND (d.published_at < ? OR ? IS NULL))"
            )
            values += _span_values(span, query.timezone)
    if parsed.excluded:
        clauses.append("d.doc NOT IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(match_any(parsed.excluded))
    if parsed.required:
        clauses.append("words MATCH ?")
        values.append(match_required(parsed))
    return Conditions(tuple(clauses), tuple(values))


def _span_values(span: Span, timezone: str) -> tuple[int | None, int | None, int | None]:
    since, until = (None if end is None else _ceil_seconds(end) for end in span.bounds(timezone))
    return since, until, until


def _find(connection: sqlite3.Connection, plan: SearchPlan, conditions: Conditions) -> list[Found]:
    rank = f"bm25(words, {_WEIGHTS})" if plan.by_relevance else "0.0"
    rows = connection.execute(
        f"SELECT {rank}, d.last_changed, d.id, d.doc, d.published_at, d.labels"  # noqa: S608
        f" FROM {_tables(plan.parsed)} WHERE {conditions.sql}",
        conditions.values,
    )
    return [Found(*row) for row in rows]


def _weigh(
    connection: sqlite3.Connection, found: Sequence[Found], wide: ParsedQuery, typed: ParsedQuery
) -> list[Found]:
    """The hits ranked anew: another form of a word counts less than the typed one, all words in the headline more."""
    if wide != typed:
        rows = connection.execute(
            f"SELECT rowid, bm25(words, {_WEIGHTS}) FROM words WHERE words MATCH ?",  # noqa: S608 - our own numbers
            (match_required(typed),),
        )
        ranks = dict(rows.fetchall())
        found = [hit._replace(rank=min(ranks.get(hit.doc, 0.0), OTHER_FORM * hit.rank)) for hit in found]
    named = put_in_headline(wide)
    if named is None:
        return list(found)
    rows = connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (match_required(named),))
    whole = {doc for (doc,) in rows}
    return [hit._replace(rank=hit.rank * IN_HEADLINE) if hit.doc in whole else hit for hit in found]


def _list_labels(
    connection: sqlite3.Connection, parsed: ParsedQuery, conditions: Conditions
) -> Iterator[bytes]:
    rows = connection.execute(
        f"SELECT d.labels FROM {_tables(parsed)} WHERE {conditions.sql}",  # noqa: S608
        conditions.values,
    )
    return (labels for (labels,) in rows)


def _tables(parsed: ParsedQuery) -> str:
    return "words CROSS JOIN documents d ON d.doc = words.rowid" if parsed.required else "documents d"


def _rank(found: Sequence[Found], plan: SearchPlan) -> list[Found]:
    """The hits up to the end of the page and one more, which shows that there is a next page."""
    position = plan.position
    if isinstance(position, After):
        after = (-position.news_at, position.id)
        found = [hit for hit in found if _by_time(hit) > after]
    elif isinstance(position, Shown):
        found = [hit for hit in found if not position.has(hit.id)]
    return heapq.nsmallest(plan.end + 1, found, key=_by_rank if plan.by_relevance else _by_time)


def _by_rank(hit: Found) -> tuple[float, int, str]:
    return hit.rank, -hit.news_at, hit.id


def _by_time(hit: Found) -> tuple[int, str]:
    return -hit.news_at, hit.id


def _browse(
    connection: sqlite3.Connection, plan: SearchPlan
) -> tuple[list[Found], int, dict[Facet, tuple[FacetCount, ...]]]:
    """All documents, newest first, by the order of the file's own indexes: hits, total and facets."""
    clause, values = "", list[int | str]()
    position = plan.position
    if isinstance(position, After):
        clause = "AND d.last_changed <= ? AND (d.last_changed < ? OR d.id > ?)"
        values = [position.news_at, position.news_at, position.id]
    rows = connection.execute(
        "SELECT 0.0, d.last_changed, d.id, d.doc, d.published_at, d.labels FROM documents d INDEXED BY documents_newest"  # noqa: S608
        f" WHERE d.state IN ('live', 'withdrawn') {clause} ORDER BY d.last_changed DESC, d.id LIMIT ?",
        (*values, plan.end + 1),
    )
    ranked = [Found(*row) for row in rows]
    facets = count_all(connection, plan.query.facets)
    if _counts_days(plan.query):
        facets["day"] = count_days(_list_moments(connection), plan.query.timezone)
    return ranked, _count_documents(connection), facets


def _count_documents(connection: sqlite3.Connection) -> int:
    row = connection.execute(
        "SELECT coalesce(sum(documents), 0) FROM labels WHERE field = 'state'"
    ).fetchone()
    return int(row[0])


def _counts_days(query: SearchQuery) -> bool:
    """True where the labels, which hold days in UTC, do not do."""
    return "day" in query.facets and query.timezone != "UTC"


def _list_moments(connection: sqlite3.Connection) -> Iterator[int]:
    rows = connection.execute("SELECT published_at FROM documents WHERE state IN ('live', 'withdrawn')")
    return (moment for (moment,) in rows)


def _read_document(connection: sqlite3.Connection, doc: int) -> dict[str, Any]:
    row = connection.execute("SELECT source FROM sources WHERE doc = ?", (doc,)).fetchone()
    return unpack_source(row[0])


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def _ceil_seconds(moment: datetime) -> int:
    # documents keep whole seconds: a `since` half a second later excludes them
    return math.ceil(moment.timestamp())
