"""What a search asks and what it returns: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args
from zoneinfo import available_timezones

from copytaster.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


Facet = Literal["agency", "publisher", "family", "language", "marker", "day"]


Sort = Literal["relevance", "newest"]


State = Literal["live", "withdrawn", "merged"]


FACETS: tuple[Facet, ...] = get_args(Facet)


SHOWN: tuple[State, ...] = ("live", "withdrawn")  # unless a search says otherwise


MAX_PAGE = 100  # hits a page


MAX_DEPTH = 1000  # hits that can be reached by relevance or by page number


MAX_FACET_VALUES = 100  # the most frequent; days: the latest


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One search. Values within a filter are alternatives; filters narrow each other; all are exact.

    Attributes:
        text: in the query language of `indexer.query`; empty finds all.
        fields: (field, words in the same language, to be found there); all of them, beside the text.
        states: dispatches in these; where the text itself says `state:`, that counts alone.
        since, until: on `published_at`; from `since` on, before `until`.
        sort: by relevance, or newest news first (`last_changed`); without text always newest.
        limit: 1..100 hits.
        offset: for numbered pages; offset + limit <= 1,000. Not together with a cursor.
        cursor: `SearchPage.next` of the page before. No hit comes twice, whatever is written meanwhile.
        facets: which to count, over all hits.
        timezone: IANA name of the zone in which days are counted.
        highlight: mark what was found; without it headline and excerpt come unmarked.

    Raises:
        UsageError: a value is out of its bounds.
    """

    text: str = ""
    fields: tuple[tuple[Field, str], ...] = ()
    agencies: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    states: tuple[State, ...] = SHOWN
    since: datetime | None = None
    until: datetime | None = None
    sort: Sort = "relevance"
    limit: int = 20
    offset: int = 0
    cursor: str | None = None
    facets: tuple[Facet, ...] = ()
    timezone: str = "UTC"
    highlight: bool = True

    def __post_init__(self) -> None:
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


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text, not escaped; `marked` where it was searched for."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A dispatch that was found.

    Attributes:
        document: the index document (see `indexer.document`).
        headline: the document's headline in segments.
        excerpt: where the body speaks of what was searched for, or its lead, in segments.
        score: higher is better, comparable within one answer only; None when not sorted by relevance.
    """

    id: str
    document: Mapping[str, Any]
    headline: tuple[Segment, ...]
    excerpt: tuple[Segment, ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How many dispatches were found: `eq` exactly, `gte` at least so many."""

    value: int
    relation: Literal["eq", "gte"] = "eq"


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the hits carry a value; a day is `2026-11-20`, of `published_at` in the query's zone."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of hits; `next` is the cursor of the page after it, None on the last."""

    hits: tuple[SearchHit, ...]
    total: Total
    facets: Mapping[Facet, tuple[FacetCount, ...]] = field(default_factory=dict)
    next: str | None = None


Field = Literal[
    "headline", "body", "slug", "dateline", "agency", "publisher", "family", "language", "marker", "state"
]
