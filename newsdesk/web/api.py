"""`/api/v1`: the data of the pages as JSON. Names and shapes do not change within a major version."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from copytaster.masking.values import mask_value
from copytaster.store.alerts import list_alerts
from copytaster.store.changes import list_changes
from copytaster.store.decisions import list_decisions_about
from copytaster.store.dispatches import read_dispatch, read_dispatches
from copytaster.store.embargoes import list_embargoes
from copytaster.values import to_json
from indexer.helped_search import offers_to_json
from indexer.merge import merge_rows
from newsdesk.operations.completeness import completeness_to_json, read_completeness
from newsdesk.operations.decisions import decision_to_json
from newsdesk.operations.source_report import count_health, report_to_json, select_reports
from newsdesk.web.decisions import api as decisions_api
from newsdesk.web.dispatch import texts_api
from newsdesk.web.dispatch import trace as trace_pages
from newsdesk.web.marks import api as marks_api
from newsdesk.web.marks import takes
from newsdesk.web.parameters import (
    COMPLETENESS,
    ChangesParameters,
    ListParameters,
    NoParameters,
    SourcesParameters,
)
from newsdesk.web.people import audit as audit_pages
from newsdesk.web.people import me as me_pages
from newsdesk.web.reports import completeness as completeness_pages
from newsdesk.web.reports import pickup as reports
from newsdesk.web.sources_page import read_reports
from newsdesk.web.subscriptions import api as subscriptions_api
from newsdesk.web.views import api as views_api

if TYPE_CHECKING:
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.marks.filter import MarkFilter

PREFIX = "/api/v1"
_ANY = TypeAdapter(Any)


class TotalShape(BaseModel):
    """Number of matches: exact (`eq`) or a lower bound (`gte`)."""

    value: int
    relation: Literal["eq", "gte"]


class FacetShape(BaseModel):
    """Number of matches that carry a value."""

    value: str
    count: int


class DispatchPage(BaseModel):
    """One page of dispatches. Pass `next` as `cursor` to get the next page."""

    items: list[dict[str, Any]] = Field(description="Dispatches as the index stores them, plus `excerpt`.")
    total: TotalShape
    facets: dict[str, list[FacetShape]]
    next: str | None
    did_you_mean: list[dict[str, Any]] = Field(
        description="Where little or nothing was found: searches that find something, with `q` and `total`. `kind` is `word` "
        "(a slip put right), `pasted`, `less` (fewer words) or `filter` (without the filter `named`)."
    )
    completeness: dict[str, Any] | None = Field(description=COMPLETENESS)


class ChangePage(BaseModel):
    """Changes in order. Pass `complete_to` as `after` to get those after them; `more` says that there are some already."""

    items: list[dict[str, Any]]
    complete_to: int
    more: bool
    completeness: dict[str, Any] = Field(description=COMPLETENESS)


def make_router(
    backend: Backend,
    deciders: Deciders,
    marks: MarkFilter,
    taking: takes.Taking,
    reporter: reports.Reporter,
) -> APIRouter:
    """The API over one store and index."""
    router = APIRouter(prefix=PREFIX)

    @router.get("/dispatches", summary="Search dispatches", response_model=DispatchPage)
    def list_dispatches(parameters: Annotated[ListParameters, Query()], request: Request) -> Response:
        """Every dispatch that matches, one item for all its copies."""
        narrowed = marks.narrow(parameters.to_query(backend.zone), parameters, request)
        helped = backend.search_helped(narrowed.query, follow=False)
        page = helped.page
        items = [
            {**hit.document, "excerpt": "".join(segment.text for segment in hit.excerpt)} for hit in page.hits
        ]
        content = {
            "items": items,
            "total": page.total,
            "facets": page.facets,
            "next": page.next,
            "did_you_mean": offers_to_json(helped.offers),
            "completeness": backend.describe_complete(),
        }
        # serialised here, in the thread of the search: the framework would switch threads twice more
        return Response(_ANY.dump_json(content), media_type="application/json", headers=narrowed.headers())

    @router.get("/dispatches/{dispatch_id}", summary="One dispatch")
    def show_dispatch(
        dispatch_id: Annotated[str, Path(description="Id of the dispatch. Old ids resolve.")],
        _: Annotated[NoParameters, Query()],
        request: Request,
    ) -> Response:
        """One dispatch with its members, versions, evidence and manual decisions.

        Old ids resolve: for a merged dispatch, or one whose story moved, you get the dispatch that holds it now. The
        headers `Copytaster-Complete-To` and `Copytaster-Holes` say how complete it can be.
        """
        with backend.store.read() as connection:
            record = to_json(merge_rows(read_dispatch(connection, dispatch_id)))
            decided = list_decisions_about(connection, [record["id"]])
        decisions = to_json([decision_to_json(row) for row in decided])
        return _answer_tagged(request, record | {"decisions": decisions}, backend.complete_headers())

    @router.get("/embargoes", summary="Copy under embargo, without its text")
    def list_waiting(_: Annotated[NoParameters, Query()]) -> dict[str, Any]:
        """Who sent what sort of copy, and when it is free; `until` is null where the hour cannot be read.

        `completeness` says up to when copy came in, as everywhere.
        """
        with backend.store.read() as connection:
            items = to_json(list_embargoes(connection))
        return {"items": items, "total": len(items), "completeness": backend.describe_complete()}

    @router.get("/changes", summary="What changed since a change number", response_model=ChangePage)
    def list_changed(parameters: Annotated[ChangesParameters, Query()]) -> Response:
        """Each dispatch that changed since, in order, once with its newest revision: for whoever keeps a copy.

        Pass `complete_to` as `after` to go on, now or after any pause: nothing is left out. The dispatches come from the
        store, before the index has them. `id`, `rev` and `state` alone with `only=ids`.
        """
        with backend.store.read() as connection:
            complete = read_completeness(connection, backend.schedule, backend.sources)
            found = list_changes(connection, parameters.after, parameters.limit)
            whole = (
                {}
                if parameters.only
                else read_dispatches(connection, [one.dispatch_id for one in found.items])
            )
        items = [
            {"id": one.dispatch_id, "rev": one.rev, "change": one.change, "state": one.state}
            | ({"dispatch": to_json(merge_rows(whole[one.dispatch_id]))} if one.dispatch_id in whole else {})
            for one in found.items
        ]
        content = {
            "items": items,
            "complete_to": found.complete_to,
            "more": len(items) == parameters.limit,
            "completeness": completeness_to_json(complete),
        }
        return Response(_ANY.dump_json(content), media_type="application/json")

    @router.get("/sources", summary="The state of each source")
    def list_sources(parameters: Annotated[SourcesParameters, Query()]) -> dict[str, Any]:
        """Each source in the words of the Sources page, with the evidence; `totals` counts all sources by state."""
        reports = read_reports(backend)
        chosen = select_reports(reports, failing=parameters.failing, word=parameters.state)
        items = [report_to_json(report) for report in chosen]
        return {
            "items": items,
            "total": len(items),
            "totals": count_health(reports),
            "completeness": backend.describe_complete(),
        }

    @router.get("/alerts", summary="What rings")
    def list_open_alerts(_: Annotated[NoParameters, Query()]) -> dict[str, Any]:
        """Every alert that has not ended, oldest first; `state` is `open` or `acknowledged`.

        An empty list beside an old `complete_to` in `completeness` is no good news: nobody looked.
        """
        with backend.store.read() as connection:
            found = list_alerts(connection)
        items = [mask_value({"state": alert.state, **to_json(alert)}) for alert in found]
        return {"items": items, "total": len(items), "completeness": backend.describe_complete()}

    router.include_router(texts_api.make_router(backend))
    router.include_router(trace_pages.make_router(backend))
    router.include_router(completeness_pages.make_router(backend))
    router.include_router(audit_pages.make_router(backend, deciders))
    router.include_router(subscriptions_api.make_router(backend, deciders))
    router.include_router(me_pages.make_router(backend, deciders))
    router.include_router(views_api.make_router(backend, deciders))
    router.include_router(decisions_api.make_router(backend, deciders))
    router.include_router(marks_api.make_router(backend, deciders))
    router.include_router(takes.make_router(backend, deciders, taking))
    router.include_router(reports.make_router(reporter))
    return router


def _answer_tagged(request: Request, value: Any, headers: dict[str, str]) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag, **headers})
    return Response(body, media_type="application/json", headers={"ETag": tag, **headers})
