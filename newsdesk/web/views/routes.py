"""The pages of views: the list with what is unread, the form with its preview, and columns side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field

from copytaster.errors import CopytasterError, QueryError, UsageError
from copytaster.store import views as store_views
from newsdesk.operations.desk_views import (
    LINES,
    MOST_UNREAD,
    ViewSearch,
    count_unread,
    preview_view,
    read_search,
)
from newsdesk.web.parameters import PageParameters
from newsdesk.web.problems import find_status
from newsdesk.web.search.page import describe_hit
from newsdesk.web.subscriptions.access import list_mine
from newsdesk.web.views.access import check_change, list_seen, make_reader, may_change, name_reader, read_seen
from newsdesk.web.views.board import COLUMNS
from newsdesk.web.views.form import ViewForm, list_choices, name_view, read_view_form

if TYPE_CHECKING:
    from copytaster.store.views import View
    from newsdesk.operations.desk_views import ViewPreview, ViewReader
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

NAMED = 8  # dispatches that a preview names


class EditParameters(PageParameters):
    """What the form begins with: a view, or a search of the list."""

    edit: int | None = Field(None, ge=1, description="The view to change; without it, a new one.")


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    """Register the pages."""
    desk = _Desk(backend, pages, deciders)

    @app.get("/views", include_in_schema=False)
    def views(request: Request) -> Response:
        return desk.show_list(request)

    @app.get("/views.json", include_in_schema=False)
    def export(request: Request) -> Response:
        with backend.store.read() as connection:
            seen = list_seen(connection, deciders, request)
        items = [{"name": one.name, "shared": one.is_shared, "search": dict(one.search)} for one in seen]
        named = {"Content-Disposition": 'attachment; filename="views.json"'}
        return JSONResponse({"views": items}, headers=named)

    @app.get("/views/edit", include_in_schema=False)
    def edit(parameters: Annotated[EditParameters, Query()], request: Request) -> Response:
        return desk.show_form(request, desk.begin_form(parameters, request))

    @app.post("/views/edit", include_in_schema=False)
    def save(form: Annotated[ViewForm, Depends(read_view_form)], request: Request) -> Response:
        return desk.take_form(request, form)


def read_listed(parameters: PageParameters) -> ViewSearch:
    """The search of a list."""
    return ViewSearch(
        words=parameters.q,
        agencies=list(parameters.chosen("agency")),
        publishers=list(parameters.chosen("publisher")),
        languages=list(parameters.chosen("language")),
        kinds=list(parameters.chosen("kind")),
        families=list(parameters.chosen("family")),
        markers=list(parameters.chosen("marker")),
        relations=list(parameters.chosen("relation")),
        without_kinds=[value for name, value in parameters.excluded if name == "kind"],
        without=[f"{name}:{value}" for name, value in parameters.excluded if name != "kind"],
        marks=list(parameters.mark or ()),
        without_marks=list(parameters.unmarked or ()),
        since=parameters.since,
        until=parameters.until,
    )


class _Desk:
    def __init__(self, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
        self._backend = backend
        self._pages = pages
        self._deciders = deciders

    def show_list(self, request: Request) -> Response:
        who = name_reader(self._deciders, request)
        with self._backend.store.read() as connection:
            seen = list_seen(connection, self._deciders, request)
            visits = store_views.read_visits(connection, who) if who else {}
            mine = list_mine(connection, self._deciders, request)
        stopped = sum(one.paused_at is not None and one.error is not None for one in mine)
        items = [self._describe(view, visits.get(view.id), request) for view in seen]
        may = self._deciders.find_refusal(request) is None
        return self._pages.render(
            "views.html", items=items, who=who, may=may, columns=COLUMNS, stopped=stopped
        )

    def _describe(self, view: View, visited_at: datetime | None, request: Request) -> dict[str, Any]:
        unread, problem = "", ""
        try:
            search = read_search(view.search)
            if visited_at is not None:
                unread = self._count_unread(self._read_as(request), search, visited_at)
        except (UsageError, QueryError) as error:
            search, problem = ViewSearch(), str(error)
        return {
            "view": view,
            "href": "/?" + urlencode(search.list_pairs()),
            "lines": list_lines(search),
            "visited_at": visited_at,
            "unread": unread,
            "problem": problem,
            "may_change": may_change(view, self._deciders, request),
        }

    def _read_as(self, request: Request) -> ViewReader:
        return make_reader(self._backend, self._deciders, request)

    def _count_unread(self, reader: ViewReader, search: ViewSearch, visited_at: datetime) -> str:
        page = reader.read(search, limit=MOST_UNREAD)
        count = count_unread(page.hits, visited_at)
        return f"{count}+" if count == MOST_UNREAD and page.next else str(count or "")

    def begin_form(self, parameters: EditParameters, request: Request) -> ViewForm:
        if parameters.edit is None:
            return ViewForm(search=read_listed(parameters))
        with self._backend.store.read() as connection:
            view = read_seen(connection, parameters.edit, self._deciders, request)
        return _fill_form(view)

    def show_form(
        self,
        request: Request,
        form: ViewForm,
        *,
        preview: ViewPreview | None = None,
        problem: Exception | None = None,
    ) -> Response:
        shown = None if preview is None else _describe_preview(preview, is_new=form.view is None)
        return self._pages.render(
            "view_edit.html",
            status=HTTPStatus.OK if problem is None else find_status(problem),
            form=form,
            lines=list_choices(self._backend, form.search),
            preview=shown,
            problem=None if problem is None else str(problem),
            refusal=self._deciders.find_refusal(request),
            token=self._deciders.make_token(request),
        )

    def take_form(self, request: Request, form: ViewForm) -> Response:
        """Try, save or remove, as the button says."""
        self._deciders.check(request)
        view = None
        if form.view is not None:
            with self._backend.store.read() as connection:
                view = read_seen(connection, form.view, self._deciders, request)
        try:
            if form.do == "try":
                before = None if view is None else read_search(view.search)
                preview = preview_view(self._read_as(request), form.search, before)
                return self.show_form(request, form, preview=preview)
            if not self._deciders.knows_token(request, form.token):
                raise UsageError("this page was opened before the service started again: send it once more")
            if view is not None and form.do == "remove" and not form.sure:
                check_change(view, self._deciders, request)
                return self._ask(request, view)
            self._write(request, form, view)
        except CopytasterError as error:
            filled = _fill_form(view) if view is not None and form.sure else form  # that page has no search
            return self.show_form(request, filled, problem=error)
        return RedirectResponse("/views", status_code=HTTPStatus.SEE_OTHER)

    def _ask(self, request: Request, view: View) -> Response:
        """Whether to remove a view: nothing brings one back."""
        token = self._deciders.make_token(request)
        lines = list_lines(ViewSearch.model_validate(view.search))
        return self._pages.render("view_remove.html", view=view, lines=lines, token=token)

    def _write(self, request: Request, form: ViewForm, view: View | None) -> None:
        who, now = name_reader(self._deciders, request), datetime.now(UTC)
        name, data = name_view(form), read_search(form.search.to_data()).to_data()
        if view is not None:
            check_change(view, self._deciders, request)
        with self._backend.store.write() as connection:
            if view is None:
                store_views.add_view(connection, name, data, is_shared=form.shared, who=who, at=now)
            elif form.do == "remove":
                store_views.remove_view(connection, view.id, who=who)
            else:
                store_views.change_view(
                    connection, view.id, name, data, is_shared=form.shared, who=who, at=now
                )


def list_lines(search: ViewSearch) -> list[tuple[str, str]]:
    """Each line of a search that is not empty, with what people call it."""
    names = {field: name for name, field in LINES.items()}
    return [
        (names[field], value if isinstance(value, str) else ", ".join(value))
        for field, value in search.to_data().items()
    ]


def _fill_form(view: View) -> ViewForm:
    search = ViewSearch.model_validate(view.search)
    return ViewForm(view=view.id, name=view.name, shared=view.is_shared, search=search)


def _describe_preview(preview: ViewPreview, *, is_new: bool) -> dict[str, Any]:
    sides = [] if is_new else [("gains", preview.gains), ("loses", preview.loses)]
    if is_new:
        sides = [("shows", preview.gains)]
    return {
        "is_new": is_new,
        "total": preview.total,
        "gains": len(preview.gains),
        "loses": len(preview.loses),
        "is_cut": preview.is_cut,
        "sides": [
            {
                "word": word,
                "count": len(hits),
                "hits": [describe_hit(hit) for hit in hits[:NAMED]],
                "left_out": max(0, len(hits) - NAMED),
            }
            for word, hits in sides
            if hits
        ],
    }
