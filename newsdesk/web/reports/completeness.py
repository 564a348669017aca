"""The page of one source's books, and the calls of `/api/v1` for books and completeness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from copytaster.errors import NotFoundError, UsageError, nearest
from copytaster.store import ledger
from copytaster.store.books import GATES
from newsdesk.operations.books import describe_difference, describe_stops, read_report, report_to_json
from newsdesk.operations.bounds import read_bound
from newsdesk.operations.completeness import completeness_to_json
from newsdesk.web.parameters import NoParameters  # noqa: TC001 - FastAPI reads it

if TYPE_CHECKING:
    from newsdesk.operations.books import BooksReport
    from newsdesk.web.backend import Backend
    from newsdesk.web.pages import PageRenderer

WINDOW = timedelta(days=1)
MOST_DAYS = timedelta(days=31)  # of one answer


class BooksParameters(BaseModel):
    """Which books to show."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = Field(None, max_length=128, description="Only this source.")
    since: str = Field("", max_length=40, description="Day or moment; by default 24 hours before the end.")
    until: str = Field("", max_length=40, description="Day or moment; by default now.")


def add_pages(app: FastAPI, backend: Backend, pages: PageRenderer) -> None:
    """Register the page."""

    @app.get("/sources/{name}", include_in_schema=False)
    def show_source(
        name: Annotated[str, Path(max_length=128)], _: Annotated[NoParameters, Query()]
    ) -> Response:
        now = datetime.now(UTC)
        report = _read_books(backend, now - WINDOW, now, name)
        holes = [hole for hole in backend.read_complete().holes if hole.source == name]
        rows = [
            {
                "start": one.start,
                "passed": [gate.passed for gate in one.gates],
                "stopped": describe_stops(one),
                "difference": describe_difference(one),
            }
            for one in reversed(report.periods)
        ]
        return pages.render("source.html", name=name, gates=GATES, rows=rows, holes=holes)


def make_router(backend: Backend) -> APIRouter:
    """The calls."""
    router = APIRouter()

    @router.get("/completeness", summary="Up to when everything is searchable, and the holes")
    def show_completeness(_: Annotated[NoParameters, Query()]) -> dict[str, Any]:
        """Every due time before `complete_to` has run and its stories are searchable, but for the `holes`.

        `to` is null for a hole that goes on; `id` is null for one that the next whole run closes by itself.
        """
        return completeness_to_json(backend.read_complete())

    @router.get("/books", summary="What passed each gate, and why the rest did not")
    def show_books(parameters: Annotated[BooksParameters, Query()]) -> dict[str, Any]:
        """Each source with its gates, by period: what came, what passed, what stopped by reason, what is unaccounted for."""
        until = read_bound("until", parameters.until, backend.zone, end=True) or datetime.now(UTC)
        since = read_bound("since", parameters.since, backend.zone) or until - WINDOW
        if not timedelta(0) <= until - since <= MOST_DAYS:
            hint = f"since, and until at most {MOST_DAYS.days} days later"
            raise UsageError("no such window", resource="since", hint=hint)
        return report_to_json(_read_books(backend, since, until, parameters.source))

    return router


def _read_books(backend: Backend, since: datetime, until: datetime, source: str | None) -> BooksReport:
    with backend.store.read() as connection:
        report = read_report(connection, since=since, until=until, source=source)
        if source is not None and not report.periods:
            known = {*ledger.count_outcomes(connection), *(one.name for one in backend.sources)}
            if source not in known:
                raise NotFoundError(
                    f"no source is named {source!r}", resource="source", hint=nearest(source, known)
                )
    return report
