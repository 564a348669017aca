"""What a search asks for and what it returns: values only. Building pages out of hits is `indexer.result_page`'s work."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args
from zoneinfo import available_timezones

from copytaster.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Filter = Literal["agency", "publisher", "family", "language", "marker", "relation", "kind"]
Facet = Literal["agency", "publisher", "family", "language", "marker", "relation", "kind", "day"]
Field = Literal[
    "headline", "body", "slug", "dateline", "agency", "publisher", "family", "language", "marker", "state"
]
Relation = Literal["retold", "translated", "retelling", "translation", "altered"]
Sort = Literal["relevance", "newest"]
State = Literal["live", "withdrawn", "merged"]

FACETS: tuple[Facet, ...] = get_args(Facet)
FILTERS: tuple[Filter, ...] = get_args(Filter)
RELATIONS: tuple[Relation, ...] = get_args(Relation)
STATES: tuple[State, ...] = get_args(State)
SHOWN: tuple[State, ...] = ("live", "withdrawn")  # unless a search says otherwise
MAX_PAGE = 100  # hits a page
MAX_VALUES = 32  # of one filter
MAX_VALUE_LENGTH = 512  # characters
MAX_IDS = 10_000  # of dispatches to choose from, or to leave out
MAX_DEPTH = 1000  # hits that a reader reaches by relevance or by page number
MAX_FACET_VALUES = 100  # the most frequent; of days the latest


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One search. Values within a filter are alternatives; filters narrow each other; every value matches exactly.

    A facet is counted over what the other filters leave, so that its counts say what each further choice would bring.

    Attributes:
        text: in the query language of `indexer.query`; an empty text finds all.
        fields: (field, words in the same language to find in it); all of them must match, as must the text.
        ids: dispatches to choose from; None: all.
        without_ids: dispatches that are no hits.
        without: (filter, value) that no hit may have.
        states: the states to find; a `state:` in the text overrides them.
        since, until: bounds of `@timestamp` (published, or else first seen), the first included, the second not.
        sort: by relevance, or newest news first (`news_at`); without text always newest.
        limit: 1 to 100 hits.
        offset: for numbered pages; offset + limit <= 1,000. Excludes a cursor.
        cursor: `SearchPage.next` of the page before. No hit comes twice, whatever writers do between two pages.
        facets: which to count, each over the hits that it would have if its own filter chose nothing.
        moving: the bounds as typed where they go along with the clock; then a cursor is bound to these, not to the moments.
        timezone: IANA name of the zone in which days are counted.
        highlight: mark the words found; False leaves headline and excerpt unmarked.

    Raises:
        UsageError: a value is out of its bounds.
    """

    text: str = ""
    fields: tuple[tuple[Field, str], ...] = ()
    ids: tuple[str, ...] | None = None
    without_ids: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    without: tuple[tuple[Filter, str], ...] = ()
    states: tuple[State, ...] = SHOWN
    since: datetime | None = None
    until: datetime | None = None
    sort: Sort = "relevance"
    limit: int = 20
    offset: int = 0
    cursor: str | None = None
    facets: tuple[Facet, ...] = ()
    moving: str = ""
    timezone: str = "UTC"
    highlight: bool = True

    def __post_init__(self) -> None:
        self._check_filters()
        if max(len(self.ids or ()), len(self.without_ids)) > MAX_IDS:
            raise UsageError("too many dispatches to choose from", resource="ids", hint=f"at most {MAX_IDS}")
        if not 1 <= self.limit <= MAX_PAGE:
            raise UsageError(f"{self.limit} hits a page", resource="limit", hint=f"1 to {MAX_PAGE}")
        if self.offset < 0 or self.offset + self.limit > MAX_DEPTH:
            raise UsageError(
                f"hit {self.offset + self.limit} is out of reach",
                resource="offset",
                hint=f"offset and limit together reach {MAX_DEPTH} hits; narrow the search or follow the cursor",
            )
        if self.offset and self.cursor:
            raise UsageError("offset and cursor exclude each other", resource="cursor")
        if any(moment is not None and moment.tzinfo is None for moment in (self.since, self.until)):
            raise UsageError("a time without a zone", resource="since, until")
        if self.timezone != "UTC" and self.timezone not in available_timezones():
            raise UsageError(
                f"no time zone {self.timezone!r}", resource="timezone", hint="e.g. Europe/Berlin"
            )

    @property
    def chosen(self) -> dict[Filter, tuple[str, ...]]:
        """The values of each filter that has any."""
        filters: dict[Filter, tuple[str, ...]] = {
            "agency": self.agencies,
            "publisher": self.publishers,
            "family": self.families,
            "language": self.languages,
            "marker": self.markers,
            "relation": self.relations,
            "kind": self.kinds,
        }
        return {name: values for name, values in filters.items() if values}

    def drop_filter(self, name: Filter) -> SearchQuery:
        """The same search without the values chosen in one filter; what it excludes stays excluded."""
        none: dict[str, Any] = {{"agency": "agencies", "family": "families"}.get(name, f"{name}s"): ()}
        return replace(self, **none)

    def _check_filters(self) -> None:
        filters: dict[str, tuple[str, ...]] = {
            **{str(name): values for name, values in self.chosen.items()},
            "state": self.states,
            "without": tuple(value for _, value in self.without),
        }
        for name, values in filters.items():
            if len(values) > MAX_VALUES:
                raise UsageError(f"{len(values)} values", resource=name, hint=f"at most {MAX_VALUES}")
            if any(len(value) > MAX_VALUE_LENGTH for value in values):
                raise UsageError(
                    "a value is too long", resource=name, hint=f"at most {MAX_VALUE_LENGTH} characters"
                )


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text, not escaped; `marked` where it matched the search."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One dispatch found.

    Attributes:
        document: the index document (see `indexer.document`).
        headline: the document's headline in segments.
        excerpt: the part of the body with the most matches, or its beginning, in segments.
        score: higher is better, comparable within one page only; None when not sorted by relevance.
    """

    id: str
    document: Mapping[str, Any]
    headline: tuple[Segment, ...]
    excerpt: tuple[Segment, ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How many dispatches match: `eq` exactly, `gte` at least so many."""

    value: int
    relation: Literal["eq", "gte"] = "eq"


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the hits carry a value; a day is `2026-11-20`, of `@timestamp` in the query's zone."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of hits; `next` is the cursor of the page after it, None on the last."""

    hits: tuple[SearchHit, ...]
    total: Total
    facets: Mapping[Facet, tuple[FacetCount, ...]] = field(default_factory=dict)
    next: str | None = None


def read_exclusion(text: str) -> tuple[Filter, str]:
    """A filter and the value that no hit may have, written `publisher:Gulf Ledger`.

    Raises:
        UsageError: it names no filter, or no value.
    """
    name, colon, value = text.partition(":")
    found = next((one for one in FILTERS if one == name), None)
    if found is None or not value:
        hint = nearest(name, FILTERS) if colon and value else "e.g. publisher:Gulf Ledger"
        raise UsageError(f"no filter in {text[:80]!r}", resource="without", hint=hint)
    return found, value
