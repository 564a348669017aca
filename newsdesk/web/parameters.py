"""The query parameters of the search page and of the API, and the search that they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator

from indexer.search import (
    FACETS,
    FILTERS,
    MAX_DEPTH,
    MAX_PAGE,
    SHOWN,
    Filter,
    SearchQuery,
    Sort,
    State,
    read_exclusion,
)
from newsdesk.operations.bounds import moves, read_bound
from newsdesk.operations.preferences import Density

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from indexer.search import Field as SearchField

PAGE_SIZE = 40  # dispatches on a page of the list
API_PAGE_SIZE = 20  # unless the caller chooses
MAX_CHOICES = 16  # of marks
MAX_QUERY = 8_000  # characters: a pasted lead is a search too
MAX_ADDRESS = 4096  # characters

SEARCH_FIELDS: tuple[SearchField, ...] = ("headline", "body", "slug", "dateline")

COMPLETENESS = "Up to which moment the dispatches are complete, with the holes; as in /completeness; null if the store is away."


class SearchParameters(BaseModel):
    """What the page and the API have in common: words, filters, times and order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = ""
    agency: list[str] | None = Field(None, description="Agency that wrote it. Repeat for several.")
    publisher: list[str] | None = Field(None, description="Publisher that carries it. Repeat for several.")
    family: list[str] | None = Field(
        None, description="Owner of a publisher that carries it. Repeat for several."
    )
    language: list[str] | None = Field(
        None, description="Language of a copy, such as de. Repeat for several."
    )
    marker: list[str] | None = Field(None, description="Kind of marker, such as corrected.")
    relation: list[str] | None = Field(
        None, description="retold, translated (elsewhere); retelling, translation (of another dispatch)."
    )
    kind: list[str] | None = Field(
        None, description="Kind of copy, such as correction, press-release, obituary. Repeat for several."
    )
    since: str = Field("", description="From this day or moment on, or since so long ago: 24h, 7d, today.")
    until: str = Field("", description="To the end of this day, or before this moment; 24h is 24 hours ago.")
    without: list[str] | None = Field(
        None,
        description="filter:value that no hit may have, such as publisher:Gulf Ledger. Repeat for several.",
    )
    mark: list[str] | None = Field(
        None,
        max_length=MAX_CHOICES,
        description="Marked seen, saved, used or spiked by you; by others as used:anyone or used:Ada. Repeat for several.",
    )
    unmarked: list[str] | None = Field(
        None, max_length=MAX_CHOICES, description="Without such a mark, e.g. seen: what you have not seen."
    )
    sort: Sort | None = Field(
        None, description="relevance or newest. Without it: relevance if there are words, else newest."
    )

    def chosen(self, name: Filter) -> tuple[str, ...]:
        """The values of one filter."""
        return tuple(getattr(self, name) or ())

    @property
    def order(self) -> Sort:
        """The order asked for; the best match first if there are words and none was."""
        return self.sort or ("relevance" if self._has_words else "newest")

    @property
    def moves(self) -> bool:
        """True where other dispatches match as time goes by, or once somebody sets a mark."""
        return bool(self.mark or self.unmarked) or moves(self.since) or moves(self.until)

    @property
    def _has_words(self) -> bool:
        return bool(self.q.strip())

    @property
    def excluded(self) -> tuple[tuple[Filter, str], ...]:
        """(filter, value) of each value in `without`.

        Raises:
            UsageError: a value names no filter.
        """
        return tuple(read_exclusion(text) for text in self.without or ())

    def _build_query(self, zone: ZoneInfo, **rest: Any) -> SearchQuery:
        return SearchQuery(
            text=self.q,
            agencies=self.chosen("agency"),
            publishers=self.chosen("publisher"),
            families=self.chosen("family"),
            languages=self.chosen("language"),
            markers=self.chosen("marker"),
            relations=self.chosen("relation"),
            kinds=self.chosen("kind"),
            without=self.excluded,
            since=read_bound("since", self.since, zone),
            until=read_bound("until", self.until, zone, end=True),
            sort=self.order,
            timezone=zone.key,
            moving=f"{self.since}..{self.until}" if moves(self.since) or moves(self.until) else "",
            **rest,
        )


class ListParameters(SearchParameters):
    """Parameters of `GET /api/v1/dispatches`."""

    q: str = Field(
        "",
        max_length=MAX_QUERY,
        description='Words. "quoted" is an exact phrase, -word excludes, field:word searches one field.',
    )
    headline: str = Field("", max_length=MAX_QUERY, description="Words, as in q, of a headline.")
    body: str = Field("", max_length=MAX_QUERY, description="Words, as in q, of the body.")
    slug: str = Field("", max_length=MAX_QUERY, description="Words of the slug line.")
    dateline: str = Field("", max_length=MAX_QUERY, description="Words of the dateline's places.")
    state: list[State] | None = Field(
        None, description="State of the dispatch. Without it: live and withdrawn."
    )
    limit: int = Field(API_PAGE_SIZE, ge=1, le=MAX_PAGE, description=f"Dispatches a page, 1 to {MAX_PAGE}.")
    cursor: str | None = Field(None, description="`next` of the previous page.")

    def to_query(self, zone: ZoneInfo) -> SearchQuery:
        """The search to run; days begin and end in `zone`.

        Raises:
            UsageError: a day, moment or bound cannot be read.
        """
        return self._build_query(
            zone,
            fields=self._placed,
            states=tuple(self.state or SHOWN),
            limit=self.limit,
            cursor=self.cursor,
            facets=FACETS,
        )

    @property
    def _has_words(self) -> bool:
        return bool(self.q.strip() or self._placed)

    @property
    def _placed(self) -> tuple[tuple[SearchField, str], ...]:
        fields = ((name, getattr(self, name)) for name in SEARCH_FIELDS)
        return tuple((name, words) for name, words in fields if words.strip())


class PageParameters(SearchParameters):
    """Parameters of the search page, which builds its links from them."""

    page: int = Field(1, ge=1, le=MAX_DEPTH // PAGE_SIZE)
    view: Density | None = Field(
        None, description="Height of the rows. Without it: as you set it, else dense."
    )

    @field_validator("q")
    @classmethod
    def _strip(cls, text: str) -> str:
        return text.strip()

    @field_validator(*FILTERS, "without", "mark", "unmarked")
    @classmethod
    def _drop_empty(cls, values: list[str] | None) -> list[str] | None:
        return [value for value in values or () if value] or None

    def to_query(self, zone: ZoneInfo) -> SearchQuery:
        """The search to run; days begin and end in `zone`.

        Raises:
            UsageError: a day, moment or bound cannot be read.
        """
        offset = (self.page - 1) * PAGE_SIZE
        return self._build_query(zone, limit=PAGE_SIZE, offset=offset, facets=FILTERS)

    def change(self, **changes: Any) -> Self:
        """The same search with some parameters changed, at its first page unless `page` is among them."""
        return self.model_copy(update={"page": 1, **changes})

    def toggle(self, name: Filter, value: str) -> Self:
        """The same search with a filter's value added, or removed where it is chosen or excluded."""
        values, excluded = self.chosen(name), f"{name}:{value}"
        if value in values or excluded in self.without_all:
            return self._drop(name, value)
        return self.change(**{name: [*values, value]})

    def exclude(self, name: Filter, value: str) -> Self:
        """The same search without what has a filter's value."""
        changed = self._drop(name, value)
        return changed.change(without=[*changed.without_all, f"{name}:{value}"])

    @property
    def without_all(self) -> tuple[str, ...]:
        """The values of `without`."""
        return tuple(self.without or ())

    def _drop(self, name: Filter, value: str) -> Self:
        kept = [other for other in self.chosen(name) if other != value]
        without = [other for other in self.without_all if other != f"{name}:{value}"]
        return self.change(**{name: kept, "without": without})

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """(name, value) of every parameter that is not at its default, except the names in `without`."""
        filters: list[tuple[str, str]] = [(name, value) for name in FILTERS for value in self.chosen(name)]
        filters += [("without", value) for value in self.without_all]
        filters += [("mark", value) for value in self.mark or ()]
        filters += [("unmarked", value) for value in self.unmarked or ()]
        pairs = [("q", self.q), *filters, ("since", self.since), ("until", self.until)]
        pairs.append(("sort", self.sort or ""))
        pairs.append(("page", str(self.page) if self.page > 1 else ""))
        pairs.append(("view", self.view or ""))
        return [(name, value) for name, value in pairs if value and name not in without]

    def href(self) -> str:
        """The address of the search page with these parameters."""
        return "/?" + urlencode(self.pairs()) if self.pairs() else "/"


class LiveParameters(PageParameters):
    """Parameters of a list's line: its search, and the change from which it goes on."""

    after: int = Field(ge=0, le=2**63 - 1, description="`complete_to` of the last event.")


class ChangesParameters(BaseModel):
    """Parameters of `GET /api/v1/changes`."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(
        0, ge=0, le=2**63 - 1, description="`complete_to` of the last answer; 0 for everything."
    )
    limit: int = Field(API_PAGE_SIZE, ge=1, le=MAX_PAGE, description=f"Changes an answer, 1 to {MAX_PAGE}.")
    only: Literal["ids"] | None = Field(None, description="`ids`: leave the dispatches out.")


class SourcesParameters(BaseModel):
    """Which sources to list: those that fail, or those in one state."""

    model_config = ConfigDict(extra="forbid")

    failing: bool = Field(default=False, description="Only sources that someone should look at.")
    state: str | None = Field(
        default=None, max_length=32, description="Only sources in this state, e.g. `blocked`."
    )


class TraceParameters(BaseModel):
    """What to trace."""

    model_config = ConfigDict(extra="forbid")

    of: str = Field(
        default="",
        max_length=MAX_ADDRESS,
        description="An address, a story (`12`), a version (`12/2`, `v34`), a dispatch, or the agency's id of its copy.",
    )


class NoParameters(BaseModel):
    """Parameters of a call that takes none."""

    model_config = ConfigDict(extra="forbid")
