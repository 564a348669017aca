"""The web application: pages for editors, the API, health and metrics."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles

from copytaster.errors import UsageError
from copytaster.masking.values import mask_value
from copytaster.schedule.load import CrawlLoad
from indexer.query import read_query
from newsdesk.operations.cms import Cms
from newsdesk.operations.health import Health
from newsdesk.web import api, problems
from newsdesk.web.backend import Backend
from newsdesk.web.decisions import basket
from newsdesk.web.decisions import routes as decision_pages
from newsdesk.web.decisions.deciders import Deciders
from newsdesk.web.dispatch import embargoes as embargo_pages
from newsdesk.web.dispatch import routes as dispatch_pages
from newsdesk.web.dispatch import trace as trace_pages
from newsdesk.web.listening.hosts import TrustedHosts
from newsdesk.web.marks import routes as marks_pages
from newsdesk.web.marks import takes
from newsdesk.web.marks.filter import MarkFilter
from newsdesk.web.marks.view import describe_list_marks
from newsdesk.web.metrics.page import MetricsPage
from newsdesk.web.pages import PageRenderer
from newsdesk.web.parameters import (  # noqa: TC001 - FastAPI reads them
    LiveParameters,
    PageParameters,
    SourcesParameters,
)
from newsdesk.web.people import audit as audit_pages
from newsdesk.web.people import me as me_pages
from newsdesk.web.people.entry import Entry
from newsdesk.web.people.gate import Gate
from newsdesk.web.people.people import People
from newsdesk.web.policy import HEADERS, WITH_SCRIPTS
from newsdesk.web.push import make_push_router
from newsdesk.web.readiness import check_index, check_store, read_notice
from newsdesk.web.reports import completeness as completeness_pages
from newsdesk.web.reports import pickup as reports
from newsdesk.web.search.exports import add_exports
from newsdesk.web.search.feeds import add_feeds
from newsdesk.web.search.line import answer_line
from newsdesk.web.search.live import LIST, LineSearches, LiveFeed
from newsdesk.web.search.page import describe_coming, describe_frame, describe_results
from newsdesk.web.search.pasted_address import find_dispatch, is_address
from newsdesk.web.search.understood import describe_help, describe_understood, follow
from newsdesk.web.sources_page import describe_fault, describe_sources
from newsdesk.web.subscriptions import routes as subscription_pages
from newsdesk.web.views import board as board_pages
from newsdesk.web.views import routes as views_pages
from spiders.sources.live import LiveSources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from indexer.search import SearchQuery
    from newsdesk.web.push import Push
    from settings import Settings
    from spiders.sources.config import Sources


def create_app(
    store: Store,
    index: SearchIndex,
    settings: Settings,
    sources: Sources | LiveSources,
    health: Health | None = None,
    push: Push | None = None,
    load: CrawlLoad | None = None,
    describe_starting: Callable[[], Mapping[str, str]] = dict,
) -> FastAPI:
    """The application over a store and an index; the caller owns and closes both.

    `health` and `load`: of the parts of this process, and of its crawl. `push` takes in copy that senders push; without it
    they are answered 503. `describe_starting` names what this process has still to do before it works in full.
    """
    followed = sources if isinstance(sources, LiveSources) else LiveSources(sources)
    backend = Backend(
        store=store,
        index=index,
        sources=followed,
        house_zone=ZoneInfo(settings.web.timezone),
        health=health or Health(store),
        schedule=settings.schedule,
        load=load or CrawlLoad(),
        grouping=settings.grouping,
    )
    pages = PageRenderer(settings.web.timezone)
    app = FastAPI(
        title="Copytaster",
        version=version("copytaster"),
        description="One hit per dispatch, whoever reprinted it.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{api.PREFIX}/openapi.json",
    )
    live = LiveFeed(backend, most=settings.web.max_live_pages)
    app.state.live = live
    people = People(settings.web, store)
    app.add_middleware(Entry, people=people, store=store, answer=partial(problems.answer_problem, pages))
    app.add_middleware(
        Gate,
        hosts=TrustedHosts(settings.web.hosts, listens_on=settings.web.host),
        max_requests=settings.web.max_requests,
        answer=partial(problems.answer_problem, pages),
    )
    app.add_middleware(_Headers)
    app.mount("/static", StaticFiles(directory=str(files("newsdesk.web") / "static")), name="static")
    deciders = Deciders(settings.web, people)
    marks = MarkFilter(backend, deciders)
    cms = Cms(settings.cms)
    taking = takes.Taking(backend, deciders, cms)
    reporter = reports.Reporter(backend, settings.web.us)
    app.include_router(api.make_router(backend, deciders, marks, taking, reporter))
    app.include_router(make_push_router(backend, push, api.PREFIX))
    _add_pages(app, backend, pages, live, deciders, marks)
    add_exports(app, backend, marks)
    dispatch_pages.add_pages(app, backend, pages, deciders, can_send=cms.is_set)
    basket.add_pages(app, backend, pages, deciders)
    decision_pages.add_pages(app, backend, pages, deciders)
    audit_pages.add_pages(app, backend, pages, deciders)
    me_pages.add_pages(app, backend, pages, deciders)
    views_pages.add_pages(app, backend, pages, deciders)
    board_pages.add_pages(app, backend, pages, deciders, live)
    subscription_pages.add_pages(app, backend, pages, deciders)
    add_feeds(app, backend)
    embargo_pages.add_pages(app, backend, pages, settings.web.embargo_password)
    trace_pages.add_pages(app, backend, pages)
    completeness_pages.add_pages(app, backend, pages)
    marks_pages.add_pages(app, backend, pages, deciders)
    takes.add_pages(app, backend, pages, deciders, taking)
    reports.add_pages(app, pages, reporter)
    _add_line(app, backend, live, marks)
    metrics = MetricsPage(
        store,
        lambda: backend.health.parts,
        followed,
        settings.schedule,
        backend.load,
        settings.data_dir,
    )
    _add_probes(app, backend, metrics, describe_starting)
    problems.add_handlers(app, pages)
    return app


class _Headers:
    """Adds `HEADERS` to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def pass_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, pass_on)


def _add_pages(
    app: FastAPI,
    backend: Backend,
    pages: PageRenderer,
    live: LiveFeed,
    deciders: Deciders,
    marks: MarkFilter,
) -> None:
    @app.get("/", include_in_schema=False)
    def search(parameters: Annotated[PageParameters, Query()], request: Request) -> Response:
        live_from = live.find_start()  # before the search: what comes between the two is told
        desk = decision_pages.describe_desk(deciders, request)
        if is_address(parameters.q):
            with backend.store.read() as connection:
                found_at = find_dispatch(connection, parameters.q)
            if found_at:
                return RedirectResponse(f"/dispatches/{found_at}", status_code=303)
        try:
            narrowed = marks.narrow(parameters.to_query(backend.zone), parameters, request)
            helped = backend.search_helped(narrowed.query)
        except UsageError as error:
            frame: dict[str, Any] = {**describe_frame(parameters), "problem": str(error)}
            frame |= describe_list_marks(backend.store, parameters, (), desk) | {
                "pending": [],
                "complete": None,
            }
            return pages.render("search.html", status=400, **frame)
        found, typed = helped.page, parameters
        parameters = follow(typed, helped)
        results = describe_results(parameters, found) | {"q": typed.q}
        results |= {"understood": describe_understood(parameters)} | describe_help(typed, helped)
        results |= describe_list_marks(backend.store, parameters, found.hits, desk, cut=narrowed.cut)
        results["embargoed"] = embargo_pages.describe_waiting(backend)
        results["complete"] = backend.recall_complete()
        results["pending"] = takes.describe_pending(backend, desk)
        if not (found.hits or typed.q):
            results["coming"] = describe_coming(backend)
        shown = results | {"notice": read_notice(backend.store, backend.index), "live_from": live_from}
        return pages.render("search.html", headers=WITH_SCRIPTS, **shown)

    @app.get("/sources", include_in_schema=False)
    def sources(parameters: Annotated[SourcesParameters, Query()]) -> Response:
        return pages.render(
            "sources.html", **describe_sources(backend, parameters), fault=describe_fault(backend)
        )

    @app.get("/api", include_in_schema=False)
    def reference() -> Response:
        return pages.render("api.html", calls=_list_calls(app))


def _add_line(app: FastAPI, backend: Backend, live: LiveFeed, marks: MarkFilter) -> None:
    def read_line(parameters: LiveParameters, request: Request) -> SearchQuery:
        return marks.narrow(parameters.to_query(backend.zone), parameters, request).query

    @app.get("/live", include_in_schema=False)
    async def follow(parameters: Annotated[LiveParameters, Query()], request: Request) -> Response:
        """Events of one list; one answer in JSON for a page that asks again and again."""
        line = LineSearches(lambda: {LIST: read_line(parameters, request)}, moves=parameters.moves)
        read_query((await line.find())[LIST])  # a text that cannot be read is refused before the line begins
        return await answer_line(live, line, parameters.after, request)


def _list_calls(app: FastAPI) -> list[dict[str, Any]]:
    return [
        {"method": method.upper(), "path": path, **call}
        for path, methods in app.openapi()["paths"].items()
        for method, call in methods.items()
    ]


def _add_probes(
    app: FastAPI,
    backend: Backend,
    page: MetricsPage,
    describe_starting: Callable[[], Mapping[str, str]],
) -> None:
    @app.get("/livez", summary="Liveness of the process", tags=["probes"])
    async def livez() -> dict[str, str]:  # no thread needed: it answers while all of them wait
        return {"status": "ok"}

    @app.get("/readyz", summary="Readiness of store and index", tags=["probes"])
    def readyz() -> JSONResponse:
        checks = {"store": check_store(backend.store), "index": check_index(backend)}
        ready = all(check == "ok" for check in checks.values())
        failing = {part.part: part.last_error for part in backend.health.parts if not part.ok}
        starting = dict(describe_starting())
        return JSONResponse(
            {
                "status": ("starting" if starting else "ok") if ready else "unready",
                "checks": mask_value(checks),
                "starting": starting,
                "failing": mask_value(failing),
            },
            status_code=200 if ready else 503,
        )

    @app.get("/metrics", summary="Metrics for Prometheus", tags=["probes"])
    def metrics() -> Response:
        return Response(page.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/version", summary="Name and version of the program", tags=["probes"])
    def show_version() -> dict[str, str]:
        return {"name": "copytaster", "version": version("copytaster")}
