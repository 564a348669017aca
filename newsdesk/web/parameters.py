"""Query parameters <-> a search. The page and the API read the same names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from copytaster.errors import UsageError
from indexer.search import FACETS, SHOWN, SearchQuery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from indexer.search import Facet, Field, Sort, State

Filter = Literal["agency", "publisher", "family", "language", "marker"]
FILTERS: tuple[Filter, ...] = ("agency", "publisher", "family", "language", "marker")
PLACES: tuple[Field, ...] = ("headline", "body", "slug", "dateline")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, before it is read; it can say the same search with one thing changed.

    `filters` are (name, value) pairs, `fields` (field, words to be found there); `since` and `until` days or moments
    as text; `states` none for those that are not merged away.
    """

    q: str = ""
    filters: tuple[tuple[Filter, str], ...] = ()
    since: str = ""
    until: str = ""
    sort: Sort = "newest"
    page: int = 1
    watch: int = 0
    fields: tuple[tuple[Field, str], ...] = ()
    states: tuple[State, ...] = ()

    def toggled(self, name: Filter, value: str) -> Asked:
        """With a filter's value added, or taken off where it is on."""
        pair = (name, value)
        rest = tuple(found for found in self.filters if found != pair)
        return replace(self, filters=rest if pair in self.filters else (*rest, pair), page=1)

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """As query parameters, leaving out what says nothing and the named ones."""
        said = [("q", self.q), *self.filters, ("since", self.since), ("until", self.until)]
        said.append(("sort", "" if self.sort == "newest" else self.sort))
        said.append(("page", str(self.page) if self.page > 1 else ""))
        said.append(("watch", str(self.watch) if self.watch else ""))
        return [(name, value) for name, value in said if value and name not in without]

    def href(self) -> str:
        """As the address of the search page."""
        return "/?" + urlencode(self.pairs()) if self.pairs() else "/"

    def chosen(self, name: Filter) -> tuple[str, ...]:
        """The values of one filter."""
        return tuple(value for found, value in self.filters if found == name)


@dataclass(frozen=True, slots=True)
class Window:
    """How many hits, from where on."""

    limit: int = 20
    offset: int = 0
    cursor: str | None = None
    facets: Sequence[Facet] = field(default=FACETS)


def to_query(asked: Asked, window: Window, zone: ZoneInfo) -> SearchQuery:
    """The search that an address asks for.

    Raises:
        UsageError: a day, moment or bound cannot be read.
    """
    return SearchQuery(
        text=asked.q,
        fields=asked.fields,
        agencies=asked.chosen("agency"),
        publishers=asked.chosen("publisher"),
        families=asked.chosen("family"),
        languages=asked.chosen("language"),
        markers=asked.chosen("marker"),
        since=read_bound("since", asked.since, zone),
        until=read_bound("until", asked.until, zone, end=True),
        sort=asked.sort,
        limit=window.limit,
        offset=window.offset,
        cursor=window.cursor,
        facets=tuple(window.facets),
        timezone=zone.key,
        states=asked.states or SHOWN,
    )


def read_bound(name: str, text: str, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
    """A day (its start, or its end) or a moment; a moment without a zone is UTC.

    Raises:
        UsageError: it is neither.
    """
    if not text:
        return None
    try:
        if len(text) == len("2016-02-24"):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime(day.year, day.month, day.day, tzinfo=zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"not a day or moment: {text!r}", resource=name, hint="e.g. 2016-02-24 or 2016-02-24T12:00:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
