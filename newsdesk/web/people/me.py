"""`/me`: what a person sets for the desk, as a page that needs no script and as a call."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from copytaster.errors import UsageError
from copytaster.store.preferences import keep_preferences
from newsdesk.operations.preferences import ACTIONS, Preferences, list_keys, list_zones, read_preferences
from newsdesk.web.decisions.deciders import find_person, require_json
from newsdesk.web.people.people import Role
from newsdesk.web.people.preferences import COOKIE, find_preferences, name_keeper, write_cookie

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer

YEAR_S = 365 * 24 * 3600
AREAS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
_STALE = "this page was opened before the service started again: load it once more"


class MeParameters(BaseModel):
    """Whether something was kept just now."""

    model_config = ConfigDict(extra="forbid")

    kept: bool = False


class PreferencesPatch(BaseModel):
    """What to set; what is left out stays as it is, what is empty goes back to what the service has."""

    model_config = ConfigDict(extra="forbid")

    timezone: str | None = Field(None, description="IANA name, such as Europe/Berlin.")
    density: Literal["dense", "comfortable", ""] | None = Field(
        None, description="Height of the rows of a list."
    )
    keys: dict[str, str] | None = Field(
        None, description="Action to key; actions left out have their first key."
    )


class InForce(BaseModel):
    """What pages use: what you set, else what the service has."""

    timezone: str
    density: str
    keys: dict[str, str] = Field(description="Action to key, of every action.")


class MeShape(BaseModel):
    """Who you are here, and what you set."""

    name: str = Field(description="As the proxy or the token names you; empty where nobody does.")
    role: str
    kept_in: Literal["store", "browser"]
    chosen: dict[str, Any] = Field(description="What you set.")
    in_force: InForce


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders) -> None:
    """Register the page and its form."""

    def show(
        request: Request, chosen: Mapping[str, Any], *, problem: UsageError | None = None, kept: bool = False
    ) -> Response:
        return pages.render(
            "me.html",
            status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
            problem=None if problem is None else str(problem),
            is_kept=kept,
            chosen=chosen,
            keys=[
                (action, label, chosen["keys"].get(action, key), key)
                for action, (key, label) in ACTIONS.items()
            ],
            zones=_group_zones(chosen["timezone"]),
            zone_of_service=backend.house_zone.key,
            person=find_person(request),
            is_kept_in_store=bool(name_keeper(find_person(request))),
            token=deciders.make_token(request),
        )

    @app.get("/me", include_in_schema=False)
    def me(parameters: Annotated[MeParameters, Query()], request: Request) -> Response:
        return show(request, find_preferences().model_dump(), kept=parameters.kept)

    @app.post("/me", include_in_schema=False)
    async def change(request: Request) -> Response:
        form = await _read_form(request)
        return await run_in_threadpool(keep, request, form)

    def keep(request: Request, form: dict[str, str]) -> Response:
        deciders.check(request, need=Role.READ)
        chosen = _read_chosen(form)
        if not deciders.knows_token(request, form.get("token", "")):
            return show(request, chosen, problem=UsageError(_STALE))
        try:
            answer = RedirectResponse("/me?kept=1", status_code=HTTPStatus.SEE_OTHER)
            _keep(backend, request, answer, read_preferences(chosen))
        except UsageError as error:
            return show(request, chosen, problem=error)
        return answer


def make_router(backend: Backend, deciders: Deciders) -> APIRouter:
    """The calls."""
    router = APIRouter(prefix="/me")

    @router.get("", summary="Who you are, and what you set for the desk")
    def show_me(request: Request) -> MeShape:
        """Your name and role, what you set, and what pages use."""
        return _shape(backend, request, find_preferences())

    @router.patch("", summary="Set your time zone, row height or keys")
    def change_me(body: PreferencesPatch, request: Request, answer: Response) -> MeShape:
        """Kept under your name. Where nobody names you, the answer sets a cookie, and your browser keeps it."""
        require_json(request)
        deciders.check(request, need=Role.READ)
        changed = read_preferences(find_preferences().model_dump() | body.model_dump(exclude_none=True))
        _keep(backend, request, answer, changed)
        return _shape(backend, request, changed)

    return router


def _keep(backend: Backend, request: Request, answer: Response, preferences: Preferences) -> None:
    who = name_keeper(find_person(request))
    if who:
        with backend.store.write() as connection:
            keep_preferences(connection, who, preferences.to_data(), at=datetime.now(UTC))
        return
    is_secure = request.url.scheme == "https"
    answer.set_cookie(
        COOKIE,
        write_cookie(preferences),
        max_age=YEAR_S,
        httponly=True,
        samesite="strict",
        secure=is_secure,
        path="/",
    )


def _shape(backend: Backend, request: Request, preferences: Preferences) -> MeShape:
    person = find_person(request)
    in_force = InForce(
        timezone=preferences.timezone or backend.house_zone.key,
        density=preferences.density or "dense",
        keys=list_keys(preferences.keys),
    )
    return MeShape(
        name=person.name,
        role=person.role.name.lower(),
        kept_in="store" if name_keeper(person) else "browser",
        chosen=preferences.to_data(),
        in_force=in_force,
    )


async def _read_form(request: Request) -> dict[str, str]:
    """The values of the form.

    Raises:
        UsageError: it is too long.
    """
    try:
        values = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=4 * len(ACTIONS))
    except ValueError as error:
        raise UsageError("the form is too long") from error
    return {name: one[0] for name, one in values.items()}


def _read_chosen(form: Mapping[str, str]) -> dict[str, Any]:
    """The preferences in a form; an empty box of a key is its first key."""
    if form.get("do") == "reset":
        return Preferences().model_dump()
    keys = {action: form.get(f"key_{action}", "").strip() for action in ACTIONS}
    return {
        "timezone": form.get("timezone", "").strip(),
        "density": form.get("density", ""),
        "keys": {action: key for action, key in keys.items() if key},
    }


def _group_zones(chosen: str) -> list[tuple[str, list[str]]]:
    """(area, names) of the zones to choose from; one that somebody set by another name comes first."""
    names = sorted(list_zones())
    groups = [(area, [name for name in names if name.startswith(f"{area}/")]) for area in AREAS]
    listed = {name for _, group in groups for name in group}
    others = ["UTC", *([chosen] if chosen and chosen not in listed | {"UTC"} else [])]
    return [("Everywhere", others), *groups]
