"""Who sees and who changes a view, and under which name a person reads."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from copytaster.errors import NotFoundError
from copytaster.store.views import list_views, read_view
from newsdesk.operations.desk_views import ViewReader
from newsdesk.web.decisions.deciders import WHO_COOKIE, find_person
from newsdesk.web.people.people import Role

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from copytaster.store.views import View
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders


def name_reader(deciders: Deciders, request: Request) -> str:
    """Under which name this person's views and visits are kept; empty for who is not known."""
    person = find_person(request)
    if person.way == "unknown":
        return ""
    return deciders.name(request, None if deciders.is_named(request) else request.cookies.get(WHO_COOKIE))


def list_seen(connection: Connection, deciders: Deciders, request: Request) -> list[View]:
    """The views that this person may open: the shared ones and his own."""
    return list_views(connection, who=name_reader(deciders, request))


def read_seen(connection: Connection, view_id: int, deciders: Deciders, request: Request) -> View:
    """A view that this person may open.

    Raises:
        NotFoundError: there is none of this number, or it is another person's own.
    """
    view = read_view(connection, view_id)
    is_his = view.owner == name_reader(deciders, request)
    if view.is_shared or is_his or find_person(request).role >= Role.ADMIN:
        return view
    raise NotFoundError("no such view", resource=f"view {view_id}")


def make_reader(backend: Backend, deciders: Deciders, request: Request) -> ViewReader:
    """How this person reads views: `used` in one means what he used."""
    return ViewReader(backend.store, backend.search, backend.zone, deciders.find_name(request))


def may_change(view: View, deciders: Deciders, request: Request) -> bool:
    """True for the owner of the role `desk`, and for an admin."""
    role = find_person(request).role
    return role >= Role.ADMIN or (role >= Role.DESK and view.owner == name_reader(deciders, request))


def check_change(view: View, deciders: Deciders, request: Request) -> None:
    """Refuse who may not change a view.

    Raises:
        HTTPException: 403.
    """
    if not may_change(view, deciders, request):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, f"This view belongs to {view.owner}: he or an admin changes it."
        )
