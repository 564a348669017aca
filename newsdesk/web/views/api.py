"""`/api/v1/views`: views as data, tried before they are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from copytaster.store.views import add_view, change_view, read_visits, remove_view
from copytaster.values import to_json
from indexer.search import MAX_PAGE
from newsdesk.operations.desk_views import ViewSearch, preview_view, read_search
from newsdesk.web.views.access import check_change, list_seen, make_reader, name_reader, read_seen

if TYPE_CHECKING:
    from copytaster.store.views import View
    from indexer.search import SearchHit
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders

NAMED = 100  # dispatches of each side of a preview


class ViewBody(BaseModel):
    """A view to keep."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=120)
    shared: bool = False
    search: ViewSearch


class TryBody(BaseModel):
    """A search to try, and the view that it would change."""

    model_config = ConfigDict(extra="forbid")

    search: ViewSearch
    view: int | None = Field(None, description="Compare with this view; without it, with nothing.")


class ViewShape(BaseModel):
    """A view."""

    id: int
    name: str
    owner: str
    shared: bool
    search: dict[str, Any] = Field(description="The lines that are not empty.")
    made_at: str
    changed_at: str
    visited_at: str | None = Field(description="When you last opened it on a board.")


class ViewsShape(BaseModel):
    """The views that you may open."""

    items: list[ViewShape]


class TriedShape(BaseModel):
    """What a search finds of the last day, against the view of before; `cut` where one found more than 1,000."""

    total: int
    gains: int
    loses: int
    cut: bool
    gained: list[str] = Field(description="Ids of the first 100.")
    lost: list[str] = Field(description="Ids of the first 100.")


class PageParameters(BaseModel):
    """Which part of a view."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=MAX_PAGE)
    cursor: str | None = Field(None, description="`next` of the previous page.")


def make_router(backend: Backend, deciders: Deciders) -> APIRouter:
    """The calls of views over one store and index."""
    router = APIRouter(prefix="/views")
    _add_reads(router, backend, deciders)
    _add_writes(router, backend, deciders)
    return router


def _add_reads(router: APIRouter, backend: Backend, deciders: Deciders) -> None:
    @router.get("", summary="Views")
    def list_views(request: Request) -> ViewsShape:
        """The shared views and your own, by name."""
        who = name_reader(deciders, request)
        with backend.store.read() as connection:
            visits = read_visits(connection, who)
            found = list_seen(connection, deciders, request)
        return ViewsShape(items=[_shape(one, visits.get(one.id)) for one in found])

    @router.get("/{view_id}", summary="One view")
    def show_view(view_id: int, request: Request) -> ViewShape:
        """A view that is shared or yours."""
        return _show(backend, deciders, request, view_id)

    @router.get("/{view_id}/dispatches", summary="The dispatches of a view")
    def list_dispatches(
        view_id: int, parameters: Annotated[PageParameters, Query()], request: Request
    ) -> dict[str, Any]:
        """The newest news first; pass `next` as `cursor` to get the next page."""
        with backend.store.read() as connection:
            search = read_search(read_seen(connection, view_id, deciders, request).search)
        reader = make_reader(backend, deciders, request)
        page = reader.read(search, limit=parameters.limit, cursor=parameters.cursor)
        total = {"value": page.total.value, "relation": page.total.relation}
        items = [dict(hit.document) for hit in page.hits]
        complete = backend.describe_complete()
        return {"items": items, "total": total, "next": page.next, "completeness": complete}


def _add_writes(router: APIRouter, backend: Backend, deciders: Deciders) -> None:
    def may_write(request: Request) -> None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if (
            request.method != "DELETE" and kind != "application/json"
        ):  # what a form of another site cannot send
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON as application/json.")
        deciders.check(request)

    writes = [Depends(may_write)]

    @router.post("", summary="Keep a view", dependencies=writes, status_code=HTTPStatus.CREATED)
    def add(body: ViewBody, request: Request) -> ViewShape:
        """Keep a search under a name."""
        data = read_search(body.search.to_data()).to_data()
        who = name_reader(deciders, request)
        with backend.store.write() as connection:
            made = add_view(connection, body.name, data, is_shared=body.shared, who=who, at=datetime.now(UTC))
        return _shape(made, None)

    @router.post("/preview", summary="Try the search of a view", dependencies=writes)
    def try_search(body: TryBody, request: Request) -> TriedShape:
        """What it would have gained and lost in the last day. Nothing is kept."""
        before = None
        if body.view is not None:
            with backend.store.read() as connection:
                before = read_search(read_seen(connection, body.view, deciders, request).search)
        found = preview_view(make_reader(backend, deciders, request), body.search, before)
        return TriedShape(
            total=found.total,
            gains=len(found.gains),
            loses=len(found.loses),
            cut=found.is_cut,
            gained=_list_ids(found.gains),
            lost=_list_ids(found.loses),
        )

    @router.put("/{view_id}", summary="Change a view", dependencies=writes)
    def change(view_id: int, body: ViewBody, request: Request) -> ViewShape:
        """Give a view another name or search. Its owner may, and an admin."""
        data = read_search(body.search.to_data()).to_data()
        who, now = name_reader(deciders, request), datetime.now(UTC)
        with backend.store.write() as connection:
            check_change(read_seen(connection, view_id, deciders, request), deciders, request)
            change_view(connection, view_id, body.name, data, is_shared=body.shared, who=who, at=now)
        return _show(backend, deciders, request, view_id)

    @router.delete(
        "/{view_id}", summary="Remove a view", dependencies=writes, status_code=HTTPStatus.NO_CONTENT
    )
    def remove(view_id: int, request: Request) -> Response:
        """Remove a view. Its owner may, and an admin."""
        with backend.store.write() as connection:
            check_change(read_seen(connection, view_id, deciders, request), deciders, request)
            remove_view(connection, view_id, who=name_reader(deciders, request))
        return Response(status_code=HTTPStatus.NO_CONTENT)


def _show(backend: Backend, deciders: Deciders, request: Request, view_id: int) -> ViewShape:
    who = name_reader(deciders, request)
    with backend.store.read() as connection:
        found = read_seen(connection, view_id, deciders, request)
        return _shape(found, read_visits(connection, who).get(view_id))


def _list_ids(hits: tuple[SearchHit, ...]) -> list[str]:
    return [hit.id for hit in hits[:NAMED]]


def _shape(view: View, visited_at: datetime | None) -> ViewShape:
    values = to_json(view)
    values["shared"] = values.pop("is_shared")
    return ViewShape(**values, visited_at=to_json(visited_at))
