"""Several views side by side, kept fresh by one line for all of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from copytaster.errors import CopytasterError, QueryError, UsageError
from copytaster.store import views as store_views
from newsdesk.operations.desk_views import read_news_at, read_search
from newsdesk.web.policy import WITH_SCRIPTS
from newsdesk.web.search.line import answer_line
from newsdesk.web.search.live import LineSearches
from newsdesk.web.search.page import describe_hit, describe_keys
from newsdesk.web.views.access import make_reader, name_reader, read_seen

if TYPE_CHECKING:
    from copytaster.store.views import View
    from indexer.search import SearchQuery
    from newsdesk.operations.desk_views import ViewReader
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.pages import PageRenderer
    from newsdesk.web.search.live import LiveFeed

COLUMNS = 4
ROWS = 40  # of a column


class BoardParameters(BaseModel):
    """The views of a board, from left to right."""

    model_config = ConfigDict(extra="forbid")

    view: Annotated[list[int], Field(min_length=1, max_length=COLUMNS)]


class BoardLineParameters(BoardParameters):
    """The views of an open board, and the change from which its line goes on."""

    after: int = Field(ge=0, le=2**63 - 1, description="`complete_to` of the last event.")


def add_pages(
    app: FastAPI, backend: Backend, pages: PageRenderer, deciders: Deciders, live: LiveFeed
) -> None:
    """Register the page and its line."""
    desk = _Board(backend, deciders)

    @app.get("/board", include_in_schema=False)
    def board(parameters: Annotated[BoardParameters, Query()], request: Request) -> Response:
        live_from = live.find_start()  # before the searches: what comes between the two is told
        columns = desk.show(request, parameters.view)
        title = ", ".join(column["view"].name for column in columns)
        line = urlencode([("view", column["view"].id) for column in columns])
        return pages.render(
            "board.html",
            headers=WITH_SCRIPTS,
            columns=columns,
            title=title,
            keys=describe_keys(),
            live_from=live_from,
            moves=ROWS if desk.moves(request, parameters.view) else None,
            live_href=f"/live/board?{line}",
        )

    @app.get("/live/board", include_in_schema=False)
    async def follow(parameters: Annotated[BoardLineParameters, Query()], request: Request) -> Response:
        """Events of all columns in one line; one answer in JSON for a page that asks again and again."""
        moves = await asyncio.to_thread(desk.moves, request, parameters.view)
        line = LineSearches(lambda: desk.list_searches(request, parameters.view), moves=moves)
        await line.find()  # views that cannot be read are refused before the line begins
        return await answer_line(live, line, parameters.after, request)


@dataclass(frozen=True, slots=True)
class _Board:
    backend: Backend
    deciders: Deciders

    def show(self, request: Request, chosen: list[int]) -> list[dict[str, Any]]:
        """The columns; that the views were opened is noted."""
        who, now = name_reader(self.deciders, request), datetime.now(UTC)
        found = self._read_views(request, chosen)
        with self.backend.store.read() as connection:
            visits = store_views.read_visits(connection, who) if who else {}
        reader = make_reader(self.backend, self.deciders, request)
        columns = [_describe_column(reader, view, visits.get(view.id)) for view in found]
        if (
            who and request.headers.get("copytaster-visit") != "none"
        ):  # the page compares its rows: nobody looks
            with suppress(CopytasterError), self.backend.store.write() as connection:  # reading goes on
                for view in found:
                    store_views.note_visit(connection, view.id, who, at=now)
        return columns

    def moves(self, request: Request, chosen: list[int]) -> bool:
        """True where time or marks change what one of these views finds."""
        found = False
        for view in self._read_views(request, chosen):
            with suppress(UsageError, QueryError):
                found |= read_search(view.search).moves
        return found

    def list_searches(self, request: Request, chosen: list[int]) -> dict[str, SearchQuery]:
        """Number of a view -> its search; a view that cannot be read any more has none."""
        reader = make_reader(self.backend, self.deciders, request)
        searches = {}
        for view in self._read_views(request, chosen):
            with suppress(UsageError, QueryError):  # its column says what is wrong
                searches[str(view.id)] = reader.make_query(read_search(view.search))
        if not searches:
            raise UsageError("none of these views can be read", resource="view")
        return searches

    def _read_views(self, request: Request, chosen: list[int]) -> list[View]:
        with self.backend.store.read() as connection:
            return [read_seen(connection, one, self.deciders, request) for one in dict.fromkeys(chosen)]


def _describe_column(reader: ViewReader, view: View, visited_at: datetime | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"view": view, "hits": [], "problem": "", "href": "", "unread": 0}
    shown["visited_at"] = visited_at
    try:
        search = read_search(view.search)
        page = reader.read(search, limit=ROWS)
    except (UsageError, QueryError) as error:
        return shown | {"problem": str(error)}
    hits = [
        describe_hit(hit) | {"fresh": visited_at is not None and read_news_at(hit.document) > visited_at}
        for hit in page.hits
    ]
    shown |= {"hits": hits, "unread": sum(hit["fresh"] for hit in hits)}
    return shown | {"href": "/?" + urlencode(search.list_pairs()), "total": page.total.value}
