"""What a view searches for, as data: checked, and turned into the search of the list. It knows nothing of pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from copytaster.errors import UsageError
from indexer.query import read_query
from indexer.search import MAX_DEPTH, MAX_PAGE, MAX_VALUES, SearchQuery, read_exclusion
from newsdesk.operations.bounds import moves, read_bound
from newsdesk.operations.marks import narrow_by_marks, read_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from copytaster.store.engine import Store
    from indexer.search import Filter, SearchHit, SearchPage

DAY = timedelta(days=1)
_QUOTES = re.compile('["“”„«»]')
MOST_UNREAD = 50  # counted; more are "50+"
Value = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Values = Annotated[list[Value], Field(max_length=MAX_VALUES)]
# what people call a line -> field of the data
LINES = {
    "words": "words", "agency": "agencies", "region": "regions", "topic": "topics", "not": "without_topics",
    "publisher": "publishers", "language": "languages", "kind": "kinds", "no": "without_kinds",
    "owner": "families", "marker": "markers", "relation": "relations", "never": "without",
    "mark": "marks", "unmarked": "without_marks", "since": "since", "until": "until",
}  # fmt: skip
ONE_VALUE = frozenset({"words", "since", "until"})  # lines that have one value
_SOMEBODY, _ANY_ZONE = "somebody", ZoneInfo("UTC")  # to check values by
# field of the data -> filter of the search
_FILTERS: dict[str, Filter] = {
    "agencies": "agency",
    "publishers": "publisher",
    "languages": "language",
    "kinds": "kind",
    "families": "family",
    "markers": "marker",
    "relations": "relation",
}


class ViewSearch(BaseModel):
    """What a view finds: every line that is not empty must match; values of one line are alternatives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: str = Field("", max_length=512, description="In the language of the search box.")
    agencies: Values = Field(default_factory=list)
    regions: Values = Field(default_factory=list, description="Places of the dateline.")
    topics: Values = Field(default_factory=list, description="Words of the slug or the headline.")
    without_topics: Values = Field(default_factory=list, description="No hit has these in slug or headline.")
    publishers: Values = Field(default_factory=list)
    languages: Values = Field(default_factory=list)
    kinds: Values = Field(default_factory=list, description="Kinds of copy, such as correction.")
    without_kinds: Values = Field(default_factory=list)
    families: Values = Field(default_factory=list, description="Owners of publishers.")
    markers: Values = Field(default_factory=list)
    relations: Values = Field(default_factory=list)
    without: Values = Field(default_factory=list, description="filter:value that no hit may have.")
    marks: Values = Field(
        default_factory=list,
        description="seen, saved, used or spiked by who reads; used:anyone, used:Ada. Hits have one of these.",
    )
    without_marks: Values = Field(default_factory=list, description="No hit has such a mark.")
    since: str = Field(
        "", max_length=40, description="From this day or moment on, or so long ago: 24h, 7d, today."
    )
    until: str = Field(
        "", max_length=40, description="To the end of this day, or before this moment; 24h is 24 hours ago."
    )

    @field_validator("without")
    @classmethod
    def _check_without(cls, values: list[str]) -> list[str]:
        try:
            return ["{}:{}".format(*read_exclusion(value)) for value in values]
        except UsageError as error:
            raise ValueError(str(error)) from error

    @field_validator("marks", "without_marks")
    @classmethod
    def _check_marks(cls, values: list[str]) -> list[str]:
        for value in values:
            try:
                read_choice(value, _SOMEBODY)
            except UsageError as error:
                raise ValueError(str(error)) from error
        return values

    @field_validator("since", "until")
    @classmethod
    def _check_bound(cls, text: str) -> str:
        try:
            read_bound("time", text.strip(), _ANY_ZONE)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return text.strip()

    @property
    def text(self) -> str:
        """The words, regions and topics in the language of the search box."""
        topics = [
            part for topic in self.topics for part in (_quote("slug", topic), _quote("headline", topic))
        ]
        parts = [
            self.words.strip(),
            " OR ".join(_quote("dateline", region) for region in self.regions),
            " OR ".join(topics),
        ]
        for topic in self.without_topics:
            parts += ["-" + _quote("slug", topic), "-" + _quote("headline", topic)]
        return " ".join(part for part in parts if part)

    @property
    def moves(self) -> bool:
        """True where other dispatches match as time goes by, or once somebody sets a mark."""
        return bool(self.marks or self.without_marks) or moves(self.since) or moves(self.until)

    def list_pairs(self) -> list[tuple[str, str]]:
        """(name, value) of the parameters of the list that show the same."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, value) for field, name in _FILTERS.items() for value in getattr(self, field)]
        without = [*(f"kind:{kind}" for kind in self.without_kinds), *self.without]
        pairs += [("without", value) for value in without]
        pairs += [("mark", value) for value in self.marks]
        pairs += [("unmarked", value) for value in self.without_marks]
        return [
            *pairs,
            *((name, text) for name, text in (("since", self.since), ("until", self.until)) if text),
        ]

    def to_query(self, zone: ZoneInfo, *, since: datetime | None = None, **rest: Any) -> SearchQuery:
        """The search, newest news first, of what came after `since`. Marks, which the index does not know, are left out.

        Raises:
            QueryError: the words cannot be read.
            UsageError: a value is out of its bounds.
        """
        begin = read_bound("since", self.since, zone)
        query = SearchQuery(
            text=self.text,
            since=max((one for one in (begin, since) if one), default=None),
            until=read_bound("until", self.until, zone, end=True),
            moving=f"{self.since}..{self.until}" if moves(self.since) or moves(self.until) else "",
            agencies=tuple(self.agencies),
            publishers=tuple(self.publishers),
            languages=tuple(self.languages),
            kinds=tuple(self.kinds),
            families=tuple(self.families),
            markers=tuple(self.markers),
            relations=tuple(self.relations),
            without=(
                *(("kind", kind) for kind in self.without_kinds),
                *(read_exclusion(value) for value in self.without),
            ),
            sort="newest",
            highlight=False,
            timezone=zone.key,
            **rest,
        )
        read_query(query)
        return query

    def to_data(self) -> dict[str, Any]:
        """The lines that are not empty, for the store and for files."""
        return {name: value for name, value in self.model_dump().items() if value}


def read_search(data: Mapping[str, Any]) -> ViewSearch:
    """The search of data from a store, a file or a form.

    Raises:
        UsageError: the data is no search, or its words cannot be read.
    """
    try:
        found = ViewSearch.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{name}: {first['msg']}", resource="search of a view") from error
    read_query(SearchQuery(text=found.text))
    return found


@dataclass(frozen=True, slots=True)
class ViewPreview:
    """What a changed search would have found in the last day.

    Attributes:
        total: how many dispatches it finds.
        gains, loses: those that the search of before did not find, and those that only it found.
        is_cut: True if one of the two found more than 1,000, of which the newest were compared.
    """

    total: int
    gains: tuple[SearchHit, ...]
    loses: tuple[SearchHit, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class ViewReader:
    """Reads views as one person sees them: marks are in the store, and `used` alone is his.

    Args:
        store: has the marks.
        search: of the index.
        zone: of days.
        who: reads; None or empty for who is not known.
    """

    store: Store
    search: Callable[[SearchQuery], SearchPage]
    zone: ZoneInfo
    who: str | None

    def make_query(self, search: ViewSearch, **rest: Any) -> SearchQuery:
        """The search of a view, narrowed by its marks.

        Raises:
            QueryError, UsageError: the words cannot be read, or nobody knows whose marks are meant.
            StoreError: the store cannot be read.
        """
        query = search.to_query(self.zone, **rest)
        if not (search.marks or search.without_marks):
            return query
        chosen = [read_choice(text, self.who) for text in search.marks]
        excluded = [read_choice(text, self.who) for text in search.without_marks]
        with self.store.read() as connection:
            found = narrow_by_marks(connection, chosen, excluded)
        return replace(query, ids=found.ids, without_ids=found.without)

    def read(self, search: ViewSearch, **rest: Any) -> SearchPage:
        """A page of what a view finds, newest news first.

        Raises:
            QueryError, UsageError, StoreError: as `make_query`.
            UnreachableError: the index does not answer.
        """
        return self.search(self.make_query(search, **rest))


def preview_view(
    reader: ViewReader, changed: ViewSearch, before: ViewSearch | None, *, now: datetime | None = None
) -> ViewPreview:
    """Compare a changed search with the one of before, over the last day; with None, all it finds is gained.

    Raises:
        QueryError, UsageError: the words cannot be read, or nobody knows whose marks are meant.
        StoreError: the store cannot be read.
        UnreachableError: the index does not answer.
    """
    since = (now or datetime.now(UTC)) - DAY
    found, is_cut = _collect(reader.search, reader.make_query(changed, since=since, limit=MAX_PAGE))
    if before is None:
        return ViewPreview(len(found), tuple(found.values()), (), is_cut)
    old, was_cut = _collect(reader.search, reader.make_query(before, since=since, limit=MAX_PAGE))
    gains = tuple(hit for name, hit in found.items() if name not in old)
    loses = tuple(hit for name, hit in old.items() if name not in found)
    return ViewPreview(len(found), gains, loses, is_cut or was_cut)


def count_unread(hits: Iterable[SearchHit], visited_at: datetime) -> int:
    """How many of these became news after a visit, by our own clock."""
    return sum(read_news_at(hit.document) > visited_at for hit in hits)


def read_news_at(document: Mapping[str, Any]) -> datetime:
    """When a dispatch last became news; one of a release before says when it last changed."""
    return datetime.fromisoformat(document.get("news_at") or document["last_changed"])


def _collect(
    search: Callable[[SearchQuery], SearchPage], query: SearchQuery
) -> tuple[dict[str, SearchHit], bool]:
    """The hits by id, the first 1,000, and whether there are more."""
    found: dict[str, SearchHit] = {}
    while True:
        page = search(query)
        found |= {hit.id: hit for hit in page.hits}
        if page.next is None or len(found) >= MAX_DEPTH:
            return found, page.next is not None
        query = replace(query, cursor=page.next)


def _quote(field: str, value: str) -> str:
    """A value as words of one field: plain where it is one word, so that it is found in every spelling."""
    if re.fullmatch(r"\w+", value):
        return f"{field}:{value}"
    return f'{field}:"{_QUOTES.sub(" ", value).strip()}"'
