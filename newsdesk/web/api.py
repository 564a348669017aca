"""`/api/v1`: the same data as the pages, as JSON. Names and shapes stay within a major version."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from copytaster.errors import UsageError, nearest
from copytaster.store.decisions import list_rulings_about
from copytaster.store.dispatches import read_dispatch
from copytaster.values import to_json
from indexer.record import merge_rows
from indexer.search import FACETS, MAX_PAGE
from newsdesk.operations.decisions import decision_to_json
from newsdesk.web.parameters import FILTERS, PLACES, Asked, Window, to_query

if TYPE_CHECKING:
    from newsdesk.web.backend import Desk

PREFIX = "/api/v1"
_ANY = TypeAdapter(Any)


class TotalShape(BaseModel):
    """How many there are: exactly (`eq`), or at least (`gte`)."""

    value: int
    relation: Literal["eq", "gte"]


class FacetShape(BaseModel):
    """How many of all hits carry a value."""

    value: str
    count: int


class DispatchPage(BaseModel):
    """One page of dispatches; hand `next` back as `cursor` for the page after it."""

    items: list[dict[str, Any]] = Field(description="Dispatches as the index holds them, with `excerpt`.")
    total: TotalShape
    facets: dict[str, list[FacetShape]]
    next: str | None


async def refuse_unknown(request: Request) -> None:  # asks nobody: it needs no thread
    """A misspelt parameter is an error, not a search without it."""
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        if name not in known:
            raise UsageError(f"unknown parameter {name!r}", hint=nearest(name, known))


def make_router(desk: Desk) -> APIRouter:
    """The API over one desk's store and index."""
    router = APIRouter(prefix=PREFIX, dependencies=[Depends(refuse_unknown)])

    @router.get("/dispatches", summary="Search dispatches", response_model=DispatchPage)
    def list_dispatches(
        q: Annotated[
            str,
            Query(
                max_length=512, description='Words; "quoted" is exact; -word excludes; field:word in a field.'
            ),
        ] = "",
        headline: Annotated[str, Query(max_length=512, description="Words, as in q, in a headline.")] = "",
        body: Annotated[str, Query(max_length=512, description="Words, as in q, in the body.")] = "",
        slug: Annotated[str, Query(max_length=512, description="Words of the slug line.")] = "",
        dateline: Annotated[str, Query(max_length=512, description="Words of the dateline's places.")] = "",
        agency: Annotated[list[str] | None, Query(description="Who wrote it; repeat for several.")] = None,
        publisher: Annotated[
            list[str] | None, Query(description="Who carries it; repeat for several.")
        ] = None,
        family: Annotated[
            list[str] | None, Query(description="Owner of one who carries it; repeat for several.")
        ] = None,
        language: Annotated[
            list[str] | None, Query(description="Of a copy, e.g. de; repeat for several.")
        ] = None,
        marker: Annotated[list[str] | None, Query(description="Kind of marker, e.g. corrected.")] = None,
        state: Annotated[
            list[Literal["live", "withdrawn", "merged"]] | None,
            Query(description="Of the dispatch; live and withdrawn unless given."),
        ] = None,
        since: Annotated[str, Query(description="Day or moment, from then on.")] = "",
        until: Annotated[str, Query(description="Day (its end) or moment, before then.")] = "",
        sort: Annotated[Literal["newest", "relevance"], Query(description="newest or relevance.")] = "newest",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Dispatches a page, 1 to 100.")] = 20,
        cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    ) -> Response:
        """Every dispatch that matches, one hit for all its copies."""
        values = dict(zip(FILTERS, (agency, publisher, family, language, marker), strict=True))
        filters = tuple((name, value) for name in FILTERS for value in values[name] or ())
        placed = zip(PLACES, (headline, body, slug, dateline), strict=True)
        fields = tuple((name, words) for name, words in placed if words.strip())
        states = tuple(state or ())
        asked = Asked(q=q, filters=filters, since=since, until=until, sort=sort, fields=fields, states=states)
        page = desk.search(to_query(asked, Window(limit=limit, cursor=cursor, facets=FACETS), desk.zone))
        items = [
            {**hit.document, "excerpt": "".join(segment.text for segment in hit.excerpt)} for hit in page.hits
        ]
        answer = {"items": items, "total": page.total, "facets": page.facets, "next": page.next}
        # written here, in the thread of the search: the framework would take two more turns for it
        return Response(_ANY.dump_json(answer), media_type="application/json")

    @router.get("/dispatches/{dispatch_id}", summary="One dispatch")
    def show_dispatch(
        dispatch_id: Annotated[str, Path(description="Of the dispatch; old ids resolve.")], request: Request
    ) -> Response:
        """One dispatch with its members, versions, evidence and what people decided about it.

        The id of one that was merged away, or whose story went elsewhere, gives the dispatch that it leads to.
        """
        with desk.store.read() as connection:
            record = to_json(merge_rows(read_dispatch(connection, dispatch_id)))
            decided = list_rulings_about(connection, [record["id"]])
        decisions = to_json([decision_to_json(row) for row in decided])
        return _answer_tagged(request, record | {"decisions": decisions})

    return router


def _answer_tagged(request: Request, value: Any) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})
