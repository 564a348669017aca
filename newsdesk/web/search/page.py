"""The search page: turns parameters and results into the values of its template."""

from __future__ import annotations

import json
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from copytaster.chain import read_markers
from copytaster.errors import CopytasterError
from copytaster.store.outbox import read_backlog
from copytaster.store.versions import count_waiting
from indexer.record import CORRECTIONS, DAMAGED
from indexer.search import FILTERS, MAX_DEPTH
from newsdesk.operations.preferences import ACTIONS, list_keys
from newsdesk.web.formatting import name_kind, name_language, to_moment
from newsdesk.web.parameters import PAGE_SIZE, PageParameters
from newsdesk.web.people.preferences import find_preferences
from newsdesk.web.search.exports import describe_exports
from newsdesk.web.search.rise import read_rise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from indexer.search import FacetCount, Filter, SearchHit, SearchPage, Segment, Sort
    from newsdesk.operations.preferences import Density
    from newsdesk.web.backend import Backend

FACET_LABELS = {
    "agency": "Agency",
    "publisher": "Publisher",
    "family": "Owner",
    "language": "Language",
    "marker": "Marker",
    "relation": "Retellings",
    "kind": "Kind of copy",
}
RELATIONS = {
    "retold": "retold elsewhere",
    "translated": "translated elsewhere",
    "retelling": "retells a dispatch",
    "translation": "translates a dispatch",
}
DENSITIES: tuple[tuple[Density, str], ...] = (("dense", "Dense"), ("comfortable", "Comfortable"))
FACET_LENGTH = 8
ORDERS: tuple[tuple[Sort, str], ...] = (("newest", "Newest"), ("relevance", "Best match"))


def describe_results(parameters: PageParameters, page: SearchPage) -> dict[str, Any]:
    """Every value that the search template shows."""
    return {
        **describe_frame(parameters),
        "hits": [describe_hit(hit) for hit in page.hits],
        "facets": [
            _describe_facet(parameters, name, page.facets.get(name, ()))
            for name in FILTERS
            if name != "family" or _narrows(parameters, "family") or _has_owners(page)
        ],
        "total_text": _count_text(page, parameters),
        "pages": _describe_pages(parameters, page.total.value),
        "end_text": _end_text(parameters, page),
        "problem": None,
    }


def describe_keys() -> str:
    """The reader's keys for a script: JSON of [action, key, words]."""
    keys = list_keys(find_preferences().keys)
    return json.dumps([[action, key, ACTIONS[action][1]] for action, key in keys.items()])


def describe_frame(parameters: PageParameters) -> dict[str, Any]:
    """The values around the results: form, orders, links; no results."""
    kept = urlencode(parameters.pairs("page", "view", "sort"))
    chosen = find_preferences()
    density = parameters.view or chosen.density or "dense"
    return {
        "q": parameters.q,
        "since": parameters.since,
        "until": parameters.until,
        "view": density,
        "narrowed": bool(
            any(_narrows(parameters, name) for name in FILTERS)
            or parameters.since
            or parameters.until
            or parameters.mark
            or parameters.unmarked
        ),
        "kept": parameters.pairs("q", "page"),
        "kept_for_range": parameters.pairs("since", "until", "page"),
        "orders": [
            {"label": label, "href": parameters.change(sort=name).href(), "chosen": parameters.order == name}
            for name, label in ORDERS
        ],
        "densities": [
            {
                "label": label,
                "href": parameters.model_copy(update={"view": name}).href(),
                "chosen": density == name,
            }
            for name, label in DENSITIES
        ],
        "exports": describe_exports(parameters.pairs("page", "view", "sort")),
        "view_href": "/views/edit?" + kept,
        "subscribe_href": "/subscriptions/new?" + kept,
        "keys": describe_keys(),
        "moves": PAGE_SIZE if parameters.moves else None,
        "live_href": "/live?" + urlencode(parameters.pairs("page", "view", "sort")),
        "understood": [],
        "followed": None,
        "offers": [],
        "hits": [],
        "facets": [],
        "total_text": "",
        "pages": [],
        "end_text": "",
        "notice": None,
        "embargoed": None,
        "coming": {},
        "live_from": None,
    }


def describe_coming(backend: Backend) -> dict[str, int]:
    """What an empty list waits for: stories that are not grouped or indexed yet, and sources that are collected."""
    sources = sum(source.enabled for source in backend.sources)
    try:
        with backend.store.read() as connection:
            waiting = count_waiting(connection) + read_backlog(connection).waiting
    except CopytasterError:  # the page's notice says so
        return {"waiting": 0, "sources": sources}
    return {"waiting": waiting, "sources": sources}


def describe_hit(hit: SearchHit) -> dict[str, Any]:
    """The values of one dispatch in the list."""
    document = hit.document
    rise, markers = read_rise(document), _find_markers(document)
    is_said = read_markers(markers) == (
        document.get("news_kind"),
        document.get("news_number"),
    )  # by its chips
    return {
        **{
            name: document.get(name)
            for name in ("agency", "state", "language", "first_seen", "last_seen", "published_at")
        },
        **{
            name: document.get(name) or 0
            for name in ("publisher_count", "family_count", "version_count", "correction_count", "rev")
        },
        **{name: len(document.get(name) or ()) for name in ("retold_by", "translated_into", "retold_of")},
        "id": hit.id,
        "rose": rise.at,
        "why": "" if is_said else rise.why,
        "is_correction_said": is_said and document.get("news_kind") in CORRECTIONS,
        "first_publisher": _name_first(document),
        "agency_confidence": document.get("agency_confidence") or 0.0,
        "has_uncorrected": document.get("has_uncorrected"),
        "markers": markers,
        "steps": [(step["kind"], step["number"]) for step in document.get("chain") or ()],
        "is_damaged": DAMAGED in (document.get("flags") or ()),
        "kind": _find_kind(document),
        "headline": mark(hit.headline),
        "lead": mark(hit.excerpt),
        "points": place_members(document),
        **_bound_times(document),
    }


def _name_first(document: Mapping[str, Any]) -> str | None:
    """The publisher that had it first by its own word; None where nobody gives a time."""
    members = document.get("members") or ()
    return members[0]["publisher"] if members and members[0].get("published_at") else None


def mark(segments: Iterable[Segment]) -> Markup:
    """Segments as escaped HTML, matches in `<mark>`."""
    return Markup().join(
        Markup("<mark>{}</mark>").format(segment.text) if segment.marked else escape(segment.text)
        for segment in segments
    )


def _find_markers(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The canonical version's markers with their text; the document's own are kinds over all versions."""
    story = (document.get("canonical") or {}).get("story")
    members = document.get("members") or ()
    return next((list(member["markers"]) for member in members if member["story"] == story), [])


def _find_kind(document: Mapping[str, Any]) -> str | None:
    """The kind of copy to show beside the headline; None where a marker's chip says it already."""
    kind = document.get("kind")
    return name_kind(kind) if kind and not _find_markers(document) else None


def _bound_times(document: Mapping[str, Any]) -> dict[str, Any]:
    times = [moment for member in document.get("members") or () if (moment := _first_out(member))]
    return {"first_out": min(times, default=None), "last_out": max(times, default=None)}


def place_members(document: Mapping[str, Any]) -> list[tuple[int, bool]]:
    """(x, is canonical) of each member on a time line from first to last; x is 4..96."""
    seen = [
        (moment, member["story"] == (document.get("canonical") or {}).get("story"))
        for member in document.get("members") or ()
        if (moment := _first_out(member))
    ]
    if not seen:
        return []
    first, last = min(seen)[0], max(seen)[0]
    span = (last - first).total_seconds() or 1.0
    return [(4 + round(92 * _seconds(first, moment) / span), own) for moment, own in sorted(seen)]


def _first_out(member: Mapping[str, Any]) -> datetime | None:
    """When the publisher says that it published; None where that is unknown."""
    return to_moment(member.get("published_at"))


def _seconds(first: datetime, moment: datetime) -> float:
    return (moment - first).total_seconds()


def _has_owners(page: SearchPage) -> bool:
    """True if an owner differs from its publishers; a publisher without an owner is its own."""
    publishers = {count.value for count in page.facets.get("publisher", ())}
    return any(count.value not in publishers for count in page.facets.get("family", ()))


def _describe_facet(parameters: PageParameters, name: Filter, counts: Sequence[FacetCount]) -> dict[str, Any]:
    """A facet: what is chosen or excluded stands first, then the most frequent; the rest unfolds."""
    numbers: dict[str, int | None] = {count.value: count.count for count in counts}
    excluded = [value for other, value in parameters.excluded if other == name]
    set_ones = [*parameters.chosen(name), *excluded]
    values = [*dict.fromkeys(set_ones), *(value for value in numbers if value not in set_ones)]
    choices = [
        {
            "label": _name_choice(name, value),
            "value": value,
            "count": numbers.get(value),
            "chosen": value in parameters.chosen(name),
            "excluded": value in excluded,
            "href": parameters.toggle(name, value).href(),
            "without_href": parameters.exclude(name, value).href(),
        }
        for value in values
    ]
    shown = max(FACET_LENGTH, len(set_ones))
    return {
        "name": name,
        "label": FACET_LABELS[name],
        "choices": choices[:shown],
        "more": choices[shown:],
        "kept": parameters.pairs("page"),
    }


def _narrows(parameters: PageParameters, name: Filter) -> bool:
    return bool(parameters.chosen(name)) or any(other == name for other, _ in parameters.excluded)


def _name_choice(facet: str, value: str) -> str:
    if facet == "language":
        return name_language(value)
    if facet == "kind":
        return name_kind(value)
    return RELATIONS.get(value, value) if facet == "relation" else value


def _count_text(page: SearchPage, parameters: PageParameters) -> str:
    count = page.total.value
    words = f"{count:,} {'dispatch' if count == 1 else 'dispatches'}"
    words = f"at least {words}" if page.total.relation == "gte" else words
    return f"{words} for “{parameters.q}”" if parameters.q else words


def _end_text(parameters: PageParameters, page: SearchPage) -> str:
    """On the last page that can be reached: that there are more."""
    if page.total.value <= MAX_DEPTH or parameters.page < MAX_DEPTH // PAGE_SIZE:
        return ""
    return (
        f"These pages end at {MAX_DEPTH:,} of {page.total.value:,} dispatches. Narrow the search, "
        "or read on by the cursor of the API."
    )


def _describe_pages(parameters: PageParameters, total: int) -> list[dict[str, Any]]:
    last = min(ceil(total / PAGE_SIZE), MAX_DEPTH // PAGE_SIZE)
    if last <= 1:
        return []
    near = {1, last, *range(max(1, parameters.page - 2), min(last, parameters.page + 2) + 1)}
    pages: list[dict[str, Any]] = []
    for number in sorted(near):
        if pages and number - pages[-1]["number"] > 1:
            pages.append({"number": number - 1, "gap": True, "href": "", "chosen": False})
        href = parameters.change(page=number).href()
        pages.append({"number": number, "gap": False, "href": href, "chosen": number == parameters.page})
    return pages
