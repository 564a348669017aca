"""What a view searches for, as data: checked, and turned into the search of the list. It knows nothing of pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from copytaster.errors import UsageError
from indexer.query import read_query
from indexer.search import MAX_DEPTH, MAX_PAGE, MAX_VALUES, SearchQuery, read_exclusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

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
}  # fmt: skip
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

    @field_validator("without")
    @classmethod
    def _check_without(cls, values: list[str]) -> list[str]:
        try:
            return ["{}:{}".format(*read_exclusion(value)) for value in values]
        except UsageError as error:
            raise ValueError(str(error)) from error

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

    def list_pairs(self) -> list[tuple[str, str]]:
        """(name, value) of the parameters of the list that show the same."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, value) for field, name in _FILTERS.items() for value in getattr(self, field)]
        without = [*(f"kind:{kind}" for kind in self.without_kinds), *self.without]
        return [*pairs, *(("without", value) for value in without)]

    def to_query(self, zone: ZoneInfo, **rest: Any) -> SearchQuery:
        """The search, newest news first.

        Raises:
            QueryError: the words cannot be read.
            UsageError: a value is out of its bounds.
        """
        query = SearchQuery(
            text=self.text,
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


def preview_view(
    search: Callable[[SearchQuery], SearchPage],
    changed: ViewSearch,
    before: ViewSearch | None,
    zone: ZoneInfo,
    *,
    now: datetime | None = None,
) -> ViewPreview:
    """Compare a changed search with the one of before, over the last day; with None, all it finds is gained.

    Raises:
        QueryError, UsageError: the words cannot be read.
        UnreachableError: the index does not answer.
    """
    since = (now or datetime.now(UTC)) - DAY
    found, is_cut = _collect(search, changed.to_query(zone, since=since, limit=MAX_PAGE))
    if before is None:
        return ViewPreview(len(found), tuple(found.values()), (), is_cut)
    old, was_cut = _collect(search, before.to_query(zone, since=since, limit=MAX_PAGE))
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
