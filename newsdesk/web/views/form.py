"""The form of a view: what it sends, and the choices it offers. All but the words is set by mouse."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import Request  # noqa: TC002 - FastAPI reads it
from pydantic import BaseModel, ValidationError

from copytaster.errors import UsageError
from copytaster.store.marks import KINDS as KINDS_OF_MARKS
from copytaster.store.views import NAME_LENGTH
from copytaster.wire.kinds import KINDS
from copytaster.wire.places import list_parts, list_places
from indexer.search import FILTERS, SearchQuery
from newsdesk.operations.desk_views import ONE_VALUE, ViewSearch
from newsdesk.operations.marks import ANYONE
from newsdesk.web.formatting import name_kind, name_language, name_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from indexer.search import SearchPage
    from newsdesk.web.backend import Backend

LINES = (  # field, heading, choices shown before the rest unfolds
    ("agencies", "Agencies", 12),
    ("regions", "Regions", 12),
    ("topics", "Topics", 12),
    ("without_topics", "Never these topics", 12),
    ("kinds", "Kinds of copy", 16),
    ("without_kinds", "Never these kinds", 16),
    ("languages", "Languages", 12),
    ("publishers", "Publishers", 8),
    ("families", "Owners", 8),
    ("markers", "Markers", 12),
    ("relations", "Retellings", 6),
    ("without", "Never", 8),
    ("marks", "Marked", 8),
    ("without_marks", "Not marked", 8),
)
READ = 100  # of the newest dispatches, for regions and topics
MOST = 40  # choices of one line
FIRST_PARTS = 5  # parts of the world before the places
_MARKS = [f"{kind}{who}" for who in ("", f":{ANYONE}") for kind in KINDS_OF_MARKS]
_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON = ("sport", "politics", "economy", "culture", "weather")  # offered even where no slug has them


class ViewForm(BaseModel):
    """A form as it was sent."""

    view: int | None = None
    name: str = ""
    shared: bool = False
    do: str = "try"
    sure: bool = False  # that the view is to be removed
    token: str = ""
    search: ViewSearch = ViewSearch()


async def read_view_form(request: Request) -> ViewForm:
    """Read a form that a page of ours sent. Values typed into a line of choices are separated by commas.

    Raises:
        UsageError: it cannot be read.
    """
    values = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=2_000)
    search: dict[str, Any] = {name: values.get(name, [""])[0] for name in ("words", "since", "until")}
    for field, _, _ in LINES:
        typed = [part.strip() for part in values.get(f"more_{field}", [""])[0].split(",")]
        search[field] = list(dict.fromkeys(value for value in (*values.get(field, ()), *typed) if value))
    one = {
        name: values[name][0] for name in ("view", "name", "shared", "do", "sure", "token") if name in values
    }
    try:
        return ViewForm.model_validate(one | {"search": search})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"the form cannot be read: {first['loc'][-1]}: {first['msg']}") from error


def name_view(form: ViewForm) -> str:
    """The name in a form, or without one a name from what the view finds: `Reuters, no sport`."""
    if form.name.strip():
        return form.name
    parts = []
    for field, value in form.search.to_data().items():
        values = [f"{field} {value}" if field != "words" else value] if field in ONE_VALUE else value
        no = "no " if field.startswith("without") else ""
        parts += [
            f"{no}{_name(field, one.partition(':')[2] if field == 'without' else one)}" for one in values
        ]
    return ", ".join(parts)[:NAME_LENGTH]


def list_choices(backend: Backend, search: ViewSearch) -> list[dict[str, Any]]:
    """The lines of the form: what is chosen comes first, then the most frequent.

    Raises:
        UnreachableError: the index does not answer.
    """
    found = backend.search(
        SearchQuery(
            sort="newest",
            limit=READ,
            facets=FILTERS,
            highlight=False,
            timezone=backend.zone.key,
        )
    )
    known = _list_known(found)
    return [
        _describe(field, heading, shown, getattr(search, field), known) for field, heading, shown in LINES
    ]


def _list_known(found: SearchPage) -> dict[str, list[str]]:
    facets: dict[str, list[str]] = {
        name: [count.value for count in counts] for name, counts in found.facets.items()
    }
    documents = [hit.document for hit in found.hits]
    slugs = _rank(_WORD.findall((one.get("slugline") or "").lower()) for one in documents)
    topics = [*[slug for slug in slugs if slug not in _COMMON][: MOST - len(_COMMON)], *_COMMON]
    kinds = list(dict.fromkeys((*facets.get("kind", ()), *KINDS)))
    return {
        "agencies": facets.get("agency", []),
        "publishers": facets.get("publisher", []),
        "languages": facets.get("language", []),
        "families": facets.get("family", []),
        "markers": facets.get("marker", []),
        "relations": facets.get("relation", []),
        "without": [],
        "regions": _list_regions(documents),
        "topics": topics,
        "without_topics": topics,
        "kinds": kinds,
        "without_kinds": kinds,
        "marks": _MARKS,
        "without_marks": _MARKS,
    }


def _list_regions(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Some parts of the world and the places that the newest dispatches have, then all other parts."""
    places = [{*(one.get("places") or ()), *filter(None, [one.get("dateline_region")])} for one in documents]
    inside = {part: {place.casefold() for place in list_places(part)} for part in list_parts()}
    parts = [
        [part for part, names in inside.items() if any(place.casefold() in names for place in one)]
        for one in places
    ]
    cities = _rank(one.get("places") or () for one in documents)
    found = _rank(parts)
    rest = [part for part in inside if part not in found[:FIRST_PARTS]]
    return [*found[:FIRST_PARTS], *cities[: MOST - len(inside)], *rest]


def _rank(lists: Iterable[Iterable[str]]) -> list[str]:
    counts = Counter(value for values in lists for value in set(values))
    return [value for value, _ in counts.most_common(MOST)]


def _describe(
    field: str, heading: str, shown: int, chosen: list[str], known: Mapping[str, list[str]]
) -> dict[str, Any]:
    values = list(dict.fromkeys((*chosen, *known[field])))[: max(MOST, len(chosen))]
    choices = [{"value": value, "label": _name(field, value), "chosen": value in chosen} for value in values]
    cut = max(shown, len(chosen))
    return {"field": field, "heading": heading, "choices": choices[:cut], "more": choices[cut:]}


def _name(field: str, value: str) -> str:
    if field == "languages":
        return name_language(value)
    if field in {"marks", "without_marks"}:
        return name_mark(value)
    if field == "regions":
        return value.title() if value.isupper() else value  # datelines are in capitals
    return name_kind(value) if field in {"kinds", "without_kinds"} else value
