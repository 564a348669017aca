"""`/api/v1/dispatches/{id}`: its texts, the difference of two or three of them, and why each is in the dispatch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from copytaster.errors import NotFoundError
from copytaster.store.dispatches import read_dispatch
from copytaster.values import to_json
from indexer.merge import merge_rows
from newsdesk.web.dispatch.changes_tab import choose_texts, compare
from newsdesk.web.dispatch.tabs import MAX_NAME
from newsdesk.web.dispatch.texts import DispatchTexts
from newsdesk.web.parameters import NoParameters  # noqa: TC001 - FastAPI reads it

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dedup.explain.aligned import AlignedTexts
    from indexer.record import DispatchRecord
    from newsdesk.web.backend import Backend
    from newsdesk.web.dispatch.texts import PrintedText

DISPATCH = Annotated[str, Path(description="Id of the dispatch. Old ids resolve.")]
TEXT = (
    "A text of the dispatch: a version (`v34`), a story (`12`: its newest version), `12/2`, or a publisher."
)


class DiffParameters(BaseModel):
    """Which texts to compare."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: str = Field(
        "",
        max_length=MAX_NAME,
        alias="from",
        description=f"{TEXT} Without it: what the other one carries, or the agency's text.",
    )
    second: str = Field(
        "",
        max_length=MAX_NAME,
        alias="to",
        description=f"{TEXT} Without it: the agency's last change, or the copy that alters most.",
    )
    third: str = Field("", max_length=MAX_NAME, description=f"{TEXT} Without it two are compared.")


class WhyParameters(BaseModel):
    """Which text to explain."""

    model_config = ConfigDict(extra="forbid")

    of: str = Field(max_length=MAX_NAME, description=TEXT)


def make_router(backend: Backend) -> APIRouter:
    """The API over the texts of one dispatch."""
    router = APIRouter()

    @router.get("/dispatches/{dispatch_id}/texts", summary="Every text of a dispatch")
    def list_texts(dispatch_id: DISPATCH, _: Annotated[NoParameters, Query()]) -> dict[str, Any]:
        """The agency's versions in their order, then each version of each copy; without the texts themselves."""
        with backend.store.read() as connection:
            _record, texts = _read(connection, dispatch_id)
        items = [_list_facts(texts.read(version, is_whole=False)) for version in texts.versions]
        return {"items": items, "total": len(items)}

    @router.get("/dispatches/{dispatch_id}/texts/{text}", summary="One text of a dispatch")
    def show_text(
        dispatch_id: DISPATCH,
        text: Annotated[str, Path(max_length=MAX_NAME, description=TEXT)],
        _: Annotated[NoParameters, Query()],
    ) -> dict[str, Any]:
        """A version of the agency or of a copy as printed: headline, dateline, body, sign-off."""
        with backend.store.read() as connection:
            _record, texts = _read(connection, dispatch_id)
        found: dict[str, Any] = to_json(texts.choose(text))
        return found

    @router.get(
        "/dispatches/{dispatch_id}/diff", summary="What differs between two or three texts of a dispatch"
    )
    def diff(dispatch_id: DISPATCH, parameters: Annotated[DiffParameters, Query()]) -> dict[str, Any]:
        """The texts in rows of what corresponds, each piece `same`, `changed`, `number` or `name`.

        A number or a name is one that another of the texts has nowhere. `only` lists them for each text.
        """
        with backend.store.read() as connection:
            record, texts = _read(connection, dispatch_id)
        chosen = choose_texts(texts, record, parameters.first, parameters.second, parameters.third)
        if len(chosen) == 1:
            raise NotFoundError("only one text to compare", resource=f"dispatch {record.id}")
        headlines, bodies = compare(chosen)
        return {
            "texts": [_list_facts(one) for one in chosen],
            "headlines": _rows_to_json(headlines),
            "rows": _rows_to_json(bodies),
            "only": to_json(bodies.only),
            "shares": [round(share, 4) for share in bodies.shares],
            "left_out": list(bodies.left_out),
        }

    @router.get("/dispatches/{dispatch_id}/why", summary="Why a text is in a dispatch")
    def why(dispatch_id: DISPATCH, parameters: Annotated[WhyParameters, Query()]) -> dict[str, Any]:
        """How it joined, the text against which it was judged, the passages they share, and what disagrees.

        As `copytaster explain --json` gives it, and `sentences` in words.
        """
        from newsdesk.web.dispatch.why_tab import (  # compiled code: only where it is wanted
            explain_text,
            why_to_json,
        )

        with backend.store.read() as connection:
            _record, texts = _read(connection, dispatch_id)
            found = explain_text(connection, texts.choose(parameters.of), backend.grouping)
        if found is None:
            raise NotFoundError("waits for grouping", resource=parameters.of[:80], hint="copytaster group")
        answer: dict[str, Any] = why_to_json(found)
        return answer

    return router


def _read(connection: Connection, dispatch_id: str) -> tuple[DispatchRecord, DispatchTexts]:
    rows = read_dispatch(connection, dispatch_id)
    record = merge_rows(rows)
    return record, DispatchTexts(rows, record)


def _list_facts(text: PrintedText) -> dict[str, Any]:
    """What is known of a text, without its body."""
    facts: dict[str, Any] = to_json(replace(text, body=""))
    del facts["body"]
    return {"name": text.name, "label": text.label} | facts


def _rows_to_json(found: AlignedTexts) -> list[dict[str, Any]]:
    return [
        {
            "same": row.is_same,
            "cells": [[[[piece.mark, piece.text] for piece in part] for part in cell] for cell in row.cells],
        }
        for row in found.rows
    ]
