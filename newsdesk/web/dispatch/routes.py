"""The routes of one dispatch: its page with the tabs, and its carriers as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse

from copytaster.store.decisions import list_decisions_about
from copytaster.store.dispatches import read_dispatch
from copytaster.store.embargoes import list_embargoes_of
from copytaster.store.raw_pages import read_page_headers
from indexer.merge import merge_rows
from newsdesk.operations.decisions import decision_to_json, list_pinned
from newsdesk.web.decisions import routes as decision_pages
from newsdesk.web.dispatch.carriers import CarrierParameters, write_csv
from newsdesk.web.dispatch.page import describe_dispatch
from newsdesk.web.dispatch.tabs import LABELS, DispatchParameters, describe_open_tab, describe_tabs
from newsdesk.web.marks.takes import describe_pending
from newsdesk.web.marks.view import describe_desk_marks
from newsdesk.web.policy import WITH_SCRIPTS
from spiders.receiving.mail_verdict import kept_verdict
from spiders.sources.config import RECEIVED

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from indexer.record import DispatchRecord
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer


def add_pages(
    app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders, *, can_send: bool
) -> None:
    """Add the pages of one dispatch to the application."""

    @app.get("/dispatches/{dispatch_id}", include_in_schema=False)
    def dispatch(
        dispatch_id: str, parameters: Annotated[DispatchParameters, Query()], request: Request
    ) -> Response:
        with backend.store.read() as connection:
            rows = read_dispatch(connection, dispatch_id)
            if rows.id != dispatch_id:
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(f"/dispatches/{rows.id}{query}", status_code=301)
            record = merge_rows(rows)
            decided = [decision_to_json(row) for row in list_decisions_about(connection, [rows.id])]
            held = list_embargoes_of(connection, [member.story_id for member in rows.members])
            desk = decision_pages.describe_desk(deciders, request)
            sender = _find_sender(connection, record)
            marked = describe_desk_marks(connection, record, desk["who"], can_send=can_send)
            shown = describe_open_tab(connection, rows, record, parameters, backend.grouping)
        tab = parameters.open_tab
        return pages.render(
            "dispatch.html",
            headers=WITH_SCRIPTS,
            d=describe_dispatch(rows, record, parameters.carriers, held, sender=sender),
            tab=tab,
            tab_label=LABELS[tab],
            tabs=describe_tabs(rows.id, parameters, {"carriers": len(record.members)}),
            decisions=decided,
            desk=desk,
            marked=marked,
            pending=describe_pending(backend, desk, rows.id),
            back=f"/dispatches/{rows.id}",
            pinned=list_pinned(decided),
            **shown,
        )

    @app.get("/dispatches/{dispatch_id}/carriers.csv", include_in_schema=False)
    def carriers(dispatch_id: str, parameters: Annotated[CarrierParameters, Query()]) -> Response:
        with backend.store.read() as connection:
            record = merge_rows(read_dispatch(connection, dispatch_id))
        named = {"Content-Disposition": f'attachment; filename="carriers-{record.id}.csv"'}
        named |= backend.complete_headers()
        return Response(write_csv(record, parameters), media_type="text/csv; charset=utf-8", headers=named)


def _find_sender(connection: Connection, record: DispatchRecord) -> str | None:
    """The verdict on who mailed the text that is shown; None where it came otherwise. Servers of pages may print the header too."""
    shown = record.canonical
    own = next((one for one in record.members if shown and one.story == shown.story), None)
    if shown is None or own is None or own.channel not in RECEIVED:
        return None
    return kept_verdict(read_page_headers(connection, shown.version))
